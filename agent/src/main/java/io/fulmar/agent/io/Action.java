package io.fulmar.agent.io;

import org.jspecify.annotations.Nullable;

/** What an actuator is told about a decision; {@code label} is null where the model does not classify. Immutable. */
public record Action(String pipeline, long frame, @Nullable String label, float score, boolean alarm) {}
