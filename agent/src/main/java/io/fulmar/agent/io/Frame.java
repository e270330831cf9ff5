package io.fulmar.agent.io;

/**
 * What a source saw at once: its number, which rises, and what it holds. A source fills the same frame again at the next
 * poll, so that a frame of numbers costs no allocation. Owned by the pipeline's thread.
 */
public final class Frame {
    private Content content;
    private long number;

    /** A frame of {@code size} numbers that has not been filled yet. */
    public Frame(int size) {
        this(new Content.Values(new float[size]));
    }

    public Frame(Content content) {
        this.content = content;
    }

    public long number() {
        return number;
    }

    /** What it holds, valid until the source is polled again. */
    public Content content() {
        return content;
    }

    /** The numbers themselves, of a frame that holds numbers. */
    public float[] values() {
        return ((Content.Values) content).values();
    }

    /** Says that the content is now that of frame {@code newNumber}. */
    public Frame numbered(long newNumber) {
        number = newNumber;
        return this;
    }

    /** Holds this from now on, as frame {@code newNumber}. */
    public Frame of(long newNumber, Content newContent) {
        content = newContent;
        return numbered(newNumber);
    }
}
