package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.simulated.Condition;
import io.fulmar.agent.io.simulated.FaultSchedule;
import io.fulmar.agent.io.simulated.RotatingMachine;
import io.fulmar.config.SourceSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Windows of a simulated machine's vibration, with faults by a schedule. Owned by the pipeline's thread. */
final class SimulatedSource implements Source {
    private final RotatingMachine machine;
    private final @Nullable FaultSchedule schedule;
    private final double rate;
    private final Pacer pacer;
    private final Frame frame;
    private long number;
    private FaultSchedule.@Nullable Phase phase;

    SimulatedSource(SourceSettings.Simulated settings) {
        machine = new RotatingMachine(settings.seed());
        schedule = schedule(settings.schedule());
        rate = settings.rate();
        pacer = new Pacer(settings.rate(), settings.pace());
        frame = new Frame(settings.window());
    }

    @Override
    public String name() {
        return "simulated";
    }

    @Override
    public FrameForm form() {
        return new FrameForm.Values(frame.values().length);
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        if (!pacer.due(nowNanos)) {
            return null;
        }
        follow();
        number++;
        machine.fill(frame.values());
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
    public void close() {
        // holds nothing but memory
    }

    private void follow() {
        FaultSchedule.Phase now = schedule == null ? null : schedule.at(number / rate);
        if (now != null && !now.equals(phase)) {
            phase = now;
            machine.condition(now.condition(), now.severity());
        }
    }

    private static @Nullable FaultSchedule schedule(List<SourceSettings.Phase> phases) {
        return phases.isEmpty()
                ? null
                : new FaultSchedule(phases.stream()
                        .map(phase -> new FaultSchedule.Phase(
                                condition(phase.condition()),
                                phase.severity(),
                                phase.lasts().toMillis() / 1e3))
                        .toList());
    }

    private static Condition condition(SourceSettings.Condition configured) {
        return switch (configured) {
            case NORMAL -> Condition.NORMAL;
            case IMBALANCE -> Condition.IMBALANCE;
            case MISALIGNMENT -> Condition.MISALIGNMENT;
            case BEARING_FAULT -> Condition.BEARING_FAULT;
        };
    }
}
