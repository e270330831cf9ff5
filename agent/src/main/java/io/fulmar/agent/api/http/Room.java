package io.fulmar.agent.api.http;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that all requests together may hold. Thread-safe. */
public final class Room {
    private final AtomicLong free;

    public Room(long bytes) {
        this.free = new AtomicLong(bytes);
    }

    /** Takes that much; false if there is not as much. */
    boolean take(long bytes) {
        if (free.addAndGet(-bytes) >= 0) {
            return true;
        }
        free.addAndGet(bytes);
        return false;
    }

    void give(long bytes) {
        free.addAndGet(bytes);
    }
}
