package io.fulmar.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.api.http.OwnerSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file with what the owner's programs must know. */
class OwnerSecretTest {
    private final Path state;
    private final Path file;

    OwnerSecretTest(@TempDir Path state) {
        this.state = state;
        this.file = state.resolve("api-token");
    }

    private String found() throws IOException {
        OwnerSecret secret = new OwnerSecret(state);
        assertThat(secret.now()).isNull();
        secret.find();
        String text = Objects.requireNonNull(secret.now()).reveal();
        assertThat(OwnerSecret.ofAgent(state).reveal()).isEqualTo(text);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        return text;
    }

    @BeforeEach
    void nothingIsThere() {
        assertThatThrownBy(() -> OwnerSecret.ofAgent(state)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void isMadeOnceAndKept() throws IOException {
        String first = found();
        assertThat(first).matches("[A-Za-z0-9_-]{43}");
        assertThat(found()).isEqualTo(first);
        Files.delete(file);
        assertThat(found()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rwx------", "rw--w----"})
    void oneThatOthersMayHaveReadOrWrittenIsMadeAnew(String mode) throws IOException {
        String first = found();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertThat(found()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "short\n",
                "0123456789012345678901234567890123456789012",
                "0123456789012345678901234567890123456789012\n\n",
                "012345678901234567890123456789012345678901 \n"
            })
    void brokenContentIsMadeAnew(String content) throws IOException {
        found();
        Files.writeString(file, content);
        assertThatThrownBy(() -> OwnerSecret.ofAgent(state)).hasMessageContaining("is not what an agent writes");
        assertThat(found()).isNotEqualTo(content.strip());
    }

    @Test
    void aLinkIsReplacedAndWhatItLeadsToIsLeftAlone() throws IOException {
        found();
        Path other = Files.move(file, state.resolve("other"));
        String before = Files.readString(other);
        Files.createSymbolicLink(file, other);
        assertThat(found()).isNotEqualTo(before.strip());
        assertThat(other).hasContent(before.strip());
        assertThat(file).isRegularFile();
    }

    @Test
    void whatAnInterruptedStartLeftIsInNobodysWay() throws IOException {
        Path left = Files.writeString(state.resolve("api-token.new"), "half");
        Files.setPosixFilePermissions(left, PosixFilePermissions.fromString("rw-rw-rw-"));
        found();
        assertThat(left).doesNotExist();
    }

    @Test
    void whereItCannotBeMadeNobodyKnowsIt() throws IOException {
        Files.createDirectories(file.resolve("full"));
        OwnerSecret secret = new OwnerSecret(state);
        assertThatThrownBy(secret::find).isInstanceOf(IOException.class);
        assertThat(secret.now()).isNull();
    }
}
