package io.fulmar.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal under kills at every byte, rot at every byte, and disks that do not let it write. */
class JournalTest {
    private static final long NOW = 1_795_000_000_000L;
    private static final String DIGEST = "d".repeat(32);
    private final Path dir;

    JournalTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void whatWasBegunAndFinishedIsKnownAfterARestart() {
        try (Journal journal = Journal.open(dir, NOW)) {
            begin(journal, "a", 60_000);
            begin(journal, "b", 60_000);
            journal.finish("a", answer("a", "ä result"));
            journal.recorded("a");
        }
        try (Journal journal = Journal.open(dir, NOW)) {
            assertThat(journal.entries())
                    .containsExactly(
                            new Journal.Entry("a", "set", NOW + 60_000, DIGEST, answer("a", "ä result"), true),
                            new Journal.Entry("b", "set", NOW + 60_000, DIGEST, null, false));
            assertThat(journal.damage()).isNull();
        }
    }

    @Test
    void aKillAtAnyByteLeavesWhatWasFlushedAndNothingElse() throws IOException {
        String whole = written();
        for (int length = 0; length <= whole.length(); length += step(whole, length)) {
            String prefix = whole.substring(0, length);
            Files.writeString(dir.resolve(Journal.FILE), prefix);
            try (Journal journal = Journal.open(dir, NOW)) {
                assertThat(journal.damage()).as("cut at %d", length).isNull();
                assertThat(journal.floorMillis()).isZero();
                // a line may be whole but for its end
                String lines = prefix + "\n";
                for (String id : new String[] {"a", "b", "c"}) {
                    Journal.Entry entry = journal.find(id);
                    assertThat(entry != null).isEqualTo(lines.contains(line(whole, "started", id)));
                    if (entry != null) {
                        assertThat(entry.answer() != null).isEqualTo(lines.contains(line(whole, "finished", id)));
                    }
                }
            }
        }
    }

    @Test
    void aKillWhileItIsWrittenAnewLeavesTheOldOne() throws IOException {
        String whole = written();
        Files.writeString(dir.resolve(Journal.FILE), whole);
        for (int length = 0; length <= whole.length(); length += 7) {
            Files.writeString(dir.resolve(Journal.FILE + ".new"), whole.substring(0, length));
            try (Journal journal = Journal.open(dir, NOW)) {
                assertThat(journal.entries()).hasSize(3);
                assertThat(journal.damage()).isNull();
            }
        }
    }

    @Test
    void rotAtAnyByteRepeatsNothing() throws IOException {
        byte[] whole = written().getBytes(StandardCharsets.UTF_8);
        Random random = new Random(20261121);
        for (int at = 0; at < whole.length; at += step(new String(whole, StandardCharsets.UTF_8), at)) {
            byte[] rotten = whole.clone();
            rotten[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(dir.resolve(Journal.FILE), rotten);
            try (Journal journal = Journal.open(dir, NOW)) {
                for (String id : new String[] {"a", "b", "c"}) {
                    Journal.Entry entry = journal.find(id);
                    // known, or else expired whatever the clock says
                    if (entry == null) {
                        assertThat(journal.floorMillis()).as("rot at %d", at).isGreaterThanOrEqualTo(NOW + 60_000);
                    } else if (entry.answer() != null) {
                        assertThat(entry.answer()).isEqualTo(answer(id, "done"));
                    }
                }
            }
            // and the floor stays
            try (Journal journal = Journal.open(dir, 0)) {
                assertThat(journal.find("a") != null || journal.floorMillis() >= NOW + 60_000)
                        .isTrue();
            }
        }
        assertThat(dir.resolve(Journal.DAMAGED)).exists();
    }

    @Test
    void anIdThatIsForgottenLeavesTheFloorAtItsExpiry() {
        try (Journal journal = Journal.open(dir, NOW)) {
            for (int i = 0; i < Limits.JOURNAL_IDS; i++) {
                begin(journal, "x-" + i, 1_000 + i);
                journal.finish("x-" + i, answer("x-" + i, "done"));
                journal.recorded("x-" + i);
            }
            assertThat(journal.begin("y", "set", NOW + 60_000, DIGEST, NOW))
                    .isInstanceOf(Journal.Beginning.Refused.class);
            assertThat(journal.begin("y", "set", NOW + 60_000, DIGEST, NOW + 1_500))
                    .isInstanceOf(Journal.Beginning.Begun.class);
            assertThat(journal.floorMillis()).isEqualTo(NOW + 1_499);
        }
        try (Journal journal = Journal.open(dir, NOW)) {
            assertThat(journal.floorMillis()).isEqualTo(NOW + 1_499);
            assertThat(journal.find("x-499")).isNull();
            assertThat(journal.find("x-500")).isNotNull();
        }
    }

    @Test
    void theFileStaysSmallHoweverManyCommandsCome() throws IOException {
        long now = NOW;
        try (Journal journal = Journal.open(dir, now)) {
            for (int i = 0; i < 600; i++) {
                String id = "x-" + i;
                assertThat(journal.begin(id, "set", now + 100, DIGEST, now))
                        .isInstanceOf(Journal.Beginning.Begun.class);
                journal.finish(id, answer(id, "x".repeat(3_000)));
                journal.recorded(id);
                now += 1_000;
                journal.maintain(now);
            }
        }
        assertThat(Files.size(dir.resolve(Journal.FILE))).isLessThan(2 * Limits.JOURNAL_COMPACT_BYTES);
    }

    @Test
    void aFullDiskRefusesTheBeginningAndKeepsTheEndUntilThereIsRoom() throws Exception {
        Path mount = Files.createDirectory(dir.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount.toString()))
                .as("a tmpfs can be mounted here, which needs root")
                .isZero();
        try (Journal journal = Journal.open(mount.resolve("commands"), NOW)) {
            begin(journal, "a", 60_000);
            Path filler = fill(mount);
            journal.finish("a", answer("a", "x".repeat(8_000)));
            assertThat(journal.begin("b", "set", NOW + 60_000, DIGEST, NOW))
                    .isInstanceOfSatisfying(
                            Journal.Beginning.Refused.class,
                            refused -> assertThat(refused.refusal()).isEqualTo(Refusal.JOURNAL));
            assertThat(journal.find("b")).isNull();
            Files.delete(filler);
            begin(journal, "c", 60_000);
            try (Journal again = Journal.open(mount.resolve("commands"), NOW)) {
                assertThat(again.find("a")).extracting(Journal.Entry::answer).isEqualTo(answer("a", "x".repeat(8_000)));
                assertThat(again.find("b")).isNull();
                assertThat(again.find("c")).isNotNull();
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    @Test
    void aReadOnlyDiskRefusesTheBeginningAndServesAgainAfterwards() throws Exception {
        Path mount = Files.createDirectory(dir.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount.toString()))
                .as("a tmpfs can be mounted here, which needs root")
                .isZero();
        try {
            try (Journal journal = Journal.open(mount.resolve("commands"), NOW)) {
                begin(journal, "a", 60_000);
                journal.finish("a", answer("a", "done"));
            }
            assumeThat(run("mount", "-o", "remount,ro", mount.toString())).isZero();
            try (Journal journal = Journal.open(mount.resolve("commands"), NOW)) {
                assertThat(journal.find("a")).isNotNull();
                assertThat(journal.begin("b", "set", NOW + 60_000, DIGEST, NOW))
                        .isInstanceOf(Journal.Beginning.Refused.class);
                assertThat(run("mount", "-o", "remount,rw", mount.toString())).isZero();
                begin(journal, "b", 60_000);
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    // ---- tools

    /** To the next byte around the end of a line, else past one or two. */
    private static int step(String whole, int at) {
        String around = whole.substring(Math.max(0, at - 3), Math.min(whole.length(), at + 4));
        return around.contains("\n") || at + 4 >= whole.length() ? 1 : 3;
    }

    /** Three commands: one finished and recorded, one finished, one cut off. */
    private String written() throws IOException {
        try (Journal journal = Journal.open(dir, NOW)) {
            begin(journal, "a", 60_000);
            journal.finish("a", answer("a", "done"));
            journal.recorded("a");
            begin(journal, "b", 60_000);
            journal.finish("b", answer("b", "done"));
            begin(journal, "c", 60_000);
        }
        return Files.readString(dir.resolve(Journal.FILE));
    }

    private static String line(String whole, String is, String id) {
        return Arrays.stream(whole.split("(?<=\n)", -1))
                .filter(line -> line.contains("\"" + is + "\"") && line.contains("\"id\":\"" + id + "\""))
                .findFirst()
                .orElse("no such line");
    }

    private static void begin(Journal journal, String id, long expiresIn) {
        assertThat(journal.begin(id, "set", NOW + expiresIn, DIGEST, NOW)).isInstanceOf(Journal.Beginning.Begun.class);
    }

    private static CommandAnswer answer(String id, String result) {
        return new CommandAnswer(id, "set", Outcome.DONE, null, "{\"x\":\"" + result + "\"}", "pump-7", NOW);
    }

    private static Path fill(Path mount) throws IOException {
        Path file = mount.resolve("filler");
        byte[] block = new byte[512];
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            return file;
        }
    }

    private static int run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
