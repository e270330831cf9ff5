package io.fulmar.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.Disk;
import io.fulmar.sync.powercut.Image;
import io.fulmar.sync.powercut.Step;
import io.fulmar.sync.powercut.Trace;
import io.fulmar.sync.wire.CommandAnswer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The power is cut at every moment while commands are carried out: none that was begun is ever begun again. */
class JournalPowerCutIT {
    private static final int COMMANDS = 22;
    private static final long NOW = 1_795_000_000_000L;
    private static final long EXPIRES = NOW + 60_000;

    @TempDir
    Path dir;

    /** Begins one command after the other, and says when each may have its effect. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            long now = NOW;
            try (Journal journal = Journal.open(Path.of(args[0]).resolve("commands"), now)) {
                for (int i = 1; i <= COMMANDS; i++) {
                    Journal.Beginning beginning = journal.begin("c-" + i, "set", EXPIRES + i, "digest", now);
                    System.out.println(beginning instanceof Journal.Beginning.Begun ? "begun " + i : beginning);
                    journal.finish(
                            "c-" + i,
                            new CommandAnswer(
                                    "c-" + i,
                                    "set",
                                    CommandAnswer.Outcome.DONE,
                                    null,
                                    "{\"x\":\"" + "text ".repeat(2_900) + "\"}",
                                    "pump-7",
                                    now));
                    journal.recorded("c-" + i);
                    if (i == COMMANDS - 2) {
                        now = EXPIRES + i; // what was before has expired, and is purged when the file is large enough
                    }
                    journal.maintain(now);
                }
            }
        }
    }

    @Test
    void whatWasBegunIsKnownAfterEveryPowerCut() throws Exception {
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
        int begun = 0;
        for (Step step : steps) {
            disk.apply(step);
            if (step instanceof Step.Printed(String line)) {
                assertThat(line).isEqualTo("begun " + ++begun);
            }
            for (Image image : disk.images(random, 2)) {
                if (tried.add(image.digest() + begun)) {
                    check(image, dir.resolve("image" + tried.size()), begun);
                }
            }
        }
        assertThat(begun).isEqualTo(COMMANDS);
        assertThat(tried.size()).isGreaterThan(50);
        System.out.println("measured: " + tried.size() + " disks after a power cut, no command forgotten on any");
    }

    private static void check(Image image, Path copy, int begun) throws Exception {
        Files.createDirectory(copy);
        image.writeTo(copy);
        try (Journal journal = Journal.open(copy.resolve("state/commands"), NOW)) {
            for (int i = 1; i <= begun; i++) {
                boolean known = journal.find("c-" + i) != null || EXPIRES + i <= journal.floorMillis();
                assertThat(known)
                        .as("c-" + i + " of " + begun + ", " + image.summary())
                        .isTrue();
            }
        }
    }
}
