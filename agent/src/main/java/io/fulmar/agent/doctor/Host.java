package io.fulmar.agent.doctor;

import io.fulmar.agent.os.CLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The machine that is looked at.
 *
 * @param root where {@code /proc}, {@code /sys} and {@code /dev} are found
 * @param architecture as Java calls it
 * @param glibc the version of the C library
 *     <p>Immutable.
 */
public record Host(Path root, String architecture, String glibc, InstantSource clock) {
    /** This machine. */
    public static Host here() {
        return new Host(Path.of("/"), System.getProperty("os.arch", ""), CLibrary.version(), InstantSource.system());
    }

    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** The beginning of a small file; empty where there is none that can be read. */
    Optional<String> text(String absolute) {
        return text(path(absolute));
    }

    static Optional<String> text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(new String(in.readNBytes(Limits.TEXT_BYTES), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
