package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.FleetException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where blobs are found by their digest. Thread-safe. */
public interface Blobs {
    /** The file that is this blob, whole and checked; null if there is none. A {@link FleetException} if nobody can say. */
    @Nullable
    Path find(String digest);
}
