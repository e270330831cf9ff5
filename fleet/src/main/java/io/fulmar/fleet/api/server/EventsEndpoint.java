package io.fulmar.fleet.api.server;

/** Takes on who wants to be told of what happens, on one route. */
@FunctionalInterface
public interface EventsEndpoint {
    /** Subscribes this one; the listener is told when it has gone. */
    void subscribe(Call call, EventStream events);
}
