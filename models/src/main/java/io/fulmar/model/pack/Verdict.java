package io.fulmar.model.pack;

/** What came of a check of something that anybody may have sent. Immutable. */
public sealed interface Verdict<T> {
    /** It may be used. */
    record Verified<T>(T value) implements Verdict<T> {}

    /**
     * Nothing of it may be used.
     *
     * @param text what is wrong and where, for people
     */
    record Rejected<T>(Reason reason, String text) implements Verdict<T> {}
}
