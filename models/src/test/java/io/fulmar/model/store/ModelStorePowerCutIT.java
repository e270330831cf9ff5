package io.fulmar.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.PowerCuts;
import io.fulmar.sync.powercut.Trace;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at every moment in the life of a model store and of the floors: what is found has a whole release, that
 * of before or of after, and goes on to the same end (P7); no floor falls (P10).
 */
class ModelStorePowerCutIT {
    private static final List<String> SAID = List.of("active 1", "active 2", "active 1", "active 4");

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
        PowerCuts.Outcome outcome = PowerCuts.everywhere(dir, Child.class, 1, 20261122, ModelStorePowerCutIT::check);
        assertThat(outcome.lines()).isEqualTo(SAID);
        assertThat(outcome.disks()).isGreaterThan(300);
        System.out.println("measured: " + outcome.disks()
                + " disks after a power cut in the life of a model store, each with a whole release");
    }

    private static void check(Path state, int safe, String image) throws Exception {
        Life life = new Life();
        try (ModelStore store = ModelStore.open(state.resolve("models"))) {
            Life.check(store, life);
            assertThat(store.trouble()).as(image).isNull();
            Release active = store.activation(Life.MODEL).active();
            String now = active == null ? "none" : "active " + active.number();
            assertThat(now)
                    .as(image)
                    .isIn(safe == 0 ? "none" : SAID.get(safe - 1), SAID.get(Math.min(safe, SAID.size() - 1)));
            life.finish(store);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(image, e);
        }
        assertThat(KeptFloors.open(state.resolve("trust")).floor(Life.MODEL))
                .as(image)
                .isGreaterThanOrEqualTo(safe);
    }
}
