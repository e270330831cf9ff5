package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigStoreTest {
    private final Path state;

    ConfigStoreTest(@TempDir Path dir) {
        this.state = dir.resolve("state");
    }

    /** With everything in it that there can be, also what looks like the format itself. */
    static Kept full() {
        return new Kept(
                9,
                "ab".repeat(32),
                TurnedDown.reverted("no welcome within 2m\nactive 1 1 4"),
                new Generation(7, 5, "[log]\nlevel = \"größer\"\n\nprevious 1 1 3\n"),
                new Generation(6, 0, ""),
                new Generation(8, 9, "x = 1"),
                new TreeMap<>(Map.of("bearing", "old", "meter", "other")));
    }

    @Test
    void whatIsKeptIsThereAfterAStart() {
        ConfigStore store = ConfigStore.open(state);
        assertThat(store.kept()).isEqualTo(Kept.NOTHING);
        assertThat(store.keep(full())).isNull();

        ConfigStore next = ConfigStore.open(state);
        assertThat(next.kept()).isEqualTo(full());
        assertThat(next.trouble()).isNull();
    }

    @Test
    void aFlippedBitIsNoticedAndTheFileIsSetAside() throws IOException {
        byte[] whole = full().encode();
        Random random = new Random(20261121);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            assertThat(Kept.decode(bytes)).isNull();
        }
        for (int length = 0; length < whole.length; length++) {
            assertThat(Kept.decode(java.util.Arrays.copyOf(whole, length))).isNull();
        }

        Path dir = Files.createDirectories(state.resolve("config"));
        whole[whole.length / 2] ^= 1;
        Files.write(dir.resolve(ConfigStore.NAME), whole);
        ConfigStore store = ConfigStore.open(state);

        assertThat(store.kept()).isEqualTo(Kept.NOTHING);
        assertThat(store.trouble()).contains("damaged");
        assertThat(dir.resolve(ConfigStore.DAMAGED)).hasBinaryContent(whole);
        assertThat(store.keep(full())).isNull();
        assertThat(ConfigStore.open(state).kept()).isEqualTo(full());
    }

    @Test
    void whatANewerAgentWroteIsNotTakenForSomethingElse() {
        byte[] newer = new String(full().encode(), java.nio.charset.StandardCharsets.UTF_8)
                .replace("fulmar-config 1", "fulmar-config 2")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);

        assertThat(Kept.decode(newer)).isNull();
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsToldAndChangesNothing() throws IOException {
        Files.createDirectories(state);
        ConfigStore store = ConfigStore.open(state);
        Files.createFile(state.resolve("config")); // a file where the directory should be

        assertThat(store.keep(full())).contains("cannot be kept");
        assertThat(store.kept()).isEqualTo(Kept.NOTHING);
    }

    @Test
    void whatCouldNotBeReadIsNotWrittenOver() throws IOException {
        Files.createDirectories(
                state.resolve("config").resolve(ConfigStore.NAME)); // a directory where the file should be
        ConfigStore store = ConfigStore.open(state);

        assertThat(store.trouble()).contains("cannot be read");
        assertThat(store.keep(full())).contains("restart the agent");
    }

    @Test
    void aReasonHasOneLineAndABound() {
        TurnedDown why = TurnedDown.refused("a\nb\u0000c" + "x".repeat(5_000));

        assertThat(why.reason()).startsWith("a b c").hasSizeLessThan(1_100).doesNotContain("\n");
    }
}
