package io.fulmar.agent.doctor;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Whether TensorFlow Lite loads and answers right. Immutable. */
final class LibraryChecks {
    private LibraryChecks() {}

    /** Lets the sample model host-load answer one of its golden cases. */
    static Finding inference() {
        return inference(resource("host-load.tflite"), resource("busy.in0.bin"), resource("busy.out0.bin"));
    }

    static Finding inference(byte[] model, byte[] input, byte[] expected) {
        try (Interpreter interpreter = Interpreter.open(ModelFile.of("host-load", model), InterpreterOptions.DEFAULT)) {
            interpreter.input(0).writeRaw(input);
            interpreter.invoke();
            byte[] answer = new byte[Math.toIntExact(interpreter.output(0).byteSize())];
            interpreter.output(0).readRaw(answer);
            int off = 0;
            for (int i = 0; i < answer.length; i++) {
                off = Math.max(off, Math.abs(answer[i] - expected[i]));
            }
            String runtime = "TensorFlow Lite " + Interpreter.runtimeVersion();
            if (off > Limits.GOLDEN_QUANTA) {
                return Finding.failure(
                        "inference",
                        runtime + " answers a golden case wrongly, by " + off + " of 255 steps",
                        "this processor or its memory is broken, or the library is not the one of this version:"
                                + " install the package again, and if this stays, use another machine");
            }
            return interpreter.delegateMissing()
                    ? Finding.warning(
                            "inference",
                            runtime + " answers a golden case, without XNNPACK",
                            "models run some times slower; see the feature line of the processor")
                    : Finding.ok("inference", runtime + " with XNNPACK answers a golden case");
        } catch (ModelException e) {
            return Finding.failure("inference", String.valueOf(e.getMessage()), e.hint());
        }
    }

    static byte[] resource(String name) {
        try (InputStream in = Objects.requireNonNull(LibraryChecks.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
