package io.fulmar.cli.fleet;

import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What devices were told to have, and what they make of it. Owned by the main thread. */
interface DesiredWatch {
    /** What the devices are to have now, in their order. */
    Map<String, Desired> wanted();

    /** What that device last said that it has; null if nothing. */
    @Nullable
    Reported reported(String device);

    /** What somebody else has set for that device since; null for nothing. */
    @Nullable
    Desired newer(String device);

    /** Hears what comes until that holds or the time is over. Returns whether it holds. */
    boolean await(BooleanSupplier holds, Duration atMost);
}
