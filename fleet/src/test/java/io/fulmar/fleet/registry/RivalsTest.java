package io.fulmar.fleet.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.registry.Rivals.Verdict;
import org.junit.jupiter.api.Test;

class RivalsTest {
    private static final String DEVICE = "press-1";
    private final Rivals rivals = new Rivals();
    private long now = 1_800_000_000_000L;

    private Verdict hello(String session) {
        now += 1_000;
        return rivals.hello(DEVICE, session, now);
    }

    @Test
    void aDeviceThatRestartsIsAloneHoweverOften() {
        for (int i = 0; i < 20; i++) {
            assertThat(hello("process-" + i)).isEqualTo(Verdict.ALONE);
        }
    }

    @Test
    void aDeviceWithABadLinkIsAloneHoweverOftenItConnects() {
        for (int i = 0; i < 20; i++) {
            assertThat(hello("one")).isEqualTo(Verdict.ALONE);
        }
        assertThat(hello("after a restart")).isEqualTo(Verdict.ALONE);
        assertThat(hello("after a restart")).isEqualTo(Verdict.ALONE);
    }

    @Test
    void twoThatGreetInTurnsAreFoundAndTheSecondHasToStayAway() {
        assertThat(hello("a")).isEqualTo(Verdict.ALONE);
        assertThat(hello("b")).isEqualTo(Verdict.ALONE);
        assertThat(hello("a")).isEqualTo(Verdict.FOUND);
        assertThat(hello("b")).isEqualTo(Verdict.SECOND);
        assertThat(hello("a")).isEqualTo(Verdict.ALONE);
    }

    @Test
    void theSecondStaysAwayAsLongAsTheFirstIsHeardOf() {
        twoAreFound();
        for (int i = 0; i < 5; i++) {
            now += 300_000;
            rivals.heard(DEVICE, now);
            assertThat(hello("b")).as("attempt " + i).isEqualTo(Verdict.SECOND);
        }
    }

    @Test
    void theSecondTakesThePlaceOfAFirstThatIsSilent() {
        twoAreFound();
        now += 300_000;
        assertThat(hello("b")).isEqualTo(Verdict.ALONE);
        assertThat(hello("b")).isEqualTo(Verdict.ALONE);
    }

    @Test
    void whatArrivesOfTheSecondJustAfterItWasToldIsNotTakenForTheFirst() {
        twoAreFound();
        rivals.heard(DEVICE, now + 500);
        now += 300_000;
        assertThat(hello("b")).isEqualTo(Verdict.ALONE);
    }

    @Test
    void oneDeviceSaysNothingAboutAnother() {
        assertThat(rivals.hello("press-1", "a", now)).isEqualTo(Verdict.ALONE);
        assertThat(rivals.hello("press-2", "b", now)).isEqualTo(Verdict.ALONE);
        assertThat(rivals.hello("press-1", "a", now)).isEqualTo(Verdict.ALONE);
        assertThat(rivals.hello("press-2", "b", now)).isEqualTo(Verdict.ALONE);
    }

    @Test
    void aDeviceThatNamesNoSessionIsNeverFound() {
        hello("a");
        hello("");
        assertThat(hello("a")).isEqualTo(Verdict.ALONE);
    }

    private void twoAreFound() {
        hello("a");
        hello("b");
        assertThat(hello("a")).isEqualTo(Verdict.FOUND);
        assertThat(hello("b")).isEqualTo(Verdict.SECOND);
    }
}
