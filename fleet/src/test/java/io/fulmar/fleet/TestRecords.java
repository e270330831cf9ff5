package io.fulmar.fleet;

import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.Stamp;
import java.util.List;

/** Records as devices make them. Immutable. */
public final class TestRecords {
    private TestRecords() {}

    /** A prediction with that label, encoded. */
    public static byte[] prediction(String label) {
        var model = new ModelRef("bearing-condition", "1.0.0", "0123456789abcdef".repeat(4));
        return Records.encode(new Prediction(
                new Stamp(1_700_000_000_000L, 1, 1),
                "vibration",
                "simulated",
                1,
                model,
                42,
                label,
                1,
                0.875f,
                List.of(new Score(label, 1, 0.875f)),
                List.of(),
                120,
                List.of("log"),
                false,
                "0.1.0"));
    }
}
