package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.pipeline.Fate;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.config.OutboxSettings.ByStream;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits for its commit, between the pipelines and the store.
 *
 * <p>Its policy when it is full: the new record is refused and counted, the pipeline goes on. Each stream has its own
 * room, so that a flood of data never costs an alarm. Thread-safe; drained by the store thread.
 */
public final class RecordQueue implements Recorder {
    private final Map<Stream, Lane> lanes = new EnumMap<>(Stream.class);
    /** Of those drafts whose senders want to know; a draft is equal to itself alone. */
    private final Map<Draft, Fate> fates = new ConcurrentHashMap<>();

    private final Counters counters;
    private final Doorbell doorbell;
    private final LongSupplier nanoClock;

    public RecordQueue(ByStream intervals, Counters counters, Doorbell doorbell, LongSupplier nanoClock) {
        this.counters = counters;
        this.doorbell = doorbell;
        this.nanoClock = nanoClock;
        for (Stream stream : Stream.values()) {
            lanes.put(stream, new Lane(interval(intervals, stream)));
        }
    }

    private static Duration interval(ByStream intervals, Stream stream) {
        return switch (stream) {
            case ALARM -> intervals.alarm();
            case EVENT -> intervals.event();
            case DATA -> intervals.data();
        };
    }

    @Override
    public void record(Stream stream, DeviceRecord record) {
        offer(stream, record, null);
    }

    @Override
    public void record(Stream stream, DeviceRecord record, Fate fate) {
        offer(stream, record, fate);
    }

    private void offer(Stream stream, DeviceRecord record, @Nullable Fate fate) {
        byte[] bytes = Records.encode(record);
        if (bytes.length > io.fulmar.sync.wire.Limits.RECORD_BYTES) {
            counters.count(Counter.REFUSED_TOO_LARGE);
            refused(fate);
            return;
        }
        Lane lane = lane(stream);
        Draft draft = new Draft(stream, bytes);
        if (fate != null) {
            fates.put(draft, fate);
        }
        if (!lane.offer(draft, nanoClock.getAsLong())) {
            counters.count(Counter.REFUSED_QUEUE_FULL);
            refused(fates.remove(draft));
        } else if (lane.wantsTheStore()) {
            doorbell.ring();
        }
    }

    private static void refused(@Nullable Fate fate) {
        if (fate != null) {
            fate.refused();
        }
    }

    /** Says what has become of one that was drained: its receipt, or null where it was refused. */
    void settled(Draft draft, @Nullable Receipt receipt) {
        Fate fate = fates.isEmpty() ? null : fates.remove(draft);
        if (fate != null && receipt != null) {
            fate.recorded(receipt);
        } else {
            refused(fate);
        }
    }

    private Lane lane(Stream stream) {
        return Objects.requireNonNull(lanes.get(stream));
    }

    /** Nanoseconds until the first commit interval ends or a lane is half full; a long time when nothing waits. */
    long nanosUntilDue(long nowNanos) {
        long soonest = Long.MAX_VALUE;
        for (Lane lane : lanes.values()) {
            soonest = Math.min(soonest, lane.nanosUntilDue(nowNanos));
        }
        return soonest;
    }

    /** Takes what waits, urgent streams first: all of it that one commit may hold. */
    List<Draft> drain(int max) {
        List<Draft> drafts = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            lane(stream).drainTo(drafts, max - drafts.size());
        }
        return drafts;
    }
}
