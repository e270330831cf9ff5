package io.fulmar.agent.run;

import io.fulmar.model.store.KeptTrust;
import io.fulmar.model.store.StoreException;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustChain;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRoot;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whom this device believes now: everything that checks a signature asks here each time, so that a trust root that has
 * followed another counts at once. Thread-safe.
 */
public final class DeviceTrust {
    private final @Nullable KeptTrust kept;
    private final @Nullable String broken;
    private final AtomicReference<@Nullable TrustRoot> root;

    private DeviceTrust(@Nullable KeptTrust kept, @Nullable String broken) {
        this.kept = kept;
        this.broken = broken;
        this.root = new AtomicReference<>(kept == null ? null : kept.root());
    }

    /**
     * The newer one of that which was kept and that in the configuration; if the latter cannot be read, nobody is believed.
     *
     * @param folder {@code trust} of the state directory
     * @param configured null where the configuration names none
     */
    public static DeviceTrust open(Path folder, @Nullable Path configured) {
        try {
            return new DeviceTrust(KeptTrust.open(folder, configured), null);
        } catch (TrustException e) {
            return new DeviceTrust(null, "the trust root cannot be used: " + e.getMessage());
        }
    }

    /** Whom it believes; null for nobody, or where nothing needs to be signed: see {@link #broken}. */
    public @Nullable TrustRoot root() {
        return root.get();
    }

    /** Why nobody can be believed; null if somebody can, or nothing needs to be signed. */
    public @Nullable String broken() {
        return broken;
    }

    /** What was wrong with the one that was kept; null if nothing was. */
    public @Nullable String trouble() {
        return kept == null ? null : kept.trouble();
    }

    /** Takes trust roots that are to follow the one of now; the last that may is on the disk and counts when this returns. */
    public synchronized Succession take(byte[] chain) {
        TrustRoot now = root.get();
        if (kept == null || now == null) {
            return new Succession.Refused(
                    broken != null ? broken : "there is no trust root here that another could follow");
        }
        try {
            Succession said = TrustChain.parse(chain).follow(now);
            if (said instanceof Succession.Accepted(TrustRoot next)) {
                kept.keep(next);
                root.set(next);
            }
            return said;
        } catch (TrustException | StoreException e) {
            return new Succession.Refused(String.valueOf(e.getMessage()));
        }
    }
}
