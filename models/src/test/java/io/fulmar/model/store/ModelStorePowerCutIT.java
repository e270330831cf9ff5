package io.fulmar.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.Disk;
import io.fulmar.sync.powercut.Image;
import io.fulmar.sync.powercut.Step;
import io.fulmar.sync.powercut.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at every moment in the life of a model store and of the floors: what is found has a whole release, that
 * of before or of after, and goes on to the same end (P7); no floor falls (P10).
 */
class ModelStorePowerCutIT {
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path dir;

    /** Lives that life, lets the floor rise with it, and says what is safe. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            Path state = Path.of(args[0]);
            Life life = new Life();
            KeptFloors floors = KeptFloors.open(state.resolve("trust"));
            long floor = 0;
            try (ModelStore store = ModelStore.open(state.resolve("models"))) {
                for (String did = life.step(store); did != null; did = life.step(store)) {
                    if (did.startsWith("active ")) {
                        floors.raise(Life.MODEL, ++floor);
                        System.out.println(did);
                    }
                }
            }
        }
    }

    @Test
    void thereIsAlwaysTheWholeReleaseBeforeOrAfter() throws Exception {
        assumeTrue(Trace.isPossible(), "strace is not installed or not allowed here");
        Path root = Files.createDirectory(dir.toRealPath().resolve("root"));
        Files.createDirectories(root.resolve("state"));
        List<Step> steps = Trace.of(
                root,
                root.resolveSibling("scratch"),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        root.resolve("state").toString()));
        Disk disk = new Disk(Set.of());
        disk.apply(new Step.MadeDirectory("state"));
        disk.apply(new Step.Flushed(""));
        SplittableRandom random = new SplittableRandom(20261122);
        Set<String> tried = new HashSet<>();
        List<String> said = steps.stream()
                .filter(Step.Printed.class::isInstance)
                .map(step -> ((Step.Printed) step).line())
                .toList();
        assertThat(said).containsExactly("active 1", "active 2", "active 1", "active 4");
        int safe = 0;
        Path work = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : dir, "fulmar-powercut");
        for (Step step : steps) {
            disk.apply(step);
            if (step instanceof Step.Printed) {
                safe++;
            }
            for (Image image : disk.images(random, 1)) {
                if (tried.add(image.digest() + safe)) {
                    check(image, work.resolve("image"), said, safe);
                }
            }
        }
        Files.delete(work);
        assertThat(safe).isEqualTo(said.size());
        assertThat(tried.size()).isGreaterThan(300);
        System.out.println("measured: " + tried.size() + " disks after a power cut in " + steps.size()
                + " steps of a model store, each with a whole release");
    }

    private static void check(Image image, Path copy, List<String> said, int safe) throws Exception {
        Files.createDirectory(copy);
        image.writeTo(copy);
        Life life = new Life();
        Path state = copy.resolve("state");
        try (ModelStore store = ModelStore.open(state.resolve("models"))) {
            Life.check(store, life);
            assertThat(store.trouble()).as(image.summary()).isNull();
            Release active = store.activation(Life.MODEL).active();
            String now = active == null ? "none" : "active " + active.number();
            assertThat(now)
                    .as(image.summary())
                    .isIn(safe == 0 ? "none" : said.get(safe - 1), said.get(Math.min(safe, said.size() - 1)));
            life.finish(store);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(image.summary(), e);
        }
        assertThat(KeptFloors.open(state.resolve("trust")).floor(Life.MODEL))
                .as(image.summary())
                .isGreaterThanOrEqualTo(safe);
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
