package io.fulmar.model.tflite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The real models beside the repository; tests that need them are skipped where they are absent. */
final class TestData {
    private TestData() {}

    static Path folder() {
        return Path.of(System.getProperty("fulmar.root", "..")).resolve("../shared/testdata");
    }

    static Path file(String name) {
        Path file = folder().resolve(name);
        assumeTrue(Files.isRegularFile(file), "the shared test data is not beside the repository: " + file);
        return file;
    }

    static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
