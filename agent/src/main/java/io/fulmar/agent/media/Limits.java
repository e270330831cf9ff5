package io.fulmar.agent.media;

/** What a file may ask for at most, before anything is allocated for it. Immutable. */
final class Limits {
    /** Pixels along a side. */
    static final int SIDE = 16_384;

    /** Scans of a progressive JPEG; encoders make about ten. */
    static final int JPEG_SCANS = 100;

    /** Samples of one sound: ten minutes at 48 kHz. */
    static final int SAMPLES = 10 * 60 * 48_000;

    static final int LOWEST_RATE = 1_000;
    static final int HIGHEST_RATE = 768_000;
    static final int CHANNELS = 64;

    /** One file may take this part of the heap, so that it cannot end the agent. */
    private static final int HEAP_SHARE = 3;

    private Limits() {}

    /** Refuses a picture that is larger than it may be. */
    static void requirePixels(String what, int width, int height, int maxPixels) {
        if (width < 1 || height < 1) {
            throw MediaException.damaged(what, "it has " + width + " x " + height + " pixels");
        }
        if (width > SIDE || height > SIDE || (long) width * height > maxPixels) {
            throw new MediaException(
                    "too large",
                    "the " + what + " has " + width + " x " + height + " pixels, more than the " + maxPixels
                            + " that may be decoded (max_pixels)");
        }
    }

    /** Refuses what would take too much of the heap, before it is allocated. */
    static void requireMemory(String what, long bytes) {
        long most = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        if (bytes > most) {
            throw new MediaException(
                    "too large",
                    "the " + what + " needs " + (bytes >> 10) + " KiB to decode, more than the " + (most >> 10)
                            + " KiB that are a third of the agent's heap");
        }
    }
}
