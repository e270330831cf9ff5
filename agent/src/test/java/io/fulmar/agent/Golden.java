package io.fulmar.agent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** What other software computed (see src/test/golden), and the real models and files beside the repository. */
public final class Golden {
    private Golden() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream("/golden/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Little-endian floats. */
    public static float[] floats(String name) {
        byte[] bytes = bytes(name + ".f32");
        float[] floats = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return floats;
    }

    /** A file that is not part of the repository; the test is skipped where it is absent. */
    public static Path shared(String name) {
        Path file = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("../shared/testdata")
                .resolve(name);
        assumeTrue(Files.isRegularFile(file), "the shared test data is not beside the repository: " + file);
        return file;
    }

    public static byte[] sharedBytes(String name) {
        try {
            return Files.readAllBytes(shared(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
