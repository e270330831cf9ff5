package io.fulmar.model.cue;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.nio.file.Path;

/** Runs a model in a process of its own, and says how far it came: {@code MODEL RUNS}. */
final class CueRunner {
    private CueRunner() {}

    public static void main(String[] args) {
        int runs = Integer.parseInt(args[1]);
        try (Interpreter interpreter = Interpreter.open(ModelFile.read(Path.of(args[0])), InterpreterOptions.DEFAULT)) {
            for (int run = 1; run <= runs; run++) {
                long start = System.nanoTime();
                interpreter.invoke();
                System.out.println(run + " " + (System.nanoTime() - start) / 1_000_000);
            }
        }
    }
}
