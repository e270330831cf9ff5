package io.fulmar.agent.trial;

/** What came of a model's test. Immutable. */
public sealed interface TestResult {
    /**
     * It may be tried.
     *
     * @param p95Micros what 95 of 100 runs took at most
     * @param memoryBytes what its interpreter has allocated; -1 where the C library does not tell
     */
    record Passed(long p95Micros, long memoryBytes) implements TestResult {}

    /**
     * It may not.
     *
     * @param reason {@code golden-mismatch}, {@code not-finite}, {@code too-slow}, {@code too-much-memory} or {@code bad-model}
     */
    record Failed(String reason, String text) implements TestResult {}
}
