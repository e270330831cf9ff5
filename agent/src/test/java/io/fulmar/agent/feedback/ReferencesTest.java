package io.fulmar.agent.feedback;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.Histogram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferencesTest {
    private static final Baseline REFERENCE = new Baseline(
            Map.of("calm", 0.25, "broken", 0.75), List.of(new Histogram("input 0", List.of(0.1f), List.of(0.5, 0.5))));

    private final Path dir;
    private final FaultLog faults = new FaultLog(Clock.systemUTC());

    ReferencesTest(@TempDir Path dir) {
        this.dir = dir;
    }

    private References open() {
        return References.open(dir.resolve("drift"), faults, new Doorbell());
    }

    @Test
    void aReferenceOfTheSameModelIsFoundAgainAfterARestart() {
        References before = open();
        before.keep("vibration", "ab", REFERENCE);
        assertThat(before.find("vibration", "ab")).isEqualTo(REFERENCE);
        assertThat(open().find("vibration", "ab")).as("not written yet").isEqualTo(Baseline.NONE);
        before.work(0);

        References after = open();

        assertThat(after.find("vibration", "ab")).isEqualTo(REFERENCE);
        assertThat(after.find("vibration", "cd")).as("another model").isEqualTo(Baseline.NONE);
        assertThat(after.find("sound", "ab")).as("another pipeline").isEqualTo(Baseline.NONE);
    }

    @Test
    void oneThatIsForgottenIsNotFoundAgainAfterARestart() {
        References before = open();
        before.keep("vibration", "ab", REFERENCE);
        before.work(0);
        before.forget("vibration");
        assertThat(before.find("vibration", "ab")).isEqualTo(Baseline.NONE);
        before.work(1);

        assertThat(dir.resolve("drift/vibration.json")).doesNotExist();
        assertThat(open().find("vibration", "ab")).isEqualTo(Baseline.NONE);
    }

    @Test
    void oneThatCannotBeReadIsToldAndMadeAnew() throws IOException {
        Files.createDirectories(dir.resolve("drift"));
        Files.writeString(dir.resolve("drift/vibration.json"), "ab\n{\"labels\":");

        assertThat(open().find("vibration", "ab")).isEqualTo(Baseline.NONE);
        assertThat(faults.latest())
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("vibration.json"));
    }

    @Test
    void oneThatCannotBeWrittenCountsMeanwhileAndIsTriedAgain() throws IOException {
        Files.writeString(dir.resolve("drift"), "a file where the folder should be");
        References references = open();
        references.keep("vibration", "ab", REFERENCE);

        assertThat(references.work(0)).isZero();
        assertThat(references.find("vibration", "ab")).isEqualTo(REFERENCE);
        Files.delete(dir.resolve("drift"));
        assertThat(references.work(1)).isEqualTo(1);
        assertThat(open().find("vibration", "ab")).isEqualTo(REFERENCE);
    }
}
