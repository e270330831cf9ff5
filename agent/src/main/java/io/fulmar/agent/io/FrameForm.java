package io.fulmar.agent.io;

/** What all frames of a source, or all that a step gives, have in common. Immutable. */
public sealed interface FrameForm {
    /** A size that differs from frame to frame. */
    int ANY = 0;

    /** What a person calls it. */
    String text();

    /**
     * So many numbers.
     *
     * @param raw whether they are bytes, 0 to 255, that go into the model as they are
     */
    record Values(int size, boolean raw) implements FrameForm {
        public Values(int size) {
            this(size, false);
        }

        @Override
        public String text() {
            return size + (raw ? " raw bytes" : " numbers");
        }
    }

    /** A file of some format. */
    record Encoded() implements FrameForm {
        @Override
        public String text() {
            return "a file";
        }
    }

    /** A picture; {@link #ANY} where sizes differ. */
    record Image(int width, int height) implements FrameForm {
        @Override
        public String text() {
            return width == ANY ? "a picture" : "a picture of " + width + " x " + height;
        }
    }

    /**
     * Sound; {@link #ANY} where rates or lengths differ.
     *
     * @param clip whether each is a sound of its own, and not the next part of one
     */
    record Audio(int rate, int samples, boolean clip) implements FrameForm {
        @Override
        public String text() {
            return (samples == ANY ? "sound" : samples + " samples of sound")
                    + (rate == ANY ? "" : " at " + rate + " Hz");
        }
    }
}
