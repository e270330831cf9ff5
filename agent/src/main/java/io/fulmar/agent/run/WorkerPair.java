package io.fulmar.agent.run;

/** Two workers on one thread, of which the first has the say about the pace. Owned by their thread. */
public record WorkerPair(Worker first, Worker second) implements Worker {
    @Override
    public int work(long nowNanos) {
        return first.work(nowNanos) + second.work(nowNanos);
    }

    @Override
    public long idleNanos(long nowNanos) {
        return Math.min(first.idleNanos(nowNanos), second.idleNanos(nowNanos));
    }
}
