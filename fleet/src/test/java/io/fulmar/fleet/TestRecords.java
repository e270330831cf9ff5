package io.fulmar.fleet;

import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Sample;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Records as devices make them. Immutable. */
public final class TestRecords {
    private TestRecords() {}

    /** A prediction with that label, encoded. */
    public static byte[] prediction(String label) {
        return prediction(label, 0.875f, 1_700_000_000_000L);
    }

    /** A sample of that content, in one row, of the prediction 0000000000000007/data/42. */
    public static byte[] sample(byte[] content, long wallMillis) {
        try {
            Stamp at = new Stamp(wallMillis, 1, 1);
            return Records.encode(new SampleChunk(
                    at,
                    new Sample(
                            new Receipt(7, Stream.DATA, 42),
                            at,
                            3,
                            "vibration",
                            new ModelRef("bearing-condition", "1.0.0", "0123456789abcdef".repeat(4)),
                            "normal",
                            0,
                            0.5f,
                            List.of(),
                            "confidence",
                            "gif",
                            content.length,
                            HexFormat.of()
                                    .formatHex(
                                            MessageDigest.getInstance("SHA-256").digest(content))),
                    0,
                    content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Statistics of the same model at that time of the device. */
    public static byte[] statistics(boolean drifting, float psi, long wallMillis) {
        return Records.encode(new ModelStatistics(
                new Stamp(wallMillis, 1, 1),
                "vibration",
                new ModelRef("bearing-condition", "1.0.0", "0123456789abcdef".repeat(4)),
                2_000,
                1_000,
                drifting,
                List.of(
                        new ModelStatistics.Distribution(
                                "labels",
                                false,
                                List.of("normal", "(others)"),
                                List.of(),
                                List.of(1f, 0f),
                                List.of(1_999L, 1L),
                                0.001f,
                                0),
                        new ModelStatistics.Distribution(
                                "input mean",
                                true,
                                List.of(),
                                List.of(-1.5f, 0.5f),
                                List.of(0.25f, 0.5f, 0.25f),
                                List.of(0L, 500L, 1_500L),
                                psi,
                                0.5f))));
    }

    /** The same with that score and that time of the device. */
    public static byte[] prediction(String label, float score, long wallMillis) {
        return prediction(label, score, wallMillis, Found.NOTHING);
    }

    /** The same with what else the model found. */
    public static byte[] prediction(String label, float score, long wallMillis, Found found) {
        var model = new ModelRef("bearing-condition", "1.0.0", "0123456789abcdef".repeat(4));
        return Records.encode(new Prediction(
                new Stamp(wallMillis, 1, 1),
                "vibration",
                "simulated",
                1,
                model,
                42,
                label,
                1,
                score,
                List.of(new Score(label, 1, score)),
                List.of(),
                120,
                List.of("log"),
                false,
                "0.1.0",
                found));
    }
}
