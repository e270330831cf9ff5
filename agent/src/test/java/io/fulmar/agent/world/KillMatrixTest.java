package io.fulmar.agent.world;

import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every k: run k steps of one fixed story, lose a part of the world, run to the end. Each receipt is exactly one row,
 * whatever k is.
 */
class KillMatrixTest {
    /** Steps of the story in which records are made; afterwards the rest is delivered. */
    private static final int STORY = 70;

    private final Path dir;

    KillMatrixTest(@TempDir Path dir) {
        this.dir = dir;
    }

    static IntStream everyStep() {
        return IntStream.rangeClosed(1, STORY + 30);
    }

    @ParameterizedTest(name = "killed after step {0}")
    @MethodSource("everyStep")
    void aDeviceThatIsKilledLosesAndRepeatsNothing(int k) {
        story(k, world -> world.device().killAndRestart());
    }

    static IntStream everyFifthStep() {
        return everyStep().filter(step -> step % 5 == 0);
    }

    @ParameterizedTest(name = "killed after step {0}")
    @MethodSource("everyFifthStep")
    void aFleetThatIsKilledLosesAndRepeatsNothing(int k) {
        story(k, world -> world.fleet().kill());
    }

    @ParameterizedTest(name = "lost after step {0}")
    @MethodSource("everyFifthStep")
    void aBrokerThatForgetsEverythingLosesAndRepeatsNothing(int k) {
        story(k, world -> world.broker().loseEverything());
    }

    private void story(int k, Consumer<World> loss) {
        try (World world = new World(dir, Faults.none())) {
            for (int step = 1; step <= STORY + 30; step++) {
                if (step <= STORY) {
                    world.device().record(Stream.DATA);
                    if (step % 7 == 0) {
                        world.device().record(Stream.ALARM);
                    }
                }
                world.step();
                if (step == k) {
                    loss.accept(world);
                }
            }
            world.runUntilDelivered();

            world.assertDeliveredExactlyOnce();
            world.assertNoGaps();
        }
    }
}
