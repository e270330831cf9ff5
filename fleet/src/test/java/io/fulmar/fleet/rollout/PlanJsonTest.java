package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanJsonTest {
    private static final String FULL = """
            {`name`:`better`,`release`:{`model`:`bearing`},`target`:`board = 'pi 5' and not group in (lab, x)`,`follow`:true,
             `waves`:[{`devices`:5,`soak`:`30m`,`deadline`:`90s`,`approval`:true},
                      {`percent`:12.5,`success`:95,`errors`:{`count`:3,`percent`:5.5,`minimum`:20}},
                      {`percent`:100}],
             `window`:{`from`:`22:00`,`to`:`05:00`,`zone`:`Europe/Berlin`,`days`:[`mon`,`sun`]},
             `gates`:{`p95Millis`:5.5,`p95Ratio`:1.5,`crashes`:0,`agreement`:0.9,`labelShift`:0.2,`confidenceShift`:0.25,
                      `minimumPredictions`:1000},
             `offline`:10,`shadow`:`1h`,`lifetime`:`7d`}""";

    @Test
    void aPlanThatIsWrittenIsReadAgainAsTheSame() {
        Plan plan = Plans.read(FULL);
        String text = new String(PlanJson.write(plan), StandardCharsets.UTF_8);
        assertThat(PlanJson.stored(text)).isEqualTo(plan);
        assertThat(text).contains("\"manifest\":\"" + Plans.RELEASE.manifest() + "\"", "\"shadow\":\"1h\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            `follow`:true       | `folow`:true          | the plan has an unknown property 'folow'
            {`devices`:5,       | {                     | wave 1: either 'devices' or 'percent', and not both
            `percent`:12.5      | `devices`:5           | wave 2 is not larger than the one before, although it includes it: 'devices' and 'percent' say how many there are up to this wave
            {`percent`:100}     | {`percent`:99}        | the plan: the last wave must be percent = 100, since a wave names how many devices there are up to it
            `success`:95        | `success`:101         | wave 2: 'success' is more than 0 to 100 (of 100)
            `90s`               | `90`                  | wave 1: 'deadline' is a duration such as 500ms, 40s, 2m, 1h or 7d
            `22:00`             | `10 pm`               | 'window': times are like 22:00, and a zone like Europe/Berlin or UTC
            Europe/Berlin       | Atlantis              | 'window': times are like 22:00, and a zone like Europe/Berlin or UTC
            `mon`               | `montag`              | 'window': a day is one of mon, tue, wed, thu, fri, sat, sun
            `labelShift`:0.2    | `labelShift`:0        | 'gates': 'labelShift' is more than 0 and at most 1000
            `shadow`:`1h`,      |                       | the plan: the gate 'agreement' needs 'shadow', as it is measured there
            `shadow`:`1h`       | `shadow`:`31d`        | the plan: 'shadow' is at most 30d
            `release`:          | `config`:{`toml`:``},`release`: | the plan: either 'release' or 'config', and not both
            `minimum`:20        | `minimum`:0           | wave 2, 'errors' needs the whole number 'minimum', 1 to
            board =             | board                 | the plan: 'target', character 7: expected one of
            """)
    void whatIsWrongIsToldWithItsPlace(String right, String wrong, String message) {
        String plan = FULL.replace(right, wrong == null ? "" : wrong);
        assertThat(plan).isNotEqualTo(FULL);
        assertThatThrownBy(() -> Plans.read(plan))
                .isInstanceOf(PlanException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aWindowOverMidnightBelongsToTheDayOnWhichItBegins() {
        Plan plan = Plans.read(FULL);
        assertThat(plan.isOpen(millis("2026-11-23T20:59:59Z")))
                .as("Monday, before")
                .isFalse();
        assertThat(plan.isOpen(millis("2026-11-23T21:00:00Z")))
                .as("Monday, 22:00")
                .isTrue();
        assertThat(plan.isOpen(millis("2026-11-24T03:59:59Z")))
                .as("Tuesday, 04:59")
                .isTrue();
        assertThat(plan.isOpen(millis("2026-11-24T04:00:00Z")))
                .as("Tuesday, 05:00")
                .isFalse();
        assertThat(plan.isOpen(millis("2026-11-24T22:00:00Z")))
                .as("Tuesday, 23:00")
                .isFalse();
    }

    @Test
    void wavesSayHowManyDevicesThereAreUpToThem() {
        Plan plan = Plans.read(FULL);
        assertThat(plan.waves().stream().map(wave -> wave.upTo(1_000))).containsExactly(5, 125, 1_000);
        assertThat(plan.waves().stream().map(wave -> wave.upTo(3))).containsExactly(3, 1, 3);
    }

    private static long millis(String time) {
        return Instant.parse(time).toEpochMilli();
    }
}
