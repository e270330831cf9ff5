package io.fulmar.model.store;

import static io.fulmar.model.store.Life.MODEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store under kills at every step, rot at every byte, torn ends, a second opener, and blobs cut at random. */
class ModelStoreTest {
    private final Path dir;
    private final Path root;
    private final Life life = new Life();

    ModelStoreTest(@TempDir Path root) {
        this.root = root;
        this.dir = root.resolve("state").resolve("models");
    }

    @Test
    void aKillAtAnyStepLeavesAWholeReleaseAndItGoesOnToTheSameEnd() {
        List<String> whole;
        try (ModelStore store = ModelStore.open(dir)) {
            whole = life.finish(store);
        }
        assertThat(whole).contains("active 1", "began 2", "fetched", "active 2", "began 3", "gave up 3", "active 4");
        for (int k = 0; k <= whole.size(); k++) {
            Path own = root.resolve("k" + k);
            List<String> did = new ArrayList<>();
            try (ModelStore store = ModelStore.open(own)) { // closing writes nothing
                for (int i = 0; i < k; i++) {
                    did.add(Objects.requireNonNull(life.step(store)));
                }
            }
            try (ModelStore store = ModelStore.open(own)) {
                Life.check(store, life);
                did.addAll(life.finish(store));
            }
            assertThat(did).as("killed after step %d", k).isEqualTo(whole);
        }
    }

    @Test
    void rotAtAnyByteOfTheJournalNeverRunsAnythingButAWholeReleaseAndIsTold() throws IOException {
        Path journal = dir.resolve(ModelStore.JOURNAL);
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
            life.putAll(store, 2); // as if it had not been collected yet
            life.putAll(store, 3);
        }
        byte[] bytes = Files.readAllBytes(journal);
        Set<Release> seen = new HashSet<>();
        int untold = 0;
        for (int at = 0; at < bytes.length; at++) {
            byte[] rotten = bytes.clone();
            rotten[at] ^= (byte) (1 << at % 8);
            Files.write(journal, rotten);
            Files.deleteIfExists(dir.resolve(ModelStore.SET_ASIDE));
            try (ModelStore store = ModelStore.open(dir)) {
                Release active = store.activation(MODEL).active();
                assertThat(active).as("rot at %d", at).isNotNull();
                seen.add(Objects.requireNonNull(active));
                Life.check(store, life);
                // all but the last entry are told to the fleet; the last may have been torn, and is only set aside
                untold += store.trouble() == null ? 1 : 0;
                assertThat(store.trouble() != null || store.torn() != null).isTrue();
                assertThat(dir.resolve(ModelStore.SET_ASIDE)).exists();
            }
        }
        assertThat(seen).as("the newest entry, or one before").contains(life.release(4), life.release(1));
        assertThat(seen).isSubsetOf(life.release(4), life.release(1), life.release(2));
        assertThat(untold).isLessThan(bytes.length / 2);
    }

    @Test
    void whereNothingOfTheJournalCanBeReadNoReleaseIsActive() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
        }
        byte[] noise = new byte[2_000];
        new SplittableRandom(4).nextBytes(noise);
        Files.write(dir.resolve(ModelStore.JOURNAL), noise);
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.trouble()).contains("damaged").contains(ModelStore.SET_ASIDE);
            assertThat(store.activation(MODEL).active()).isNull();
            assertThat(dir.resolve(ModelStore.SET_ASIDE)).hasBinaryContent(noise);
            life.finish(store);
        }
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.trouble()).isNull();
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
        }
    }

    @Test
    void aTornEndOfTheJournalIsTheStateBefore() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
        }
        Path journal = dir.resolve(ModelStore.JOURNAL);
        byte[] bytes = Files.readAllBytes(journal);
        int last = new String(bytes, 0, bytes.length - 1, StandardCharsets.UTF_8).lastIndexOf('\n') + 1;
        for (int length = last; length <= bytes.length; length++) {
            Files.write(journal, Arrays.copyOf(bytes, length));
            try (ModelStore store = ModelStore.open(dir)) {
                assertThat(store.trouble()).as("cut at %d", length).isNull();
                assertThat(store.activation(MODEL).active())
                        .isEqualTo(life.release(length >= bytes.length - 1 ? 4 : 1));
            }
        }
        // and it is written on to, not into
        Files.write(journal, Arrays.copyOf(bytes, bytes.length - 20));
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
        }
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
            assertThat(store.trouble()).isNull();
        }
    }

    @Test
    void aJournalThatWasWrittenAnewSaysTheSame() {
        try (ModelStore store = ModelStore.open(dir)) {
            life.putAll(store, 1);
            life.putAll(store, 2);
            for (int i = 0; i < 1_500; i++) {
                store.install(MODEL, life.release(1 + i % 2));
            }
            store.install("other", life.release(1));
        }
        assertThat(dir.resolve(ModelStore.JOURNAL).toFile().length()).isLessThan(2 * Limits.JOURNAL_BYTES);
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(2));
            assertThat(store.activation(MODEL).previous()).isEqualTo(life.release(1));
            assertThat(store.activation("other").active()).isEqualTo(life.release(1));
        }
    }

    @Test
    void theSecondWhoOpensItIsTurnedAway() throws Exception {
        try (ModelStore first = ModelStore.open(dir)) {
            assertThat(first.activations()).isEmpty();
            assertThatThrownBy(() -> ModelStore.open(dir))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("used by another process");
        }
        try (ModelStore again = ModelStore.open(dir)) {
            assertThat(openedElsewhere()).contains("used by another process");
            assertThat(again.trouble()).isNull();
        }
        assertThat(openedElsewhere()).isEqualTo("opened");
    }

    /** Opens the store in a process of its own. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] args) {
            try (ModelStore store = ModelStore.open(Path.of(args[0]))) {
                System.out.print(store.trouble() == null ? "opened" : store.trouble());
            } catch (StoreException e) {
                System.out.print(e.getMessage());
            }
        }
    }

    private String openedElsewhere() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opener.class.getName(),
                        dir.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aBlobThatIsCutAtRandomOffsetsIsFetchedOnce() {
        SplittableRandom random = new SplittableRandom(20261122);
        byte[] blob = new byte[1_000_000];
        random.nextBytes(blob);
        String sha256 = Digest.of(blob);
        long fetched = 0;
        for (int cuts = 0; ; cuts++) {
            try (ModelStore store = ModelStore.open(dir);
                    Part part = store.part(sha256, blob.length)) {
                int until = cuts < 50 ? random.nextInt((int) part.offset(), blob.length) : blob.length;
                while (part.offset() < until) {
                    int from = (int) part.offset();
                    byte[] chunk = Arrays.copyOfRange(blob, from, Math.min(until, from + 64_000));
                    fetched += chunk.length;
                    assertThat(part.append(chunk, from)).isTrue();
                }
                if (part.isWhole()) {
                    assertThat(part.commit()).isInstanceOf(Part.Committed.Kept.class);
                    assertThat(cuts).isEqualTo(50);
                    break;
                }
            }
        }
        assertThat(fetched).isEqualTo(blob.length);
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.read(sha256, blob.length)).isEqualTo(blob);
        }
    }

    @Test
    void aPieceBehindAHoleWaitsOnTheDiskAlsoOverAStart() {
        byte[] blob = new byte[100];
        new SplittableRandom(7).nextBytes(blob);
        String sha256 = Digest.of(blob);
        try (ModelStore store = ModelStore.open(dir);
                Part part = store.part(sha256, blob.length)) {
            assertThat(part.append(Arrays.copyOfRange(blob, 0, 10), 0)).isTrue();
            assertThat(part.putAhead(Arrays.copyOfRange(blob, 30, 50), 30)).isTrue();
            assertThat(part.putAhead(Arrays.copyOfRange(blob, 40, 60), 40))
                    .as("an overlap")
                    .isFalse();
            assertThat(part.putAhead(Arrays.copyOfRange(blob, 5, 20), 5))
                    .as("no hole")
                    .isFalse();
            assertThat(part.putAhead(new byte[60], 60)).as("too much").isFalse();
            assertThat(part.putAhead(Arrays.copyOfRange(blob, 70, 80), 70)).isTrue();
        }
        try (ModelStore store = ModelStore.open(dir);
                Part part = store.part(sha256, blob.length)) {
            assertThat(part.offset()).isEqualTo(10);
            assertThat(part.ahead()).containsExactly(Map.entry(30L, 20), Map.entry(70L, 10));
            assertThat(part.append(Arrays.copyOfRange(blob, 10, 35), 10)).isTrue();
            assertThat(part.offset()).as("with the piece that waited").isEqualTo(50);
            assertThat(part.bytes()).isEqualTo(60);
            assertThat(part.append(Arrays.copyOfRange(blob, 50, 100), 50)).isTrue();
            assertThat(part.commit()).isInstanceOf(Part.Committed.Kept.class);
            assertThat(dir.resolve("parts")).isEmptyDirectory();
            assertThat(store.read(sha256, blob.length)).isEqualTo(blob);
        }
    }

    @Test
    void aPartTakesNoHoleNothingTwiceAndNothingTooMuch() {
        byte[] blob = "0123456789".getBytes(StandardCharsets.US_ASCII);
        try (ModelStore store = ModelStore.open(dir);
                Part part = store.part(Digest.of(blob), blob.length)) {
            assertThat(part.append(Arrays.copyOfRange(blob, 2, 4), 2)).isFalse();
            assertThat(part.append(Arrays.copyOfRange(blob, 0, 4), 0)).isTrue();
            assertThat(part.append(Arrays.copyOfRange(blob, 0, 4), 0)).isFalse();
            assertThat(part.append(new byte[7], 4)).isFalse();
            assertThat(part.append(new byte[1], -1)).isFalse();
            assertThat(part.append(Arrays.copyOfRange(blob, 3, 10), 3)).isTrue();
            assertThat(part.commit()).isInstanceOf(Part.Committed.Kept.class);
            assertThat(store.read(Digest.of(blob), 10)).isEqualTo(blob);
        }
    }

    @Test
    void aBlobOfOtherBytesIsNotKeptAndBeginsAnew() {
        byte[] blob = "0123456789".getBytes(StandardCharsets.US_ASCII);
        String sha256 = Digest.of(blob);
        try (ModelStore store = ModelStore.open(dir)) {
            try (Part part = store.part(sha256, blob.length)) {
                part.append(new byte[blob.length], 0);
                assertThat(part.commit()).isInstanceOf(Part.Committed.Wrong.class);
            }
            assertThat(store.has(sha256)).isFalse();
            try (Part part = store.part(sha256, blob.length)) {
                assertThat(part.offset()).isZero();
            }
        }
    }

    @Test
    void aBlobThatRotsIsNotReadAndNotActivated() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            life.putAll(store, 1);
            String model = life.release(1).files().getFirst();
            byte[] bytes = Files.readAllBytes(store.path(model));
            for (int at = 0; at < bytes.length; at += 11) {
                bytes[at] ^= 1;
                Files.write(store.path(model), bytes);
                bytes[at] ^= 1;
                assertThatThrownBy(() -> store.read(model, 10_000))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("damaged");
            }
            Files.write(store.path(model), Arrays.copyOf(bytes, 10));
            assertThatThrownBy(() -> store.read(model, 10_000)).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> store.read(model, 9)).hasMessageContaining("more than");
            store.discard(model);
            assertThatThrownBy(() -> store.install(MODEL, life.release(1))).hasMessageContaining("missing");
            assertThat(store.activation(MODEL).active()).isNull();
        }
    }

    @Test
    void whatFailedIsNotTriedAgainUntilANewerStateWantsIt() {
        try (ModelStore store = ModelStore.open(dir)) {
            store.begin(MODEL, life.release(2), 1, 7, 0);
            store.step(MODEL, Attempt.Step.TESTING);
            store.giveUp(MODEL, "a golden case fails");
            String manifest = life.release(2).manifest();
            assertThat(store.activation(MODEL).failed(manifest, 7)).isNotNull();
            assertThat(store.activation(MODEL).failed(manifest, 8)).isNull();
            assertThat(store.activation(MODEL).failed(life.release(3).manifest(), 7))
                    .isNull();
        }
    }

    @Test
    void collectingLeavesWhatIsActiveBeforeOrOnItsWay() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            for (int i = 1; i <= Life.RELEASES; i++) {
                life.putAll(store, i);
            }
            store.install(MODEL, life.release(1));
            store.install(MODEL, life.release(2));
            store.begin("other", life.release(3), 1, 1, 0);
            store.part(life.release(3).manifest(), 10).close();
            store.part("0".repeat(64), 10).close();
            assertThat(store.collect()).isEqualTo(3 + 1);
            for (int i = 1; i <= 3; i++) {
                life.release(i)
                        .blobs()
                        .forEach(blob -> assertThat(store.has(blob)).isTrue());
            }
            assertThat(store.collect()).isZero();
            try (Stream<Path> parts = Files.list(dir.resolve("parts"))) {
                assertThat(parts).hasSize(1);
            }
        }
    }

    @Test
    void whatLiesOnAReadOnlyDiskIsReadAndNothingIsChanged() throws Exception {
        Path mount = Files.createDirectory(root.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString()))
                .as("a tmpfs can be mounted here, which needs root")
                .isZero();
        try {
            try (ModelStore store = ModelStore.open(mount.resolve("models"))) {
                life.finish(store);
            }
            assumeThat(run("mount", "-o", "remount,ro", mount.toString())).isZero();
            try (ModelStore store = ModelStore.open(mount.resolve("models"))) {
                assertThat(store.isWritable()).isFalse();
                Life.check(store, life);
                assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
                assertThatThrownBy(() -> store.giveBack(MODEL, 7, "taken-back")).isInstanceOf(StoreException.class);
                assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
                assertThat(store.reopenForWriting()).isFalse();
                assertThat(run("mount", "-o", "remount,rw", mount.toString())).isZero();
                assertThat(store.reopenForWriting()).isTrue();
                assertThat(store.giveBack(MODEL, 7, "taken-back").active()).isEqualTo(life.release(1));
                assertThat(store.giveBack(MODEL, 7, "taken-back").active()).isEqualTo(life.release(4));
            }
            try (ModelStore store = ModelStore.open(mount.resolve("models"))) {
                assertThat(store.giveBack(MODEL, 7, "taken-back").active()).isEqualTo(life.release(1));
            }
        } finally {
            run("umount", mount.toString());
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

    @Test
    void aStoreThatCouldNotBeWrittenIsWrittenAgainOnceTheDiskAllowsIt() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
        }
        Path lock = dir.resolve(ModelStore.LOCK);
        Files.delete(lock);
        Files.createDirectory(lock);
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.isWritable()).isFalse();
            assertThat(store.reopenForWriting()).isFalse();
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
            assertThatThrownBy(() -> store.giveBack(MODEL, 7, "taken-back")).isInstanceOf(StoreException.class);
            Files.delete(lock);
            try (ModelStore other = ModelStore.open(dir)) {
                assertThat(store.reopenForWriting()).as("another has it").isFalse();
                other.giveBack(MODEL, 7, "taken-back");
            }
            assertThat(store.reopenForWriting()).isTrue();
            assertThat(store.reopenForWriting()).isTrue();
            assertThat(store.isWritable()).isTrue();
            assertThat(store.activation(MODEL).active())
                    .as("what the other has written counts")
                    .isEqualTo(life.release(1));
            assertThatThrownBy(() -> ModelStore.open(dir)).hasMessageContaining("used by another process");
            assertThat(store.giveBack(MODEL, 7, "taken-back").active()).isEqualTo(life.release(4));
        }
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
        }
    }

    @Test
    void whatWasReadBeforeCountsWhereTheJournalIsGoneOrDamagedWhenTheDiskCanBeWritten() throws IOException {
        Path lock = dir.resolve(ModelStore.LOCK);
        Path journal = dir.resolve(ModelStore.JOURNAL);
        for (boolean gone : new boolean[] {true, false}) {
            try (ModelStore store = ModelStore.open(dir)) {
                life.finish(store);
            }
            Files.delete(lock);
            Files.createDirectory(lock);
            try (ModelStore store = ModelStore.open(dir)) {
                Files.delete(lock);
                if (gone) {
                    Files.delete(journal);
                } else {
                    Files.write(journal, new byte[100]);
                }
                assertThat(store.reopenForWriting()).isTrue();
                assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
                store.begin("other", life.release(1), 1, 1, 0);
            }
            try (ModelStore store = ModelStore.open(dir)) {
                assertThat(store.trouble()).isNull();
                assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
            }
        }
    }

    @Test
    void aDamagedJournalThatCannotBeSetAsideKeepsNobodyFromTheStore() throws IOException {
        try (ModelStore store = ModelStore.open(dir)) {
            life.finish(store);
        }
        Path journal = dir.resolve(ModelStore.JOURNAL);
        byte[] bytes = Files.readAllBytes(journal);
        bytes[12] ^= 1;
        Files.write(journal, bytes);
        Files.createDirectories(dir.resolve(ModelStore.SET_ASIDE).resolve("in the way"));
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.trouble()).contains("damaged").contains("no copy could be kept");
            assertThat(store.isWritable()).isTrue();
            assertThat(store.activation(MODEL).active()).isEqualTo(life.release(4));
        }
    }

    @Test
    void oneModelTooManyIsRefusedAndANameOfWhichNothingIsLeftMakesRoom() {
        try (ModelStore store = ModelStore.open(dir)) {
            for (int i = 0; i < Limits.MODELS; i++) {
                store.begin("model-" + i, life.release(1), 1, 1, 0);
            }
            assertThatThrownBy(() -> store.begin("one-more", life.release(1), 1, 1, 0))
                    .isInstanceOfSatisfying(StoreException.class, e -> {
                        assertThat(e.category()).isEqualTo(StoreException.Category.REFUSED);
                        assertThat(e).hasMessageContaining("64 models already").hasMessageContaining("one-more");
                        assertThat(e.hint()).contains("one name");
                    });
            store.step("model-3", Attempt.Step.VERIFYING);
            store.abandon("model-7");
            store.begin("one-more", life.release(1), 1, 1, 0);
            assertThatThrownBy(() -> store.begin("model-7", life.release(1), 1, 1, 0))
                    .isInstanceOf(StoreException.class);
        }
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.activations())
                    .hasSize(Limits.MODELS)
                    .extracting(Activation::name)
                    .contains("one-more")
                    .doesNotContain("model-7");
        }
    }

    @Test
    void roomIsAskedForBeforeAnythingIsFetched() {
        try (ModelStore store = ModelStore.open(dir)) {
            assertThat(store.whyNoRoom(1)).isNull();
            assertThat(store.whyNoRoom(Long.MAX_VALUE)).contains("are needed");
        }
    }

    @Test
    void nothingButADigestBecomesTheNameOfAFile() {
        try (ModelStore store = ModelStore.open(dir)) {
            for (String name : List.of("../x", "", "A".repeat(64), "a".repeat(63))) {
                assertThatThrownBy(() -> store.path(name)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }
}
