package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.StageFailure;
import io.fulmar.sync.wire.Stream;
import java.util.HashMap;
import java.util.Map;

/**
 * Records failures in the stream {@code event}, each kind at most {@link Limits#FAILURE_BURST} times at once and then once
 * a minute with the number that was left out, so that a broken sensor cannot fill the store. Owned by the pipeline's
 * thread.
 */
final class Failures {
    private final String pipeline;
    private final PipelineContext context;
    private final PipelineCounters counters;
    private final Map<String, Kind> kinds = new HashMap<>();
    private int kindsWithLeftOut;

    /** How often one kind of failure may still be recorded, and the latest that was not. */
    private static final class Kind {
        private int allowed = Limits.FAILURE_BURST;
        private long refilledNanos;
        private long leftOut;
        private long frame;
        private String stage = "";
        private String reason = "";

        Kind(long nowNanos) {
            refilledNanos = nowNanos;
        }
    }

    Failures(String pipeline, PipelineContext context, PipelineCounters counters) {
        this.pipeline = pipeline;
        this.context = context;
        this.counters = counters;
    }

    void add(long nowNanos, long frame, StageException failure) {
        counters.failure(failure.stage(), failure.reason());
        Kind kind = kind(failure.stage() + " " + failure.kind(), nowNanos);
        kind.frame = frame;
        kind.stage = failure.stage();
        kind.reason = failure.reason();
        refill(kind, nowNanos);
        if (kind.allowed > 0) {
            record(kind);
        } else {
            kindsWithLeftOut += kind.leftOut == 0 ? 1 : 0;
            kind.leftOut++;
        }
    }

    /** Records what was left out once its time has come, also if it does not fail any more. */
    void settle(long nowNanos) {
        if (kindsWithLeftOut == 0) {
            return;
        }
        for (Kind kind : kinds.values()) {
            refill(kind, nowNanos);
            if (kind.leftOut > 0 && kind.allowed > 0) {
                kind.leftOut--;
                record(kind);
            }
        }
    }

    private Kind kind(String name, long nowNanos) {
        Kind known = kinds.get(name);
        if (known != null) {
            return known;
        }
        String key = kinds.size() < Limits.FAILURE_KINDS ? name : "others";
        return kinds.computeIfAbsent(key, absent -> new Kind(nowNanos));
    }

    private static void refill(Kind kind, long nowNanos) {
        long due = (nowNanos - kind.refilledNanos) / Limits.FAILURE_REFILL_NANOS;
        if (due > 0) {
            kind.allowed = (int) Math.min(Limits.FAILURE_BURST, kind.allowed + due);
            kind.refilledNanos += due * Limits.FAILURE_REFILL_NANOS;
        }
    }

    private void record(Kind kind) {
        kind.allowed--;
        String reason =
                kind.reason.length() > Limits.TEXT_CHARS ? kind.reason.substring(0, Limits.TEXT_CHARS) : kind.reason;
        if (kind.leftOut > 0) {
            reason += " (and " + kind.leftOut + " more of this kind before)";
            kind.leftOut = 0;
        }
        kindsWithLeftOut =
                (int) kinds.values().stream().filter(other -> other.leftOut > 0).count();
        context.recorder()
                .record(
                        Stream.EVENT,
                        new StageFailure(context.stamper().now(), pipeline, kind.frame, kind.stage, reason));
    }
}
