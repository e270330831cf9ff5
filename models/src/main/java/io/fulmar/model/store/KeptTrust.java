package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trust root that counts on this device: the newer one of that in its configuration and that which it has kept since.
 * Kept in {@code trust/root.json} of the state directory, apart from the model store. Owned by one thread.
 */
public final class KeptTrust {
    static final String FILE = "root.json";
    private static final Logger LOG = LoggerFactory.getLogger("model.store");

    private final Path dir;
    private final Path file;
    private @Nullable TrustRoot root;
    private @Nullable String trouble;

    private KeptTrust(Path dir) {
        this.dir = dir;
        this.file = dir.resolve(FILE);
    }

    /**
     * Reads both, and keeps the configured one if it is newer.
     *
     * @param dir the folder {@code trust} of the state directory
     * @param configured null where the configuration names none
     * @throws TrustException if the configured one cannot be used: nobody may be believed then
     */
    public static KeptTrust open(Path dir, @Nullable Path configured) {
        KeptTrust kept = new KeptTrust(dir);
        if (Files.exists(kept.file)) {
            try {
                kept.root = TrustRoot.read(kept.file);
            } catch (TrustException e) {
                kept.trouble = e.getMessage();
                LOG.error("{}", e.getMessage());
            }
        }
        if (configured != null) {
            TrustRoot read = TrustRoot.read(configured);
            if (kept.root == null || read.version() > kept.root.version()) {
                kept.root = read;
                try {
                    kept.keep(read);
                } catch (StoreException e) {
                    LOG.warn("{}", e.getMessage()); // it is read from the configuration again at the next start
                }
            }
        }
        return kept;
    }

    /** Whom this device believes; null where it has no trust root. */
    public @Nullable TrustRoot root() {
        return root;
    }

    /** What was wrong with the kept one; null if nothing was. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** Keeps a newer one, which the old one has vouched for; on the disk when this returns. */
    public void keep(TrustRoot next) {
        try {
            DiskFiles.createFolders(dir);
            DiskFiles.replace(file, next.toJson());
        } catch (IOException e) {
            throw StoreException.failed(file, "written", e);
        }
        root = next;
    }
}
