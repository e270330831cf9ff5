package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;

/** Makes samples of a WAV: whole numbers of 8, 16, 24 and 32 bits, and floats of 32 and 64. Thread-safe. */
public final class WavDecoder {
    private static final String WHAT = "WAV";
    private static final int RIFF = 0x46464952;
    private static final int WAVE = 0x45564157;
    private static final int FORMAT = 0x20746D66;
    private static final int DATA = 0x61746164;
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int EXTENSIBLE = 0xFFFE;

    private WavDecoder() {}

    /** What the format chunk says. */
    private record Format(int coding, int channels, int rate, int bits) {}

    /**
     * The sound, all channels mixed into one. The sizes that its chunks give may be larger than the file, as those of a
     * recording are whose length was not known when it began.
     *
     * @throws MediaException if it is none, damaged, or too long
     */
    public static Content.Audio decode(byte[] file) {
        ByteInput in = new ByteInput(WHAT, file);
        if (file.length < 12 || in.s32le() != RIFF) {
            throw MediaException.unsupported(
                    file.length == 0
                            ? "this is an empty file, not a WAV"
                            : "this is no WAV: it does not begin with RIFF");
        }
        in.skip(4);
        if (in.s32le() != WAVE) {
            throw MediaException.unsupported("this is no WAV: it is a RIFF file of another kind");
        }
        Format format = null;
        while (true) {
            int chunk = in.s32le();
            long size = in.u32le();
            if (chunk == DATA) {
                if (format == null) {
                    throw MediaException.damaged(WHAT, "its samples come before their format");
                }
                return samples(in, format, Math.min(size, in.remaining()));
            }
            int start = in.position();
            if (chunk == FORMAT) {
                format = format(in, size);
            }
            in.seek(start + size + (size & 1));
        }
    }

    private static Format format(ByteInput in, long size) {
        if (size < 16) {
            throw MediaException.damaged(WHAT, "its format has " + size + " bytes");
        }
        int coding = in.u16le();
        int channels = in.u16le();
        int rate = in.s32le();
        in.skip(4);
        int block = in.u16le();
        int bits = in.u16le();
        if (coding == EXTENSIBLE && size >= 40) {
            in.skip(8);
            coding = in.u16le();
        }
        boolean known = coding == PCM
                ? bits == 8 || bits == 16 || bits == 24 || bits == 32
                : coding == FLOAT && (bits == 32 || bits == 64);
        if (!known) {
            throw MediaException.unsupported(
                    "this WAV is coded as " + coding + " with " + bits + " bits; PCM and floats can be decoded");
        }
        if (channels < 1
                || channels > Limits.CHANNELS
                || block != channels * bits / 8
                || rate < Limits.LOWEST_RATE
                || rate > Limits.HIGHEST_RATE) {
            throw MediaException.damaged(
                    WHAT, "it has " + channels + " channels of " + rate + " Hz in blocks of " + block + " bytes");
        }
        return new Format(coding, channels, rate, bits);
    }

    private static Content.Audio samples(ByteInput in, Format format, long bytes) {
        int channels = format.channels();
        long frames = bytes / ((long) channels * format.bits() / 8);
        if (frames == 0) {
            throw MediaException.truncated(WHAT);
        }
        if (frames > Limits.SAMPLES) {
            throw new MediaException(
                    "too large",
                    "the WAV has " + frames + " samples, more than the " + Limits.SAMPLES + " that may be decoded");
        }
        Limits.requireMemory(WHAT, 4 * frames);
        float[] samples = new float[(int) frames];
        for (int i = 0; i < samples.length; i++) {
            double sum = 0;
            for (int channel = 0; channel < channels; channel++) {
                sum += sample(in, format);
            }
            samples[i] = (float) (sum / channels);
        }
        return new Content.Audio(format.rate(), samples);
    }

    private static double sample(ByteInput in, Format format) {
        if (format.coding() == PCM) {
            return switch (format.bits()) {
                case 8 -> (in.u8() - 128) / 128.0;
                case 16 -> (short) in.u16le() / 32_768.0;
                case 24 -> {
                    int low = in.u16le();
                    yield (low | ((byte) in.u8() << 16)) / 8_388_608.0;
                }
                default -> in.s32le() / 2_147_483_648.0;
            };
        }
        double value;
        if (format.bits() == 32) {
            value = Float.intBitsToFloat(in.s32le());
        } else {
            long low = in.u32le();
            value = Double.longBitsToDouble(low | (in.u32le() << 32));
        }
        if (!Double.isFinite(value)) {
            throw MediaException.damaged(WHAT, "a sample is " + value);
        }
        return value;
    }
}
