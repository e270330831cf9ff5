package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Reading;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * This host's own sensors, read from /proc and /sys. Where the host lacks one, a declared substitute stands in its place,
 * which is said once. Owned by the pipeline's thread.
 */
final class SystemSource implements Source {
    private final List<Reading> readings;
    private final HostSensors sensors;
    private final Pacer pacer;
    private final Frame frame;
    private final Set<Reading> substituted = EnumSet.noneOf(Reading.class);
    private final Queue<String> notices = new ArrayDeque<>();
    private long number;

    /** Reads below {@code root}, which a test may put elsewhere; rates are counted from {@code nowNanos} on. */
    SystemSource(SourceSettings.HostSystem settings, Path root, long nowNanos) {
        readings = settings.readings();
        sensors = new HostSensors(root, nowNanos);
        pacer = new Pacer(settings.rate(), SourceSettings.Pace.REALTIME);
        frame = new Frame(readings.size());
        // what is counted since the frame before needs one before the first
        pacer.due(nowNanos);
    }

    @Override
    public String name() {
        return "system";
    }

    @Override
    public FrameForm form() {
        return new FrameForm.Values(readings.size());
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        if (!pacer.due(nowNanos)) {
            return null;
        }
        number++;
        sensors.read(nowNanos);
        float[] values = frame.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = value(readings.get(i));
        }
        return frame.numbered(number);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public void catchUp(long nowNanos) {
        pacer.catchUp(nowNanos);
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return pacer.givenNanos();
    }

    @Override
    public long nextDueNanos() {
        return pacer.nextDueNanos();
    }

    @Override
    public @Nullable String notice() {
        return notices.poll();
    }

    @Override
    public void close() {
        // each file is closed once it has been read
    }

    private float value(Reading reading) {
        float value = sensors.value(reading);
        if (Float.isFinite(value)) {
            return value;
        }
        float substitute = substitute(reading);
        if (substituted.add(reading)) {
            notices.add(String.format(
                    Locale.ROOT,
                    "this host gives no reading of %s; %.1f stands in its place",
                    reading.name().toLowerCase(Locale.ROOT),
                    substitute));
        }
        return substitute;
    }

    /** What stands in for a reading that the host does not give; docs/configuration.md declares the same. */
    private static float substitute(Reading reading) {
        return switch (reading) {
            case TEMPERATURE -> 40;
            case CPU, MEMORY, DISK, NETWORK, LOAD -> 0;
        };
    }
}
