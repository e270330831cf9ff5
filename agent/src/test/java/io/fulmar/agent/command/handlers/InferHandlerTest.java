package io.fulmar.agent.command.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import io.fulmar.sync.wire.JsonText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Inference by command, on the sample models. */
class InferHandlerTest {
    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    private long nanos;
    private final InferHandler handler = new InferHandler(
            () -> List.of(model("bearing-condition"), model("digit-reader")), ModelSource.FILES, () -> nanos);

    private static ModelSettings model(String name) {
        Path dir = SAMPLES.resolve(name).toAbsolutePath();
        return new ModelSettings(
                name,
                dir.resolve(name + ".tflite"),
                "1.0.0",
                dir.resolve("labels.txt"),
                1,
                ModelSettings.Delegate.XNNPACK);
    }

    private CommandOutcome infer(Map<String, Object> args) {
        Map<String, @Nullable Object> all = new HashMap<>();
        all.put("model", "bearing-condition");
        all.putAll(args);
        return handler.prepare(new Arguments(all)).carryOut();
    }

    private static String result(CommandOutcome outcome) {
        assertThat(outcome).isInstanceOf(CommandOutcome.Done.class);
        return String.valueOf(((CommandOutcome.Done) outcome).result());
    }

    private static String outputs(CommandOutcome outcome) {
        return String.valueOf(JsonText.read(result(outcome)).get("outputs"));
    }

    private static List<Object> ramp() {
        List<Object> numbers = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            numbers.add(i % 7 / 10.0);
        }
        return numbers;
    }

    @Test
    void numbersNestedNumbersAndBase64OfFloatsAreTheSameInput() {
        ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        ramp().forEach(number -> bytes.putFloat(((Double) number).floatValue()));
        String base64 = Base64.getEncoder().encodeToString(bytes.array());
        String expected = outputs(infer(Map.of("input", ramp())));
        assertThat(expected).contains("values=[");
        assertThat(outputs(infer(Map.of("input", List.of(ramp().subList(0, 100), ramp().subList(100, 256))))))
                .isEqualTo(expected);
        assertThat(outputs(infer(Map.of("input", base64)))).isEqualTo(expected);
        assertThat(outputs(infer(Map.of("inputs", List.of(ramp()))))).isEqualTo(expected);
        assertThat(outputs(infer(Map.of("inputs", Map.of("acceleration", ramp())))))
                .isEqualTo(expected);
    }

    @Test
    void rawNumbersAndRawBytesAreTheSameInputAndTheOutputComesRaw() {
        List<Object> numbers = new ArrayList<>();
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) {
            numbers.add(i - 128);
            bytes[i] = (byte) (i - 128);
        }
        String expected = outputs(infer(Map.of("input", numbers, "raw", true)));
        assertThat(expected).contains("base64=");
        assertThat(outputs(infer(Map.of("input", Base64.getEncoder().encodeToString(bytes), "raw", true))))
                .isEqualTo(expected);
    }

    @Test
    void theBestClassesAreToldWithTheirLabels() {
        assertThat(String.valueOf(JsonText.read(result(infer(Map.of("input", ramp(), "top", 2))))
                        .get("top")))
                .containsPattern("label=.*index=.*score=.*label=");
        assertThat(JsonText.read(result(infer(Map.of("input", ramp(), "top", 0)))))
                .doesNotContainKey("top");
    }

    @Test
    void anInputThatDoesNotFitSaysWhatWould() {
        assertThat(infer(Map.of("input", List.of(1, 2))))
                .isEqualTo(new CommandOutcome.Failed(
                        "input acceleration (int8[1, 1, 256, 1]) takes 256 numbers, but got 2"));
        assertThat(infer(Map.of("input", "AAAA"))).asString().contains("1024 bytes of 32-bit floats, but got 3");
        assertThat(infer(Map.of("input", "?"))).asString().contains("is not base64");
        assertThat(infer(Map.of("input", List.of("x")))).asString().contains("not a number");
        assertThat(infer(Map.of("inputs", List.of(ramp(), ramp())))).asString().contains("2 were given");
        assertThat(infer(Map.of("inputs", Map.of("speed", ramp()))))
                .asString()
                .contains("the model has the inputs acceleration");
        List<Object> tooLarge = new ArrayList<>(java.util.Collections.nCopies(256, (Object) 128));
        assertThat(infer(Map.of("input", tooLarge, "raw", true))).asString().contains("from -128 to 127, not 128");
        List<Object> huge = new ArrayList<>(java.util.Collections.nCopies(256, (Object) 1e300));
        assertThat(infer(Map.of("input", huge))).asString().contains("not finite");
    }

    @Test
    void argumentsThatAreNoneAreRefusedBeforeTheModelIsOpened() {
        assertThatThrownBy(() -> infer(Map.of("input", ramp(), "model", "other")))
                .isInstanceOf(ArgumentException.class)
                .hasMessage("'model' is one of bearing-condition, digit-reader");
        assertThatThrownBy(() -> infer(Map.of())).isInstanceOf(ArgumentException.class);
        assertThatThrownBy(() -> infer(Map.of("input", 7))).isInstanceOf(ArgumentException.class);
        assertThatThrownBy(() -> infer(Map.of("input", ramp(), "inputs", List.of())))
                .isInstanceOf(ArgumentException.class);
    }

    @Test
    void theInterpreterIsClosedWhenNobodyAsks() {
        infer(Map.of("input", ramp()));
        assertThat(handler.work(nanos)).isZero();
        nanos += Limits.INTERPRETER_IDLE.toNanos();
        assertThat(handler.work(nanos)).isOne();
        assertThat(handler.work(nanos)).isZero();
        result(infer(Map.of("input", ramp())));
        handler.close();
    }
}
