package io.fulmar.agent.io;

import io.fulmar.config.GuardSettings;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before one actuator: moves it, or lets it act, at once, unless it did so too lately or too often, or something else keeps
 * it where it is safe; takes it there when nobody decides any more. Each move, and each new reason against one, is told to the audit
 * after it happened. Thread-safe.
 */
public final class Guard {
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final String name;
    private final GuardSettings settings;
    private final @Nullable Double safe;
    private final String verb;
    private final DoubleConsumer pin;
    private final DoubleFunction<String> text;
    private final BooleanSupplier locked;
    private final BiConsumer<String, String> audit;
    private final LongSupplier nanoClock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Long> moves = new ArrayDeque<>();
    private double now;
    private boolean moved;
    private long movedNanos;
    private boolean watched;
    private long heardNanos;
    private String refused = "";
    private boolean stopped;

    /**
     * Why an output is to be moved.
     *
     * @param text the same in words, which are only made after the pin has moved
     *     <p>Immutable.
     */
    public record Cause(Supplier<String> text, long decidedNanos) {}

    /**
     * @param safe null for one that stays as it is
     * @param first what it is at now
     * @param pin moves it
     * @param text what a person calls a value of it
     * @param locked whether it must stay at its safe value now
     * @param audit takes the kind and the text of an event, and never waits
     */
    Guard(
            String name,
            GuardSettings settings,
            @Nullable Double safe,
            double first,
            DoubleConsumer pin,
            DoubleFunction<String> text,
            BooleanSupplier locked,
            BiConsumer<String, String> audit,
            LongSupplier nanoClock) {
        this(name, settings, safe, first, pin, text, locked, audit, nanoClock, "moved");
    }

    /** For one that does something and is at nothing. */
    static Guard ofActs(
            String name,
            GuardSettings settings,
            BooleanSupplier locked,
            BiConsumer<String, String> audit,
            LongSupplier nanoClock) {
        return new Guard(name, settings, null, 0, value -> {}, Double::toString, locked, audit, nanoClock, "acted");
    }

    private Guard(
            String name,
            GuardSettings settings,
            @Nullable Double safe,
            double first,
            DoubleConsumer pin,
            DoubleFunction<String> text,
            BooleanSupplier locked,
            BiConsumer<String, String> audit,
            LongSupplier nanoClock,
            String verb) {
        this.verb = verb;
        this.name = name;
        this.settings = settings;
        this.safe = safe;
        this.now = first;
        this.pin = pin;
        this.text = text;
        this.locked = locked;
        this.audit = audit;
        this.nanoClock = nanoClock;
    }

    public String name() {
        return name;
    }

    /** What it is at. */
    public double value() {
        lock.lock();
        try {
            return now;
        } finally {
            lock.unlock();
        }
    }

    /** Moves it, or says why not; null if it is where it is to be. */
    public @Nullable String move(double to, Cause cause) {
        lock.lock();
        try {
            long nanos = nanoClock.getAsLong();
            watched = true;
            heardNanos = nanos;
            if (to == now) {
                refused = "";
                return null;
            }
            String against = against(to, nanos);
            if (against == null) {
                moves.addLast(nanos);
                put("actuator.moved", to, cause.text(), nanos, cause.decidedNanos());
                return null;
            }
            refused(against, () -> " stays " + text.apply(now) + " and does not go to " + text.apply(to), cause.text());
            return against;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets it do something; returns whether it does.
     *
     * @param deed begins it, or says why not
     * @throws ActuatorException if a person ordered it and it does not
     */
    public boolean act(Supplier<@Nullable String> deed, Action action) {
        lock.lock();
        try {
            long nanos = nanoClock.getAsLong();
            String against = against(1, nanos);
            against = against == null ? deed.get() : against;
            if (against == null) {
                moves.addLast(nanos);
                moved = true;
                movedNanos = nanos;
                refused = "";
                return true;
            }
            refused(against, () -> " does nothing", action::text);
            if (action.isOrder()) {
                throw new ActuatorException(against);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** A reason is said once. */
    private void refused(String against, Supplier<String> what, Supplier<String> cause) {
        if (!against.equals(refused)) {
            refused = against;
            audit.accept("actuator.refused", name + what.get() + ": " + against + "; " + cause.get());
        }
    }

    private @Nullable String against(double to, long nanos) {
        if (stopped) {
            return "the agent stops";
        }
        boolean away = safe == null || to != safe;
        if (away && locked.getAsBoolean()) {
            return "locked while " + Objects.requireNonNull(settings.interlock()) + " is "
                    + (settings.interlockHigh() ? "high" : "low");
        }
        if (moved && nanos - movedNanos < settings.minDwell().toNanos()) {
            return verb + " less than " + settings.minDwell().toMillis() + " ms ago";
        }
        while (!moves.isEmpty() && nanos - moves.getFirst() >= MINUTE_NANOS) {
            moves.removeFirst();
        }
        return moves.size() >= settings.maxMoves() ? verb + " " + settings.maxMoves() + " times within a minute" : null;
    }

    /** Moves the pin first; words come after. */
    private void put(String kind, double to, Supplier<String> why, long nanos, long decidedNanos) {
        double from = now;
        pin.accept(to);
        long after = System.nanoTime() - decidedNanos;
        now = to;
        moved = true;
        movedNanos = nanos;
        refused = "";
        audit.accept(
                kind,
                name + " from " + text.apply(from) + " to " + text.apply(to) + ": " + why.get()
                        + (decidedNanos == 0 ? "" : ", " + after / 1_000 + " µs after it was decided"));
    }

    /** Looks whether somebody still decides, and whether it must go back. */
    void look() {
        lock.lock();
        try {
            if (stopped || safe == null || now == safe) {
                return;
            }
            long nanos = nanoClock.getAsLong();
            if (locked.getAsBoolean()) {
                put(
                        "actuator.safe",
                        safe,
                        () -> settings.interlock() + " is " + (settings.interlockHigh() ? "high" : "low"),
                        nanos,
                        0);
            } else if (watched && nanos - heardNanos > settings.stale().toNanos()) {
                put(
                        "actuator.safe",
                        safe,
                        () -> "nobody has decided for " + settings.stale().toMillis() + " ms",
                        nanos,
                        0);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes it to its safe value, from which nothing moves it any more. */
    void stop() {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            stopped = true;
            if (safe != null && now != safe) {
                put("actuator.safe", safe, () -> "the agent stops", nanoClock.getAsLong(), 0);
            }
        } finally {
            lock.unlock();
        }
    }
}
