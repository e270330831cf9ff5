package io.fulmar.cli.fleet;

import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether those whom a fleet's trust root names have signed a release. Thread-safe. */
final class ReleaseSigners {
    private ReleaseSigners() {}

    /**
     * Throws a {@link PackageException} where the trust root names releasers and they have not signed it, or no longer stand
     * by it. Whether it suits a device is for the device to say.
     *
     * @return whether there was a signature to check
     */
    static boolean require(Path dataDir, PackageReader reader) {
        TrustRoot trust = FleetTrust.read(dataDir);
        if (trust == null || !trust.names(TrustRole.RELEASE)) {
            return false;
        }
        require(trust, reader);
        return true;
    }

    private static void require(TrustRoot trust, PackageReader reader) {
        byte[] statement = reader.statement();
        if (statement == null) {
            throw new PackageException(Reason.UNSIGNED, reader.folder() + " has no release statement");
        }
        ModelManifest manifest = reader.manifest();
        ReleaseCheck check = new ReleaseCheck(
                trust, model -> 0, new DeviceClass(null, manifest.version()), System.currentTimeMillis());
        required(reader, ReleaseCheck.named(required(reader, check.statement(statement)), reader.manifestBytes()));
    }

    /** The published releases that devices which believe this trust root do not take, each with the reason. */
    static Map<Published, String> uncovered(TrustRoot trust, List<Published> releases) {
        Map<Published, String> uncovered = new LinkedHashMap<>();
        if (trust.names(TrustRole.RELEASE)) {
            for (Published release : releases) {
                try {
                    require(trust, PackageReader.open(release.folder()));
                } catch (PackageException e) {
                    uncovered.put(release, String.valueOf(e.getMessage()));
                }
            }
        }
        return uncovered;
    }

    /** What was verified; a {@link PackageException} says why it was not. */
    static <T> T required(PackageReader reader, Verdict<T> verdict) {
        return switch (verdict) {
            case Verified<T>(T value) -> value;
            case Rejected<T>(Reason reason, String text) ->
                throw new PackageException(reason, reader.folder() + ": " + text);
        };
    }
}
