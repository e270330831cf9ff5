package io.fulmar.cli.model;

import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.GoldenRun.Outcome;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.util.List;

/** Runs a model's golden cases as the commands need it. */
final class GoldenCases {
    private GoldenCases() {}

    static List<Outcome> run(ModelManifest manifest, ModelFile model, Blobs blobs, InterpreterOptions options) {
        if (manifest.golden().isEmpty()) {
            return List.of();
        }
        try (Interpreter interpreter = Interpreter.open(model, options)) {
            return GoldenRun.all(manifest, blobs, interpreter);
        }
    }

    /** Throws what the first case that failed says. */
    static void require(String what, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            if (!outcome.passed()) {
                throw new PackageException(
                        Reason.GOLDEN_MISMATCH, what + ": golden case " + outcome.name() + ": " + outcome.text());
            }
        }
    }
}
