package io.fulmar.fleet.rollout;

/** What becomes of a rollout when a person asks for something. Immutable. */
public sealed interface Answer permits Decision, Answer.Refused {
    /** It cannot be done to a rollout that is like this. */
    record Refused(String reason) implements Answer {}
}
