package io.fulmar.fleet.catalog;

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
import org.jspecify.annotations.Nullable;

/** Whether those whom a trust root names have signed a release. Thread-safe. */
public final class Releasers {
    private Releasers() {}

    /**
     * Throws a {@link PackageException} where the trust root names releasers and they have not signed it, or no longer stand
     * by it. Whether it suits a device is for the device to say.
     *
     * @return whether there was a signature to check
     */
    public static boolean require(@Nullable TrustRoot trust, PackageReader reader) {
        if (trust == null || !trust.names(TrustRole.RELEASE)) {
            return false;
        }
        byte[] statement = reader.statement();
        if (statement == null) {
            throw new PackageException(Reason.UNSIGNED, reader.folder() + " has no release statement");
        }
        ModelManifest manifest = reader.manifest();
        ReleaseCheck check = new ReleaseCheck(
                trust, model -> 0, new DeviceClass(null, manifest.version()), System.currentTimeMillis());
        required(reader, ReleaseCheck.named(required(reader, check.statement(statement)), reader.manifestBytes()));
        return true;
    }

    /** What was verified; a {@link PackageException} says why it was not. */
    public static <T> T required(PackageReader reader, Verdict<T> verdict) {
        return switch (verdict) {
            case Verified<T>(T value) -> value;
            case Rejected<T>(Reason reason, String text) ->
                throw new PackageException(reason, reader.folder() + ": " + text);
        };
    }
}
