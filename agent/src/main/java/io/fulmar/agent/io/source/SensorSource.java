package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.sensor.SensorDriver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Windows of what a sensor on a bus measures. When the sensor or its bus fails, or brings nothing for too long, it is started
 * anew, after longer and longer waits, until it works; what was collected before is thrown away, so that no window has a gap.
 * Owned by the pipeline's thread.
 */
final class SensorSource implements Source {
    private final String title;
    private final Supplier<SensorDriver> drivers;
    private final int window;
    private final int channels;
    private final long staleNanos;
    private final Frame frame;
    private final Queue<String> notices = new ArrayDeque<>();
    private @Nullable SensorDriver driver;
    private boolean working;
    private float[] fetched = {};
    private float[] rest = {};
    private int filled;
    private int waiting;
    private long number;
    private long heardNanos;
    private long retryNanos;
    private boolean retrying;
    private long backoffNanos = Limits.SENSOR_RETRY_FIRST_NANOS;
    private long failures;
    private long failuresInARow;
    private long overruns;
    private long garbled;
    private long restarts;
    private boolean polled;
    private long broughtNanos;
    private boolean silent;

    /**
     * @param title what to call the sensor in messages
     * @param drivers gives a driver, or throws where the bus cannot be had
     * @param staleNanos how long it may bring nothing
     */
    SensorSource(String title, Supplier<SensorDriver> drivers, int window, int channels, long staleNanos) {
        this.title = title;
        this.drivers = drivers;
        this.window = window;
        this.channels = channels;
        this.staleNanos = staleNanos;
        this.frame = new Frame(window * channels);
    }

    @Override
    public String name() {
        return "sensor";
    }

    @Override
    public FrameForm form() {
        return new FrameForm.Values(window * channels);
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        if (!polled) {
            polled = true;
            broughtNanos = nowNanos;
        }
        silent = nowNanos - broughtNanos > staleNanos;
        if (retrying && nowNanos - retryNanos < 0) {
            return null;
        }
        try {
            SensorDriver from = driver == null || retrying ? started(nowNanos) : driver;
            if (waiting == 0) {
                fetch(from, nowNanos);
            }
            return take() ? frame.numbered(++number) : null;
        } catch (BusException e) {
            throw failed(e, nowNanos);
        }
    }

    private SensorDriver started(long nowNanos) {
        SensorDriver from = driver;
        if (from == null) {
            from = drivers.get();
            driver = from;
            fetched = new float[from.burst() * channels];
            rest = new float[from.burst() * channels];
        }
        restarts += retrying ? 1 : 0;
        from.start(nowNanos);
        retrying = false;
        filled = 0;
        waiting = 0;
        heardNanos = nowNanos;
        return from;
    }

    private void fetch(SensorDriver from, long nowNanos) {
        int samples = from.fetch(nowNanos, fetched);
        if (samples > 0) {
            heardNanos = nowNanos;
            broughtNanos = nowNanos;
            silent = false;
            waiting = samples;
            System.arraycopy(fetched, 0, rest, 0, samples * channels);
            works();
        } else if (nowNanos - heardNanos > staleNanos) {
            throw new BusException(
                    BusException.Kind.SILENT,
                    "it has brought nothing for " + staleNanos / 1_000_000 + " ms",
                    "check its power; stale of the pipeline's source says how long it may be silent");
        }
    }

    /** Moves samples into the frame; whether that is full now. */
    private boolean take() {
        int samples = Math.min(waiting, window - filled);
        System.arraycopy(rest, 0, frame.values(), filled * channels, samples * channels);
        filled += samples;
        waiting -= samples;
        System.arraycopy(rest, samples * channels, rest, 0, waiting * channels);
        if (filled < window) {
            return false;
        }
        filled = 0;
        return true;
    }

    private void works() {
        if (!working && failuresInARow > 0) {
            notices.add("sensor " + title + " works again after " + failuresInARow + " failures in a row, " + failures
                    + " in all");
        }
        working = true;
        failuresInARow = 0;
        backoffNanos = Limits.SENSOR_RETRY_FIRST_NANOS;
    }

    private SourceException failed(BusException e, long nowNanos) {
        number++; // the frame that did not come
        working = false;
        failures++;
        failuresInARow++;
        overruns += e.kind() == BusException.Kind.OVERRUN ? 1 : 0;
        garbled += e.kind() == BusException.Kind.GARBAGE ? 1 : 0;
        retrying = true;
        retryNanos = nowNanos + backoffNanos;
        backoffNanos = Math.min(2 * backoffNanos, Limits.SENSOR_RETRY_LAST_NANOS);
        return new SourceException(
                Category.TRANSIENT,
                "sensor " + e.kind().text(),
                "sensor " + title + ": " + e.kind().text() + ": " + e.getMessage() + "; " + e.hint(),
                e.hint());
    }

    @Override
    public SourceTally tally() {
        return new SourceTally(overruns, garbled, restarts, silent);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long nextDueNanos() {
        if (retrying) {
            return retryNanos;
        }
        // before the first poll nobody has asked when
        return driver == null ? Long.MIN_VALUE / 2 : waiting > 0 ? heardNanos : driver.nextNanos();
    }

    @Override
    public @Nullable String notice() {
        return notices.poll();
    }

    @Override
    public void close() {
        if (driver != null) {
            driver.close();
        }
    }
}
