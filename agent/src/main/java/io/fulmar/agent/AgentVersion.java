package io.fulmar.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The version of this software, as the build wrote it beside the classes. Immutable. */
final class AgentVersion {
    private AgentVersion() {}

    static String read() {
        try (InputStream file = Objects.requireNonNull(AgentVersion.class.getResourceAsStream("version.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
