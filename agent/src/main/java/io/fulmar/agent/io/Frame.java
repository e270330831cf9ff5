package io.fulmar.agent.io;

/**
 * What a source saw at once: its number, which rises, and its values. A source fills the same frame again at the next
 * poll, so that a frame costs no allocation. Owned by the pipeline's thread.
 */
public final class Frame {
    private final float[] values;
    private long number;

    /** A frame of {@code size} values that has not been filled yet. */
    public Frame(int size) {
        values = new float[size];
    }

    public long number() {
        return number;
    }

    /** The values themselves, valid until the source is polled again. */
    public float[] values() {
        return values;
    }

    /** Says that the values are now those of frame {@code newNumber}. */
    public Frame numbered(long newNumber) {
        number = newNumber;
        return this;
    }
}
