package io.fulmar.agent.io;

import io.fulmar.config.Log;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes decisions to the log: some at once, then one a second with the number it left out. Owned by the pipeline's thread. */
final class LogActuator implements Actuator {
    private static final Logger LOG = LoggerFactory.getLogger(LogActuator.class);

    private final Level level;
    private final LongSupplier nanoClock;
    private int allowed = Limits.LOG_BURST;
    private long refilledNanos;
    private long leftOut;

    LogActuator(Log.Level level, LongSupplier nanoClock) {
        this.level = Level.valueOf(level.name());
        this.nanoClock = nanoClock;
        this.refilledNanos = nanoClock.getAsLong();
    }

    @Override
    public String name() {
        return "log";
    }

    @Override
    public boolean perform(Action action) {
        if (action.isOrder()) {
            // a person waits for it, and people are not that fast
            LOG.atLevel(level).log("{}: ordered: {} ({})", action.pipeline(), action.label(), action.score());
            return true;
        }
        refill();
        if (allowed == 0) {
            leftOut++;
            return true;
        }
        allowed--;
        LOG.atLevel(level).log(line(action));
        leftOut = 0;
        return true;
    }

    @Override
    public void close() {
        // the log belongs to the agent
    }

    private void refill() {
        long due = (nanoClock.getAsLong() - refilledNanos) / Limits.LOG_REFILL_NANOS;
        if (due > 0) {
            allowed = (int) Math.min(Limits.LOG_BURST, allowed + due);
            refilledNanos += due * Limits.LOG_REFILL_NANOS;
        }
    }

    private String line(Action action) {
        return String.format(
                Locale.ROOT,
                "%s: frame %d is %s (%.3f)%s%s",
                action.pipeline(),
                action.frame(),
                action.label() == null ? "undecided" : action.label(),
                action.score(),
                action.alarm() ? ", an alarm" : "",
                leftOut == 0 ? "" : " (" + leftOut + " lines left out)");
    }
}
