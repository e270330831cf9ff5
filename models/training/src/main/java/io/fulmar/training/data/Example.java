package io.fulmar.training.data;

/**
 * One input with what it shows. The array is not written after it was made.
 *
 * @param grade how plain the fault is, 0 to 1; 1 where there is no such thing
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Example(float[] input, int label, double grade) {}
