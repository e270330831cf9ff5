package io.fulmar.agent.command;

import static io.fulmar.agent.command.Bench.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent is killed at every step of carrying out three changing commands, started again on the same disk, and sent
 * again what it has not answered: whatever the step, no effect happens twice and no two answers to one id differ.
 */
class CommandKillMatrixTest {
    private static final Map<String, Command> COMMANDS = Map.of(
            "a", new Command("a", "set", Map.of("what", "a"), null, START + 60_000, null, null),
            "b", new Command("b", "set", Map.of("what", "b"), null, START + 60_000, null, null),
            "c", new Command("c", "fail", Map.of(), null, START + 60_000, null, null));

    private final Path dir;

    CommandKillMatrixTest(@TempDir Path dir) {
        this.dir = dir;
    }

    /** What is left when the process is gone: what it did to the world, said, and committed. */
    private static final class World {
        final List<String> effects = new ArrayList<>();
        final Map<String, Set<CommandAnswer>> answers = new HashMap<>();
        final Map<String, Set<Outcome>> rows = new HashMap<>();
        boolean unknown;

        void see(Bench bench) {
            for (int i = 0; i < bench.published.size(); i++) {
                CommandAnswer answer = bench.answer(i);
                answers.computeIfAbsent(String.valueOf(answer.id()), id -> new HashSet<>())
                        .add(answer);
                unknown |= answer.outcome() == Outcome.UNKNOWN;
            }
            for (CommandResult row : bench.committedRows()) {
                rows.computeIfAbsent(row.command(), id -> new HashSet<>()).add(row.outcome());
            }
        }
    }

    @Test
    void aKillAtAnyStepRepeatsNoEffectAndContradictsNoAnswer() {
        int steps = 0;
        boolean someUnknown = false;
        for (int k = 1; ; k++) {
            World world = new World();
            Path own = dir.resolve("k" + k);
            boolean killed = life(own, world, k, List.of("a", "b", "a", "c"));
            someUnknown |= world.unknown;
            // the fleet sends again what has no row
            life(own, world, Integer.MAX_VALUE, List.of("a", "b", "c"));
            life(own, world, Integer.MAX_VALUE, List.of("c", "b", "a"));
            someUnknown |= world.unknown;
            for (String id : COMMANDS.keySet()) {
                String where = "killed at step " + k + ", command " + id;
                assertThat(Collections.frequency(world.effects, id)).as(where).isLessThanOrEqualTo(1);
                assertThat(world.answers.get(id)).as(where).hasSize(1);
                assertThat(world.rows.get(id)).as(where).hasSize(1);
                Outcome outcome = world.answers.get(id).iterator().next().outcome();
                assertThat(world.rows.get(id)).as(where).containsExactly(outcome);
                if (outcome == Outcome.DONE) {
                    assertThat(world.effects).as(where).contains(id);
                }
            }
            steps = k;
            if (!killed) {
                break;
            }
        }
        assertThat(steps).as("steps that were tried").isGreaterThan(20);
        assertThat(someUnknown)
                .as("some kill came between the beginning and the end")
                .isTrue();
    }

    /** One process: until it is killed at its k-th step, or has done what it was sent. */
    private static boolean life(Path dir, World world, int k, List<String> sent) {
        int[] left = {k};
        Runnable fuse = () -> {
            if (--left[0] == 0) {
                throw new Bench.Killed();
            }
        };
        Bench bench;
        try {
            bench = new Bench(dir, world.effects, START, Authorisation.by(null), fuse);
        } catch (Bench.Killed e) {
            return true;
        }
        try {
            bench.work();
            for (String id : sent) {
                bench.send(java.util.Objects.requireNonNull(COMMANDS.get(id)));
            }
            bench.close();
            world.see(bench);
            return false;
        } catch (Bench.Killed e) {
            world.see(bench);
            return true;
        }
    }
}
