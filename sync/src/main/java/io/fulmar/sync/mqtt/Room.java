package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The room for received messages that wait for the listener, bounded in number and in bytes. A message larger than all of it
 * takes all of it.
 *
 * <p>Thread-safe.
 */
final class Room {
    private final Semaphore messages;
    private final Semaphore bytes = new Semaphore(Limits.INBOUND_WAITING_BYTES);

    Room(int messages) {
        this.messages = new Semaphore(messages);
    }

    private static int size(InboundMessage message) {
        return Math.min(message.payload().length, Limits.INBOUND_WAITING_BYTES);
    }

    /** Takes a place; false if there is none after this time. */
    boolean enter(InboundMessage message, Duration patience) {
        try {
            if (!messages.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                return false;
            }
            if (bytes.tryAcquire(size(message), patience.toNanos(), TimeUnit.NANOSECONDS)) {
                return true;
            }
            messages.release();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Gives the place of a message back. */
    void leave(InboundMessage message) {
        bytes.release(size(message));
        messages.release();
    }

    /** Lets in whoever waits; once, when nobody counts any more. */
    void open() {
        messages.release();
        bytes.release(Limits.INBOUND_WAITING_BYTES);
    }
}
