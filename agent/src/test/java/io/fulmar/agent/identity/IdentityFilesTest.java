package io.fulmar.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.identity.IdentityFiles.Facts;
import io.fulmar.agent.identity.IdentityFiles.Held;
import io.fulmar.sync.wire.EnrolmentAnswer.Granted;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityFilesTest {
    private static final int STEPS_AT_MOST = 40;

    @TempDir
    Path dir;

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static Runnable killedAt(int step) {
        var left = new AtomicInteger(step);
        return () -> {
            if (left.getAndDecrement() == 0) {
                throw new Killed();
            }
        };
    }

    private static void install(IdentityFiles files, String device) {
        DeviceKey key = files.pendingKey();
        var granted = new Granted(
                device, List.of(), "certificate of " + device, "ca of " + device, null, null, "trust of " + device, 7);
        Facts facts = new Facts(device, URI.create("https://localhost:1"), Instant.EPOCH, null);
        files.install(facts, key, granted, "fragment of " + device);
    }

    private static void assertWhole(Held held, Path state) throws IOException {
        String device = held.facts().device();
        Path identity = state.resolve("identity");
        assertThat(held.certificate()).isEqualTo("certificate of " + device);
        assertThat(held.authority()).isEqualTo("ca of " + device);
        assertThat(identity.resolve(IdentityFiles.FRAGMENT)).hasContent("fragment of " + device);
        assertThat(identity.resolve(IdentityFiles.TRUST)).hasContent("trust of " + device);
        assertThat(DeviceKey.read(held.key())).isNotNull();
    }

    @Test
    void killedAtAnyStepADeviceHasNoIdentityOrAWholeOne() throws IOException {
        int finished = 0;
        for (int step = 0; step < STEPS_AT_MOST; step++) {
            Path state = dir.resolve("first-" + step);
            try {
                install(new IdentityFiles(state, killedAt(step)), "press-1");
                finished++;
            } catch (Killed e) {
                Held held = new IdentityFiles(state).held();
                if (held != null) {
                    assertWhole(held, state);
                }
            }
            install(new IdentityFiles(state), "press-1");
            Held held = new IdentityFiles(state).held();
            assertThat(held).isNotNull();
            assertWhole(held, state);
            assertClean(state);
        }
        assertThat(finished).as("runs that came to their end").isBetween(1, STEPS_AT_MOST - 8);
    }

    @Test
    void killedAtAnyStepOfAReplacementItHasTheOldOneOrTheNewOneWhole() throws IOException {
        for (int step = 0; step < STEPS_AT_MOST; step++) {
            Path state = dir.resolve("again-" + step);
            install(new IdentityFiles(state), "old");
            try {
                install(new IdentityFiles(state, killedAt(step)), "new");
            } catch (Killed e) {
                // what is on disk is what counts
            }
            Held held = new IdentityFiles(state).held();
            assertThat(held).isNotNull();
            assertThat(held.facts().device()).isIn("old", "new");
            assertWhole(held, state);
            install(new IdentityFiles(state), "new");
            assertClean(state);
        }
    }

    @Test
    void theKeyOfAnUnansweredRequestIsUsedAgain() {
        var files = new IdentityFiles(dir);
        String first = files.pendingKey().pem();
        assertThat(new IdentityFiles(dir).pendingKey().pem()).isEqualTo(first);
        files.forgetPendingKey();
        assertThat(files.pendingKey().pem()).isNotEqualTo(first);
    }

    @Test
    void aDirectoryThatSomebodyElseMadeIsLeftAlone() throws IOException {
        Files.createDirectories(dir.resolve("identity"));
        assertThatThrownBy(() -> install(new IdentityFiles(dir), "press-1"))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("move it away");
    }

    /** One identity and its link, and nothing else. */
    private static void assertClean(Path state) throws IOException {
        try (Stream<Path> entries = Files.list(state)) {
            assertThat(entries.map(entry -> entry.getFileName().toString()))
                    .hasSize(2)
                    .anyMatch(name -> name.matches("identity-[0-9]+"))
                    .contains("identity");
        }
    }
}
