package io.fulmar.fleet.api.server;

/** Where somebody listens to what happens. Thread-safe. */
public interface EventStream {
    /** Sends an event, in the end; who is too slow to take it is sent away and comes again. */
    void send(String event, String id, String json);

    /** Says what to do when the listener has gone. */
    void onClose(Runnable action);

    void close();
}
