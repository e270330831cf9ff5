package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.Disk;
import io.fulmar.sync.powercut.Image;
import io.fulmar.sync.powercut.Step;
import io.fulmar.sync.powercut.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The power is cut at every moment while configurations are kept: what is found is the one before or the one after. */
class ConfigStorePowerCutIT {
    private static final int CHANGES = 6;

    @TempDir
    Path dir;

    /** Keeps one configuration after the other, and says when each is safe. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            ConfigStore store = ConfigStore.open(Path.of(args[0]));
            for (int i = 1; i <= CHANGES; i++) {
                String problem = store.keep(generation(i));
                System.out.println(problem == null ? "kept " + i : problem);
            }
        }
    }

    private static Kept generation(int number) {
        String toml = "# " + "text ".repeat(number * 300);
        return number == 0
                ? Kept.NOTHING
                : new Kept(
                        number,
                        "",
                        null,
                        new Generation(number, number, toml),
                        null,
                        number % 2 == 0 ? null : new Generation(number + 1, number, toml),
                        ConfigStoreTest.full().formerModels());
    }

    @Test
    void thereIsAlwaysTheConfigurationBeforeOrTheOneAfter() throws Exception {
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
        SplittableRandom random = new SplittableRandom(20261121);
        Set<String> tried = new HashSet<>();
        int safe = 0;
        for (Step step : steps) {
            disk.apply(step);
            if (step instanceof Step.Printed(String line)) {
                assertThat(line).isEqualTo("kept " + ++safe);
            }
            for (Image image : disk.images(random, 2)) {
                if (tried.add(image.digest() + safe)) {
                    check(image, dir.resolve("image" + tried.size()), safe);
                }
            }
        }
        assertThat(safe).isEqualTo(CHANGES);
        assertThat(tried.size()).isGreaterThan(50);
        System.out.println("measured: " + tried.size() + " disks after a power cut, each with a whole configuration");
    }

    private static void check(Image image, Path copy, int safe) throws Exception {
        Files.createDirectory(copy);
        image.writeTo(copy);
        ConfigStore store = ConfigStore.open(copy.resolve("state"));
        assertThat(store.trouble()).as(image.summary()).isNull();
        assertThat(store.kept()).as(image.summary()).isIn(generation(safe), generation(safe + 1));
    }
}
