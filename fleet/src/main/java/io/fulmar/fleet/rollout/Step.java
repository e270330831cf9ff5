package io.fulmar.fleet.rollout;

import org.jspecify.annotations.Nullable;

/** What is to be done about one device. Immutable. */
public sealed interface Step {
    String device();

    /** Tell it to take what is rolled out; only a running rollout does. */
    record Tell(String device, boolean shadow) implements Step {}

    /** Tell it to have again what it had before, and count it as this. */
    record TakeBack(
            String device, MemberState then, @Nullable String reason) implements Step {}

    /** Note what became of it. */
    record Settle(String device, MemberState then, @Nullable String reason) implements Step {}
}
