package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.Disk;
import io.fulmar.sync.powercut.Image;
import io.fulmar.sync.powercut.Step;
import io.fulmar.sync.powercut.Trace;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at every moment in the life of a store, and every disk that this may leave is opened: no receipt may
 * be missing (P1). What a process did to the disk is taken from strace.
 */
class OutboxPowerCutIT {
    private static final Set<String> UNFLUSHED = Set.of(Highwater.NAME, Ballast.NAME, DirectoryLock.NAME);
    private static final String STATE = "var/state";
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path dir;

    private final SplittableRandom random = new SplittableRandom(20261121);
    private final Set<String> tried = ConcurrentHashMap.newKeySet();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong receiptsChecked = new AtomicLong();
    private final AtomicLong highwaterNotWhole = new AtomicLong();
    private final AtomicLong highwaterBehind = new AtomicLong();
    private final AtomicLong number = new AtomicLong();
    private long operations;
    private long points;
    private long images;
    /** Torn images of which some are lived on from. */
    private final List<Cut> cuts = new ArrayList<>();

    @Test
    void noReceiptIsMissingAfterAPowerCutAtSomeMoments() throws Exception {
        enumerate(new Effort(0.2, 0.02, 2, 1));
    }

    @Test
    @Tag("long")
    void noReceiptIsMissingAfterAPowerCutAtAnyMoment() throws Exception {
        enumerate(new Effort(1, 1, 4, 4));
    }

    @Test
    void aStoreThatWasBeingSetAsideIsNeverForgotten() throws Exception {
        assumeTrue(Trace.isPossible(), "strace is not installed or not allowed here");
        Path root = Files.createDirectory(dir.toRealPath().resolve("root"));
        Disk disk = new Disk(UNFLUSHED);
        List<String> lines = new ArrayList<>();
        int tries = 0;
        List<Step> steps = Trace.of(root, root.resolveSibling("life"), new Life(9, 10, "renew").command(root));
        long last = steps.stream().filter(Step.Printed.class::isInstance).count();
        Path work = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : root, "fulmar-powercut");
        for (Step step : steps) {
            disk.apply(step);
            if (step instanceof Step.Printed(String line)) {
                lines.add(line);
            }
            List<Image> possible = lines.size() < last ? List.of() : disk.images(random, 2);
            Promise promise = Promise.of(lines, lines.size());
            for (Image image : possible) {
                if (tried.add(image.digest())) {
                    Path copy = Files.createDirectory(work.resolve("image" + tries++));
                    image.writeTo(copy);
                    checkRenewed(image, copy.resolve(STATE), promise);
                    delete(copy);
                }
            }
        }
        delete(work);
        assertThat(tries).isGreaterThan(100);
    }

    private static void checkRenewed(Image image, Path state, Promise promise) {
        try (World world = new World(RecordingChild.tight(state))) {
            promise.streams().forEach((stream, promised) -> {
                Counters counters = world.outbox.counters(stream);
                assertThat(counters.recorded())
                        .as(image.summary())
                        .isGreaterThanOrEqualTo(promised.promised().lastKey())
                        .isEqualTo(counters.acknowledged()
                                + counters.buffered()
                                + counters.evicted()
                                + counters.quarantined());
            });
        }
    }

    private void enumerate(Effort effort) throws Exception {
        assumeTrue(Trace.isPossible(), "strace is not installed or not allowed here");
        Path base = dir.toRealPath();
        Path work = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : base, "fulmar-powercut");
        try {
            Path root = Files.createDirectory(base.resolve("root"));
            Disk disk = new Disk(UNFLUSHED);
            List<String> lines = new ArrayList<>();
            Life[] lives = {new Life(1, 60, "halt"), new Life(2, 25, "close"), new Life(3, 15, "halt")};
            for (Life life : lives) {
                live(life, root, disk, lines, work, effort);
            }
            // the power may go again while a store comes back from a cut
            List<Cut> torn = List.copyOf(cuts);
            for (int i = 0; i < effort.livesAfterACut(); i++) {
                Cut cut = torn.get(random.nextInt(torn.size()));
                Path again = Files.createDirectory(base.resolve("root" + i));
                cut.image().writeTo(again);
                Disk next = Disk.holding(cut.image(), UNFLUSHED);
                List<String> said = new ArrayList<>(cut.lines());
                live(new Life(4 + i, 12, "halt"), again, next, said, work, effort);
            }
        } finally {
            delete(work);
        }
        System.out.println("measured: power cut at " + points + " moments of " + operations + " operations, "
                + tried.size() + " different disks of " + images + " (the highwater absent or not whole in "
                + highwaterNotWhole + ", behind in " + highwaterBehind + "), " + receiptsChecked + " receipts checked, "
                + failures.size() + " disks with a fault");
        assertThat(failures.stream().limit(10)).isEmpty();
        assertThat(receiptsChecked.get()).isPositive();
    }

    private void live(Life life, Path root, Disk disk, List<String> lines, Path work, Effort effort) throws Exception {
        List<Step> steps = Trace.of(root, root.resolveSibling("life" + life.seed()), life.command(root));
        List<String> all = new ArrayList<>(lines);
        steps.forEach(step -> {
            if (step instanceof Step.Printed(String line)) {
                all.add(line);
            }
        });
        int before = lines.size();
        boolean receipt = false;
        for (int i = 0; i <= steps.size(); i++) {
            Step next = i < steps.size() ? steps.get(i) : new Step.Flushed("");
            if (next instanceof Step.Printed(String line)) {
                lines.add(line);
                receipt |= line.indexOf('/') >= 0;
                continue;
            }
            operations++;
            if (random.nextDouble() < (receipt ? effort.share() : effort.shareOfOpening())) {
                points++;
                cutHere("life " + life.seed() + ", step " + i, disk, all, lines.size(), work, effort);
            }
            if (i < steps.size()) {
                disk.apply(next);
            }
        }
        assertThat(lines.size()).as("the process printed").isGreaterThan(before + life.groups());
    }

    private void cutHere(String where, Disk disk, List<String> all, int said, Path work, Effort effort) {
        List<Image> possible = disk.images(random, effort.randomSubsets());
        images += possible.size();
        Promise promise = Promise.of(all, said);
        List<Image> different = possible.parallelStream()
                .filter(image -> tried.add(said + " " + image.digest()))
                .toList();
        for (Image image : different) {
            if (image.how().startsWith("torn") && promise.receipts() > 0) {
                cuts.add(new Cut(image, all.subList(0, said)));
            }
        }
        while (cuts.size() > 20) {
            cuts.remove(random.nextInt(cuts.size()));
        }
        different.parallelStream().forEach(image -> {
            Path root = work.resolve("image" + number.incrementAndGet());
            try {
                Files.createDirectory(root);
                image.writeTo(root);
                check(root.resolve(STATE), promise);
                delete(root);
            } catch (AssertionError | RuntimeException | IOException e) {
                failures.add(where + ": " + image.summary() + ": " + e);
            }
        });
    }

    private void check(Path state, Promise promise) throws IOException {
        Figures remembered = Highwater.read(state);
        try (World world = new World(RecordingChild.tight(state))) {
            if (remembered == null) {
                highwaterNotWhole.incrementAndGet();
            } else if (isBehind(remembered, world.outbox)) {
                highwaterBehind.incrementAndGet();
            }
            assertThat(world.outbox.health()).isInstanceOf(OutboxHealth.Healthy.class);
            assertThat(Damage.files(state)).isEmpty();
            if (promise.epoch() != 0) {
                assertThat(world.outbox.state(Stream.DATA).epoch()).isEqualTo(promise.epoch());
            }
            assertThat(world.outbox.boot()).isGreaterThan(promise.boot());
            for (Map.Entry<Stream, Promise.OfStream> entry : promise.streams().entrySet()) {
                check(world, entry.getKey(), entry.getValue());
            }
        }
    }

    private static boolean isBehind(Figures remembered, Outbox outbox) {
        for (Stream stream : Stream.values()) {
            if (remembered.book(stream).tail() < outbox.state(stream).next() - 1) {
                return true;
            }
        }
        return false;
    }

    private void check(World world, Stream stream, Promise.OfStream promise) {
        StreamState state = world.outbox.state(stream);
        Counters counters = world.outbox.counters(stream);
        assertThat(counters.recorded())
                .isEqualTo(state.next() - 1)
                .isEqualTo(counters.acknowledged() + counters.buffered() + counters.evicted());
        assertThat(counters.quarantined()).isZero();
        assertThat(state.acknowledged()).as("acknowledged").isBetween(promise.acked(), promise.ackedAtMost());
        assertThat(counters.evicted()).as("evicted").isBetween(promise.evicted(), promise.evictedAtMost());
        long next = state.acknowledged() + 1;
        long buffered = 0;
        for (Batch batch = world.outbox.read(stream, next, 1000, 10_000_000);
                batch != null;
                batch = world.outbox.read(stream, next, 1000, 10_000_000)) {
            assertThat(batch.first()).isEqualTo(next);
            for (Row row : batch.rows()) {
                switch (row) {
                    case Row.Gap gap -> next = gap.last() + 1;
                    case Row.Data data -> {
                        String text = promise.promised()
                                .getOrDefault(next, promise.later().get(next));
                        if (text != null && !text.equals(new String(data.record(), StandardCharsets.UTF_8))) {
                            throw new AssertionError(stream + "/" + next + " is not what was recorded");
                        }
                        buffered++;
                        next++;
                    }
                }
            }
        }
        assertThat(buffered).isEqualTo(counters.buffered());
        assertThat(next).isEqualTo(state.next());
        long last = promise.promised().isEmpty() ? 0 : promise.promised().lastKey();
        assertThat(next).as("the end of " + stream).isGreaterThan(last);
        receiptsChecked.addAndGet(promise.promised().size());
        assertThat(world.record(stream, "after the cut").seq()).isEqualTo(next);
    }

    private static void delete(Path path) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /**
     * How much is tried.
     *
     * @param shareOfOpening of the moments before the first receipt of a process
     * @param share of the other moments
     */
    private record Effort(double shareOfOpening, double share, int randomSubsets, int livesAfterACut) {}

    /** A process: its seed, how many groups it appends, and how it ends. */
    private record Life(int seed, int groups, String end) {
        List<String> command(Path root) {
            return RecordingChild.command(
                    root.resolve(STATE).toString(), String.valueOf(seed), String.valueOf(groups), end);
        }
    }

    /** What a power cut left, and what had been printed before it. */
    private record Cut(Image image, List<String> lines) {}
}
