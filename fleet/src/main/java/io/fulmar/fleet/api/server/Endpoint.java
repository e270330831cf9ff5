package io.fulmar.fleet.api.server;

/** Answers the requests of one route; a {@link Problem} or a {@code FleetException} says why it cannot. */
@FunctionalInterface
public interface Endpoint {
    Answer answer(Call call);
}
