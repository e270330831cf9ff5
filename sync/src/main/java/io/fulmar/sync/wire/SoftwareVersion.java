package io.fulmar.sync.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;

/** The version of this software, as the build wrote it beside the classes. Immutable. */
public final class SoftwareVersion {
    private SoftwareVersion() {}

    /** What device and fleet call themselves to each other, and the command line to a person. */
    public static String read() {
        return text("version.txt");
    }

    /** When it was built, which no clock that is right can be before. */
    public static Instant built() {
        return Instant.parse(text("built.txt"));
    }

    private static String text(String name) {
        try (InputStream file = Objects.requireNonNull(SoftwareVersion.class.getResourceAsStream(name))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
