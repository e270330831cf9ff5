package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustChain;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a fleet keeps the trust root that its devices get. Thread-safe. */
public final class FleetTrust {
    /** The file in the data directory. */
    public static final String FILE_NAME = "trust.json";

    /** How its devices come from an older one to it, where it was signed by those who may. */
    public static final String CHAIN_NAME = "trust-chain.json";

    private FleetTrust() {}

    public static Path file(Path dataDir) {
        return dataDir.resolve(FILE_NAME);
    }

    /** Beside it, once a trust root has followed another: what devices are told. */
    public static Path chain(Path dataDir) {
        return dataDir.resolve(CHAIN_NAME);
    }

    /** Lets a signed trust root follow the one of that data directory; a {@link FleetException} says why it may not. */
    public static TrustRoot rotate(Path dataDir, TrustChain newer) {
        TrustRoot now = read(dataDir);
        if (now == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "there is no trust root at " + file(dataDir) + " that another could follow",
                    "make the first one: fulmar fleet key trust");
        }
        Path chain = chain(dataDir);
        try {
            TrustChain all = (Files.exists(chain) ? TrustChain.read(chain) : TrustChain.empty()).with(newer);
            return switch (newer.follow(now)) {
                case Succession.Accepted(TrustRoot root) -> {
                    while (all.toJson().length > Limits.CONTROL_BYTES) {
                        all = all.withoutOldest();
                    }
                    all.replace(chain);
                    root.replace(file(dataDir));
                    yield root;
                }
                case Succession.Known _ -> now;
                case Succession.Refused(String reason) ->
                    throw new FleetException(
                            Category.PERMANENT,
                            "the trust root of this fleet, version " + now.version() + ", stays: " + reason,
                            "it must have the next version, and be signed by enough root keys of the old one and of"
                                    + " its own: fulmar fleet key sign");
            };
        } catch (TrustException e) {
            throw new FleetException(Category.PERMANENT, String.valueOf(e.getMessage()), e.hint(), e);
        }
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
