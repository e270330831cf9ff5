package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.model.delta.Delta;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Patches between blobs, each made once and kept in a folder of its own, from which everything can be deleted at any time.
 * Owned by the transfer thread.
 */
final class Patches {
    private static final int REMEMBERED = 1_000;

    private final Path folder;
    private final Map<String, Made> made = new LinkedHashMap<>();

    /**
     * A patch that is worth while.
     *
     * @param digest of the patch
     */
    record Made(String digest, Path file, long size) {}

    Patches(Path folder) {
        this.folder = folder;
    }

    /** The patch from one blob to the other; null if it would not be clearly smaller than the other itself. */
    @Nullable
    Made between(String oldDigest, Path old, String newDigest, Path now) {
        String name = oldDigest + "-" + newDigest;
        Made known = made.get(name);
        if (known != null) {
            return known.size() == 0 ? null : known;
        }
        try {
            Made patch = make(name, old, now);
            if (made.size() == REMEMBERED) {
                made.remove(made.keySet().iterator().next());
            }
            made.put(name, patch == null ? new Made("", folder, 0) : patch);
            return patch;
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "no patch could be made in " + folder + ": " + e.getMessage(),
                    "look at the disk; until then devices get whole blobs",
                    e);
        }
    }

    private @Nullable Made make(String name, Path old, Path now) throws IOException {
        long size = Files.size(now);
        if (size > Limits.PATCH_BLOB_BYTES || Files.size(old) > Limits.PATCH_BLOB_BYTES) {
            return null;
        }
        Path file = folder.resolve(name);
        byte[] patch;
        if (Files.exists(file)) {
            patch = Files.readAllBytes(file);
        } else {
            patch = Delta.between(Files.readAllBytes(old), Files.readAllBytes(now));
            Files.createDirectories(folder);
            Path part = folder.resolve(name + ".part");
            Files.write(part, patch);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return patch.length > size / 4 * 3 ? null : new Made(Digest.of(patch), file, patch.length);
    }

    /** The file that is this patch; null if it is none of those that were made. */
    @Nullable
    Path find(String digest) {
        for (Made patch : made.values()) {
            if (patch.digest().equals(digest)) {
                return patch.file();
            }
        }
        return null;
    }
}
