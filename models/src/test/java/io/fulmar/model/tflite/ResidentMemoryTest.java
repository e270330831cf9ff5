package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Closing an interpreter gives everything back. */
@EnabledOnOs(OS.LINUX)
class ResidentMemoryTest {
    private static final int SETTLE = 300;
    private static final int TIMES = 1_000;
    private static final long SLACK_KIB = 16 * 1024;

    @Test
    void aThousandInterpretersOpenedAndClosedLeaveMemoryFlat() throws IOException {
        ModelFile model = ModelFile.read(TestData.file("keyword/kws_ref_model.tflite"));
        byte[] frame = TestData.bytes("keyword/kws__ref_input.in0.bin");
        for (int i = 0; i < SETTLE; i++) {
            openRunClose(model, frame, i);
        }
        System.gc();
        long before = residentKiB();
        for (int i = 0; i < TIMES; i++) {
            openRunClose(model, frame, i);
        }
        System.gc();
        long grown = residentKiB() - before;
        System.out.println("resident memory after " + TIMES + " interpreters: " + before + " KiB, grown by " + grown);
        assertThat(grown).as("KiB grown by " + TIMES + " interpreters").isLessThan(SLACK_KIB);
    }

    private static void openRunClose(ModelFile model, byte[] frame, int turn) {
        InterpreterOptions options = new InterpreterOptions(1, turn % 2 == 0 ? Delegate.XNNPACK : Delegate.NONE);
        try (Interpreter interpreter = Interpreter.open(model, options)) {
            interpreter.input(0).writeRaw(frame);
            interpreter.invoke();
        }
    }

    private static long residentKiB() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
