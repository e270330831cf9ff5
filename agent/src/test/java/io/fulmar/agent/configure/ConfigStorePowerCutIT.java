package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.powercut.PowerCuts;
import io.fulmar.sync.powercut.Trace;
import java.nio.file.Path;
import java.util.stream.IntStream;
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
        PowerCuts.Outcome outcome = PowerCuts.everywhere(dir, Child.class, 2, 20261121, ConfigStorePowerCutIT::check);
        assertThat(outcome.lines())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, CHANGES)
                        .mapToObj(i -> "kept " + i)
                        .toList());
        assertThat(outcome.disks()).isGreaterThan(50);
        System.out.println(
                "measured: " + outcome.disks() + " disks after a power cut, each with a whole configuration");
    }

    private static void check(Path state, int safe, String image) {
        ConfigStore store = ConfigStore.open(state);
        assertThat(store.trouble()).as(image).isNull();
        assertThat(store.kept()).as(image).isIn(generation(safe), generation(safe + 1));
    }
}
