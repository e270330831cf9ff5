package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a fleet keeps the trust root that its devices get. Thread-safe. */
public final class FleetTrust {
    /** The file in the data directory. */
    public static final String FILE_NAME = "trust.json";

    private FleetTrust() {}

    public static Path file(Path dataDir) {
        return dataDir.resolve(FILE_NAME);
    }

    /** The trust root of that data directory; null where there is none, and so nothing needs to be signed. */
    public static @Nullable TrustRoot read(Path dataDir) {
        Path file = file(dataDir);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return TrustRoot.read(file);
        } catch (TrustException e) {
            throw new FleetException(Category.PERMANENT, String.valueOf(e.getMessage()), e.hint(), e);
        }
    }
}
