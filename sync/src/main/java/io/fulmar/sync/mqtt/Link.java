package io.fulmar.sync.mqtt;

import java.util.List;

/**
 * A narrow port over MQTT 5: one connection that comes back by itself, and no memory of its own.
 *
 * <p>A link promises little, so that nobody relies on more than a broker can give. A message that was {@link
 * PublishOutcome#ACCEPTED} is settled by one {@link LinkEvent.Published} event, or it is unknown when a {@link
 * LinkEvent.Disconnected} event comes first: then the sender decides whether to send it again. A message received at
 * QoS 1 is acknowledged to the broker after the listener returned, so a slow listener slows the broker down and never
 * fills the memory.
 *
 * <p>{@link #publish} and {@link #connected} may be called from any thread. {@link #work}, {@link #listen} and {@link #close}
 * belong to one thread, which is also the one that the listener runs on.
 */
public interface Link extends AutoCloseable {
    /**
     * Drives the connection (connect, its deadline, subscribe, back-off, teardown) and delivers queued events to the
     * listener on the calling thread. Connecting happens in the background; this never blocks longer than {@link
     * Limits#WORK_BOUND}, and that only to tear a broken connection down.
     *
     * @param nowNanos the caller's monotonic clock, like {@link System#nanoTime()}
     * @return how many events were delivered
     */
    int work(long nowNanos);

    /**
     * How long {@link #work} need not be called, unless {@link LinkConfig#wakeUp} is run meanwhile; very long while nothing
     * is due. Belongs to the same thread as {@link #work}.
     */
    long idleNanos(long nowNanos);

    /**
     * Listens to these filters, too, now and after every connect, in place of those that an earlier call named. A broker that
     * refuses one is told as {@link LinkEvent.Unsubscribed}. Belongs to the same thread as {@link #work}.
     */
    void listen(List<String> filters);

    /** Hands a message to the connection. Never blocks; thread-safe. */
    PublishOutcome publish(OutboundMessage message);

    /** Whether {@link LinkEvent.Connected} was delivered and nothing is known to have broken since. Thread-safe. */
    boolean connected();

    /** What happened on this link since it was made. Thread-safe. */
    LinkCounters counters();

    /** Sends what was accepted, then a clean DISCONNECT (so that no will is published), in bounded time. Idempotent. */
    @Override
    void close();
}
