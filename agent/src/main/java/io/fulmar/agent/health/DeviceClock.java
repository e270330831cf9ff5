package io.fulmar.agent.health;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The device's best knowledge of the time, whatever its wall clock says.
 *
 * <p>It is the wall clock, unless that cannot be right (before this software was built, or twenty years after) or differs
 * from the fleet's by more than a minute: then it is what the fleet, or else the host's time service, said last, carried on
 * by the monotonic clock. A jump of the wall clock after that changes nothing. Thread-safe; {@link #look} is the control
 * thread's.
 */
public final class DeviceClock implements InstantSource {
    private final InstantSource wall;
    private final LongSupplier nanoClock;
    private final TimeService service;
    private final ClockFloor floor;
    private final long builtMillis;
    private final long startNanos;
    private final AtomicReference<@Nullable Anchor> anchor = new AtomicReference<>();
    /** A time that had certainly passed when the agent started. */
    private final AtomicLong passedAtStart = new AtomicLong();

    private final Span stamped = new Span();

    /** A time and when it was so. Immutable. */
    private record Anchor(By by, long millis, long nanos, long errorMillis) {
        long millisAt(long nowNanos) {
            return millis + (nowNanos - nanos) / 1_000_000;
        }

        /** Two clocks drift apart, by a tenth of a second in a thousand at the very most. */
        long errorAt(long nowNanos) {
            return errorMillis + (nowNanos - nanos) / 1_000_000 / 10_000;
        }
    }

    /** Who says what time it is. */
    public enum By {
        FLEET("the fleet"),
        TIME_SERVICE("the host's time service");

        private final String text;

        By(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * The clocks at one moment.
     *
     * @param wallMillis the wall clock as it is
     * @param offsetMillis what must be added to it to get the time; 0 when no difference is known
     */
    public record Reading(long wallMillis, long offsetMillis) {
        /** The time as far as it is known. */
        public long millis() {
            return wallMillis + offsetMillis;
        }
    }

    /** What is known of the time after it was not, so that rows from before can be corrected. */
    public record Known(By by, long offsetMillis, long errorMillis) {}

    /** What is the matter with the clock, for the operator. */
    public record Trouble(String reason, String hint) {}

    /**
     * @param builtMillis when this software was built
     * @param dir where a time that has passed is kept
     */
    public DeviceClock(InstantSource wall, LongSupplier nanoClock, TimeService service, long builtMillis, Path dir) {
        this.wall = wall;
        this.nanoClock = nanoClock;
        this.service = service;
        this.builtMillis = builtMillis;
        this.floor = new ClockFloor(dir);
        this.startNanos = nanoClock.getAsLong();
        this.passedAtStart.set(floor.read(builtMillis));
    }

    // ---- ask

    /** The time as far as it is known: never before what is known to have passed if the wall clock cannot be right. */
    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        Reading now = read();
        return known() || isPlausible(now.wallMillis()) ? now.millis() : passed();
    }

    /** Whether the fleet or the host's time service has said what time it is. */
    public boolean known() {
        return anchor.get() != null;
    }

    /** The clocks now, for the stamp of a record. */
    public Reading read() {
        return read(nanoClock.getAsLong(), wall.millis());
    }

    private Reading read(long nowNanos, long wallMillis) {
        Anchor at = anchor.get();
        long offset = at == null ? 0 : at.millisAt(nowNanos) - wallMillis;
        return new Reading(wallMillis, Math.abs(offset) <= Limits.CLOCK_TOLERANCE_MILLIS ? 0 : offset);
    }

    /**
     * The time for what expires. What is known to have passed has passed for good: the wall clock may go back, and the
     * device may start again in 1970 (but for the last hour before).
     */
    public long notBeforeMillis() {
        return Math.max(passed(), millis());
    }

    private long passed() {
        return passedAtStart.get() + (nanoClock.getAsLong() - startNanos) / 1_000_000;
    }

    private boolean isPlausible(long millis) {
        return millis >= builtMillis && millis - builtMillis <= Limits.CLOCK_YEARS.toMillis();
    }

    // ---- be told

    /**
     * The fleet's clock showed that at some moment between the two, of which the later is now.
     *
     * <p>A better answer is kept: one of a slower round trip replaces it only if the two contradict each other.
     */
    public void fleetSaid(long millis, long sinceNanos, long nowNanos) {
        long roundTrip = Math.max(0, nowNanos - sinceNanos) / 1_000_000;
        if (!isPlausible(millis)) {
            return;
        }
        Anchor fresh = new Anchor(By.FLEET, millis + roundTrip / 2, nowNanos, roundTrip / 2 + 1);
        anchor.updateAndGet(old -> old == null || old.by() != By.FLEET || improves(fresh, old) ? fresh : old);
    }

    private static boolean improves(Anchor fresh, Anchor old) {
        long error = old.errorAt(fresh.nanos());
        return fresh.errorMillis() <= error
                || Math.abs(fresh.millis() - old.millisAt(fresh.nanos())) > fresh.errorMillis() + error;
    }

    /** The fleet's clock showed that before now, who knows how long ago. */
    public void fleetSaidAtLeast(long millis, long nowNanos) {
        if (isPlausible(millis)) {
            anchor.updateAndGet(old -> old == null || old.by() != By.FLEET || old.millisAt(nowNanos) >= millis
                    ? old
                    : new Anchor(By.FLEET, millis, nowNanos, old.errorAt(nowNanos)));
        }
    }

    // ---- look

    /**
     * Looks at wall clock and time service, and keeps what has passed.
     *
     * @return what rows stamped before need for their correction, if they do; else null
     */
    public @Nullable Known look(long nowNanos) {
        long wallMillis = wall.millis();
        Anchor at = anchor.get();
        if (mayBelieveTheService(at, wallMillis, nowNanos)) {
            anchor.compareAndSet(at, new Anchor(By.TIME_SERVICE, wallMillis, nowNanos, 0));
        }
        Reading now = read(nowNanos, wallMillis);
        long uptimeMillis = (nowNanos - startNanos) / 1_000_000;
        stamped.add(now.millis() - uptimeMillis);
        at = anchor.get();
        if (at == null) {
            return null;
        }
        keepWhatHasPassed(now, uptimeMillis, Limits.CLOCK_KEPT_EVERY.toMillis());
        if (stamped.isWithin(Limits.CLOCK_TOLERANCE_MILLIS, at.millisAt(nowNanos) - uptimeMillis)) {
            return null;
        }
        stamped.only(now.millis() - uptimeMillis);
        return new Known(at.by(), now.offsetMillis(), at.errorAt(nowNanos));
    }

    /** Once it has set the clock, a time service does not make it jump any more. */
    private boolean mayBelieveTheService(@Nullable Anchor at, long wallMillis, long nowNanos) {
        boolean jumped = at != null && Math.abs(at.millisAt(nowNanos) - wallMillis) > Limits.CLOCK_TOLERANCE_MILLIS;
        return (at == null || at.by() == By.TIME_SERVICE)
                && !jumped
                && isPlausible(wallMillis)
                && service.says() == TimeService.Says.SET;
    }

    /** Where wall clock and fleet are both possible, the earlier of them: one clock that is ahead must not end everything. */
    private void keepWhatHasPassed(Reading now, long uptimeMillis, long atLeastLater) {
        long certain = isPlausible(now.wallMillis()) ? Math.min(now.wallMillis(), now.millis()) : now.millis();
        passedAtStart.accumulateAndGet(certain - uptimeMillis, Math::max);
        floor.keep(passedAtStart.get() + uptimeMillis, atLeastLater);
    }

    /** Keeps what is known to have passed, before the end. */
    public void close() {
        if (known()) {
            long nowNanos = nanoClock.getAsLong();
            keepWhatHasPassed(read(nowNanos, wall.millis()), (nowNanos - startNanos) / 1_000_000, 1);
        }
    }

    /** What is wrong with the wall clock now; null when nothing is. */
    public @Nullable Trouble trouble() {
        Reading now = read();
        boolean set = service.says() == TimeService.Says.SET;
        Anchor at = anchor.get();
        if (at != null) {
            if (now.offsetMillis() == 0) {
                return null;
            }
            String reason = "the wall clock (" + Instant.ofEpochMilli(now.wallMillis()) + ") is "
                    + text(Math.abs(now.offsetMillis())) + (now.offsetMillis() > 0 ? " behind " : " ahead of ")
                    + at.by();
            return set && at.by() == By.FLEET
                    ? new Trouble(
                            reason + ", although the host's time service has set it",
                            "Compare the fleet's clock and the device's with a third one.")
                    : new Trouble(reason, ConditionName.CLOCK_UNSYNCHRONISED.hint());
        }
        if (!isPlausible(now.wallMillis())) {
            return new Trouble(
                    "the wall clock cannot be right: it says " + Instant.ofEpochMilli(now.wallMillis()),
                    ConditionName.CLOCK_UNSYNCHRONISED.hint());
        }
        boolean longEnough = nanoClock.getAsLong() - startNanos > Limits.CLOCK_GRACE.toNanos();
        return longEnough && service.says() == TimeService.Says.NOT_YET
                ? new Trouble(
                        "the host's time service has not set the clock yet", ConditionName.CLOCK_UNSYNCHRONISED.hint())
                : null;
    }

    private static String text(long millis) {
        Duration time = Duration.ofMillis(millis);
        if (time.toDays() > 730) {
            return time.toDays() / 365 + " years";
        }
        return time.toDays() > 2 ? time.toDays() + " days" : time.toSeconds() + " s";
    }

    /** Between what and what the stamped time was, less the uptime. Owned by the control thread. */
    private static final class Span {
        private long least = Long.MAX_VALUE;
        private long most = Long.MIN_VALUE;

        void add(long value) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }

        void only(long value) {
            least = value;
            most = value;
        }

        boolean isWithin(long tolerance, long value) {
            return most - value <= tolerance && value - least <= tolerance;
        }
    }
}
