package io.fulmar.agent.configure;

/** What became of a change of the configuration. Immutable. */
public sealed interface Configured {
    /** It is what runs already. */
    record Unchanged() implements Configured {}

    /** It runs and is kept. */
    record Applied(long generation) implements Configured {}

    /** Its connection settings are being tried; without a welcome in time the old ones return by themselves. */
    record Trial(long generation) implements Configured {}

    /** It takes longer than anybody waits; the reported state will tell. */
    record Pending() implements Configured {}

    /** Nothing has changed, and this is why. */
    record Refused(String reason) implements Configured {}
}
