package io.fulmar.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.PowerCuts;
import io.fulmar.sync.powercut.Trace;
import io.fulmar.sync.wire.CommandAnswer;
import java.nio.file.Path;
import java.util.stream.IntStream;
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
        PowerCuts.Outcome outcome = PowerCuts.everywhere(dir, Child.class, 2, 20261122, JournalPowerCutIT::check);
        assertThat(outcome.lines())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, COMMANDS)
                        .mapToObj(i -> "begun " + i)
                        .toList());
        assertThat(outcome.disks()).isGreaterThan(50);
        System.out.println("measured: " + outcome.disks() + " disks after a power cut, no command forgotten on any");
    }

    private static void check(Path state, int begun, String image) {
        try (Journal journal = Journal.open(state.resolve("commands"), NOW)) {
            for (int i = 1; i <= begun; i++) {
                boolean known = journal.find("c-" + i) != null || EXPIRES + i <= journal.floorMillis();
                assertThat(known).as("c-" + i + " of " + begun + ", " + image).isTrue();
            }
        }
    }
}
