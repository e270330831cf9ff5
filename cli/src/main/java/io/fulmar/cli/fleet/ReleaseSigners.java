package io.fulmar.cli.fleet;

import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.catalog.Releasers;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.trust.TrustRoot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether those whom a fleet's trust root names have signed a release. Thread-safe. */
final class ReleaseSigners {
    private ReleaseSigners() {}

    /** The same as {@link Releasers#require} with the trust root of that data directory. */
    static boolean require(Path dataDir, PackageReader reader) {
        return Releasers.require(FleetTrust.read(dataDir), reader);
    }

    /** The published releases that devices which believe this trust root do not take, each with the reason. */
    static Map<Published, String> uncovered(TrustRoot trust, List<Published> releases) {
        Map<Published, String> uncovered = new LinkedHashMap<>();
        for (Published release : releases) {
            try {
                Releasers.require(trust, PackageReader.open(release.folder()));
            } catch (PackageException e) {
                uncovered.put(release, String.valueOf(e.getMessage()));
            }
        }
        return uncovered;
    }
}
