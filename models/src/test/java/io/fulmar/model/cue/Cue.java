package io.fulmar.model.cue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a model does in native code where {@link CueLibrary} stands in for TensorFlow Lite. Anywhere else it is a model as any
 * other. Immutable.
 *
 * @param from the run of an interpreter with which it begins, 1 for the first
 * @param amount milliseconds of {@link Kind#SLOW}, MiB of {@link Kind#MEMORY}
 */
public record Cue(Kind kind, int from, int amount) {
    /** What it does. */
    public enum Kind {
        /** Writes to address 0. */
        CRASH,
        /** Calls abort(). */
        ABORT,
        /** Never returns. */
        HANG,
        /** Takes longer, each time. */
        SLOW,
        /** Takes memory, once, until its interpreter is closed. */
        MEMORY
    }

    public static Cue crash(int from) {
        return new Cue(Kind.CRASH, from, 0);
    }

    public static Cue abort(int from) {
        return new Cue(Kind.ABORT, from, 0);
    }

    public static Cue hang(int from) {
        return new Cue(Kind.HANG, from, 0);
    }

    public static Cue slow(int from, int millis) {
        return new Cue(Kind.SLOW, from, millis);
    }

    public static Cue memory(int from, int mebibytes) {
        return new Cue(Kind.MEMORY, from, mebibytes);
    }

    /** The model with the cue behind it, where a flatbuffer's reader does not look. */
    public byte[] in(byte[] model) {
        byte[] text = String.format(
                        Locale.ROOT, "fulmar-cue %s %d %d%n", kind.name().toLowerCase(Locale.ROOT), from, amount)
                .getBytes(US_ASCII);
        byte[] cued = Arrays.copyOf(model, model.length + text.length);
        System.arraycopy(text, 0, cued, model.length, text.length);
        return cued;
    }
}
