package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.DeviceClock.By;
import io.fulmar.agent.health.DeviceClock.Known;
import io.fulmar.agent.health.DeviceClock.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceClockTest {
    private static final long BUILT = Instant.parse("2026-11-01T00:00:00Z").toEpochMilli();
    private static final long TRUTH = Instant.parse("2027-03-04T05:06:07Z").toEpochMilli();
    private static final long YEARS_10 = Duration.ofDays(3653).toMillis();

    @TempDir
    private Path dir;

    /** What time it really is, and what the wall clock shows. */
    private long truth = TRUTH;

    private long wall = TRUTH;
    private long nanos = 123_456_789_000L;

    private DeviceClock clock() {
        return new DeviceClock(
                () -> Instant.ofEpochMilli(wall), () -> nanos, TimeService.below(dir.resolve("timesync")), BUILT, dir);
    }

    private static String trouble(DeviceClock clock) {
        return Objects.requireNonNull(clock.trouble()).reason();
    }

    private Known known(DeviceClock clock) {
        return Objects.requireNonNull(clock.look(nanos));
    }

    private void pass(Duration time) {
        truth += time.toMillis();
        wall += time.toMillis();
        nanos += time.toNanos();
    }

    private void hearFleet(DeviceClock clock, Duration roundTrip) {
        long since = nanos;
        pass(roundTrip.dividedBy(2));
        long said = truth;
        pass(roundTrip.dividedBy(2));
        clock.fleetSaid(said, since, nanos);
    }

    @Test
    void aClockThatAgreesWithTheFleetIsLeftAlone() {
        DeviceClock clock = clock();
        wall += 20_000;
        assertThat(clock.look(nanos)).isNull();
        hearFleet(clock, Duration.ofMillis(30));

        assertThat(clock.look(nanos)).as("nothing was stamped wrong").isNull();
        assertThat(clock.read()).isEqualTo(new Reading(wall, 0));
        assertThat(clock.trouble()).isNull();
        assertThat(clock.known()).isTrue();
    }

    @Test
    void aDeviceThatStartsIn1970LearnsTheTimeFromTheFleetAndSaysSoOnce() {
        wall = 42_000;
        DeviceClock clock = clock();
        assertThat(clock.look(nanos)).isNull();
        assertThat(clock.read()).isEqualTo(new Reading(42_000, 0));
        assertThat(trouble(clock)).contains("cannot be right").contains("1970-01-01T00:00:42Z");

        hearFleet(clock, Duration.ofMillis(40));
        Known known = known(clock);

        assertThat(known.by()).isEqualTo(By.FLEET);
        assertThat(known.offsetMillis()).isBetween(truth - wall - 21, truth - wall + 21);
        assertThat(known.errorMillis()).isEqualTo(21);
        assertThat(clock.read().millis()).isBetween(truth - 21, truth + 21);
        assertThat(clock.millis()).isBetween(truth - 21, truth + 21);
        assertThat(trouble(clock)).contains("57 years behind the fleet");
        pass(Duration.ofSeconds(1));
        assertThat(clock.look(nanos)).isNull();
    }

    @Test
    void aDeviceThatStartsIn2100LearnsTheTimeFromTheFleet() {
        wall = Instant.parse("2100-01-01T00:00:00Z").toEpochMilli();
        DeviceClock clock = clock();
        clock.look(nanos);
        assertThat(trouble(clock)).contains("cannot be right").contains("2100");
        assertThat(clock.notBeforeMillis()).as("nothing expires by it").isLessThan(TRUTH);

        hearFleet(clock, Duration.ofMillis(40));

        assertThat(clock.look(nanos)).isNotNull();
        assertThat(clock.millis()).isBetween(truth - 21, truth + 21);
        assertThat(clock.notBeforeMillis()).isBetween(truth - 21, truth + 21);
    }

    @Test
    void aJumpOfTenYearsWhileItRunsChangesNoStampedTime() {
        DeviceClock clock = clock();
        hearFleet(clock, Duration.ofMillis(2));
        clock.look(nanos);
        for (long jump : new long[] {YEARS_10, -2 * YEARS_10, YEARS_10 + 70_000}) {
            wall += jump;
            pass(Duration.ofSeconds(3));

            assertThat(clock.read().millis()).isBetween(truth - 5, truth + 5);
            assertThat(clock.read().offsetMillis()).isNotZero();
            assertThat(clock.look(nanos)).as("every row was stamped right").isNull();
            assertThat(trouble(clock)).contains("the fleet");
        }
    }

    @Test
    void aClockThatWasSetBeforeTheFleetWasHeardIsStillToldForTheRowsBefore() {
        wall = 1_000;
        DeviceClock clock = clock();
        clock.look(nanos);
        wall = truth;
        pass(Duration.ofSeconds(5));
        assertThat(clock.look(nanos)).isNull();
        assertThat(clock.trouble()).isNull();

        hearFleet(clock, Duration.ofMillis(4));
        Known known = known(clock);

        assertThat(known.offsetMillis()).as("the wall clock is right now").isZero();
    }

    @Test
    void theTimeServiceIsBelievedUntilTheFleetContradicts() throws IOException {
        wall = 1_000;
        Files.createDirectories(dir.resolve("timesync"));
        DeviceClock clock = clock();
        clock.look(nanos);
        wall = truth;
        Files.createFile(dir.resolve("timesync/synchronized"));

        assertThat(known(clock).by()).isEqualTo(By.TIME_SERVICE);
        assertThat(clock.read()).isEqualTo(new Reading(truth, 0));
        wall += YEARS_10;
        clock.look(nanos);
        assertThat(clock.read().millis()).isEqualTo(truth);
        assertThat(trouble(clock)).contains("ahead of the host's time service");

        truth += 120_000;
        hearFleet(clock, Duration.ofMillis(4));
        assertThat(known(clock).by()).isEqualTo(By.FLEET);
        assertThat(clock.read().millis()).isBetween(truth - 3, truth + 3);
        assertThat(trouble(clock)).contains("although the host's time service has set it");
    }

    @Test
    void aTimeServiceThatIsThereAndSilentIsTroubleAfterAWhile() throws IOException {
        Files.createDirectories(dir.resolve("timesync"));
        DeviceClock clock = clock();
        clock.look(nanos);
        assertThat(clock.trouble()).isNull();
        pass(Duration.ofMinutes(2));
        assertThat(trouble(clock)).contains("time service");
        hearFleet(clock, Duration.ofMillis(4));
        assertThat(clock.trouble()).isNull();
    }

    @Test
    void aSlowAnswerReplacesNoQuickOneUnlessTheyContradictEachOther() {
        wall = 1_000;
        DeviceClock clock = clock();
        hearFleet(clock, Duration.ofMillis(2));
        long since = nanos;
        pass(Duration.ofSeconds(20));
        clock.fleetSaid(truth - 20_000, since, nanos);
        assertThat(clock.read().millis()).isBetween(truth - 2, truth + 2);

        truth += 600_000;
        hearFleet(clock, Duration.ofSeconds(4));
        assertThat(clock.read().millis()).isBetween(truth - 2_001, truth + 2_001);
    }

    @Test
    void anAcknowledgementMovesTheTimeOnlyForward() {
        wall = 1_000;
        DeviceClock clock = clock();
        hearFleet(clock, Duration.ofSeconds(10));
        long before = clock.millis();
        clock.fleetSaidAtLeast(before - 50_000, nanos);
        assertThat(clock.millis()).isEqualTo(before);
        clock.fleetSaidAtLeast(before + 3_000, nanos);
        assertThat(clock.millis()).isEqualTo(before + 3_000);
    }

    @Test
    void aFleetWhoseClockCannotBeRightIsNotBelieved() {
        DeviceClock clock = clock();
        clock.fleetSaid(0, nanos, nanos);
        clock.fleetSaid(Instant.parse("2100-01-01T00:00:00Z").toEpochMilli(), nanos, nanos);

        assertThat(clock.known()).isFalse();
    }

    @Test
    void whatHasPassedHasPassedAlsoAfterARestartIn1970() {
        DeviceClock first = clock();
        hearFleet(first, Duration.ofMillis(2));
        first.look(nanos);
        pass(Duration.ofHours(30));
        first.look(nanos);
        long known = truth;
        wall = 60_000;
        assertThat(first.notBeforeMillis()).isBetween(known - 5, known + 5);

        DeviceClock second = clock();
        assertThat(second.notBeforeMillis()).as("without a clean stop").isBetween(known - 3_600_000, known + 5);
        pass(Duration.ofMinutes(5));
        assertThat(second.millis()).isBetween(known - 3_300_000, known + 300_005);
        first.close();
        assertThat(clock().notBeforeMillis()).as("after a clean stop").isGreaterThanOrEqualTo(known);
    }

    @Test
    void aWallClockThatIsAheadForAWhileEndsNothingForGood() {
        DeviceClock clock = clock();
        clock.look(nanos);
        wall += YEARS_10;
        clock.look(nanos);
        wall -= YEARS_10;
        clock.look(nanos);

        assertThat(clock.notBeforeMillis()).isEqualTo(TRUTH);
        assertThat(clock().notBeforeMillis()).isEqualTo(TRUTH);
    }

    @Test
    void aFleetThatIsAheadOfARightClockEndsNothingForGood() {
        DeviceClock clock = clock();
        clock.fleetSaid(truth + YEARS_10, nanos, nanos);
        clock.look(nanos);
        clock.close();

        assertThat(clock().notBeforeMillis()).isEqualTo(TRUTH);
    }

    @Test
    void aDamagedFloorIsNotBelieved() throws IOException {
        Files.writeString(dir.resolve("clock.floor"), "9999999999999 00000000");
        wall = 1_000;

        assertThat(clock().notBeforeMillis()).isEqualTo(BUILT);
    }
}
