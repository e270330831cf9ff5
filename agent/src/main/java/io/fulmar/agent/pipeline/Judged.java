package io.fulmar.agent.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * What a pipeline made of one frame.
 *
 * @param input what the model was given; a copy
 * @param label null where the model does not classify
 *     <p>Immutable, as long as nobody writes into the array.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
public record Judged(long frame, float[] input, @Nullable String label, int index, float score, boolean alarm) {}
