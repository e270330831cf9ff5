package io.fulmar.fleet;

import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.source.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Packages of the sample model. Thread-safe. */
public final class TestPackages {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");

    private TestPackages() {}

    /** Writes one that says what the model said of the data that it was tested on: half of it is normal. */
    public static Path sampleWithReference(Path folder) throws IOException {
        return release(folder, 1);
    }

    /** Writes that release of it, of version {@code 1.0.0} for the first and so on. */
    public static Path release(Path folder, int number) throws IOException {
        Path model = Path.of(folder + "-model");
        try (Stream<Path> files = Files.walk(SAMPLE)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(SAMPLE.relativize(file).toString()));
            }
        }
        List<String> lines = Files.readAllLines(model.resolve("model.toml"));
        lines.addAll(List.of(
                "",
                "[reference]",
                "labels = { normal = 0.5, imbalance = 0.2, misalignment = 0.2, bearing-fault = 0.1 }",
                "confidence = [0.0, 0.0, 0.0, 0.0, 0.05, 0.05, 0.1, 0.1, 0.2, 0.5]"));
        lines.replaceAll(line -> line.startsWith("version = ")
                ? "version = \"1." + (number - 1) + ".0\""
                : line.startsWith("release = ") ? "release = " + number : line);
        Files.write(model.resolve("model.toml"), lines);
        ModelFolder sample = ModelFolder.read(model);
        PackageWriter.write(folder, sample.manifest().toJson(), sample);
        return folder;
    }
}
