package io.fulmar.model.trust;

/** What came of a trust root that shall follow another; see {@link TrustRoot#successor}. Immutable. */
public sealed interface Succession {
    /** From now on this root counts, and its predecessor no more. */
    record Accepted(TrustRoot root) implements Succession {}

    /** It is the root that there is. */
    record Known() implements Succession {}

    /** The root that there is stays. */
    record Refused(String reason) implements Succession {}
}
