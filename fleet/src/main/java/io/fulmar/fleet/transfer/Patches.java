package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which patches there are between blobs, and which are being made. Owned by the transfer thread. */
final class Patches {
    private static final int REMEMBERED = 1_000;

    private final PatchMaker maker;
    private final Map<String, Known> known = new LinkedHashMap<>();
    private final Map<String, Path> files = new HashMap<>();
    private final Set<String> coming = new HashSet<>();

    /** How it is with the patch between two blobs. Immutable. */
    sealed interface State {
        /** It is there, from the blob of that digest. */
        record Ready(String from, PatchMaker.Patch patch) implements State {}

        /** It is being made. */
        record Coming() implements State {}

        /** There is none that would be clearly smaller than the blob itself, or nobody has the time to make it. */
        record None() implements State {}
    }

    /** What came of a pair; asked for again after that time. */
    private record Known(PatchMaker.@Nullable Patch patch, boolean again, long sinceNanos) {}

    Patches(PatchMaker maker) {
        this.maker = maker;
    }

    /** Takes what was made. Returns how much that is. */
    int take(long nowNanos) {
        int done = 0;
        for (PatchMaker.Made made = maker.poll(); made != null; made = maker.poll()) {
            coming.remove(made.name());
            if (known.size() == REMEMBERED) {
                forget(known.keySet().iterator().next());
            }
            known.put(made.name(), new Known(made.patch(), made.again(), nowNanos));
            if (made.patch() != null) {
                files.put(made.patch().digest(), made.patch().file());
            }
            done++;
        }
        return done;
    }

    private void forget(String name) {
        Known gone = known.remove(name);
        if (gone != null && gone.patch() != null) {
            files.remove(gone.patch().digest());
        }
    }

    /** The patch from one blob to the other; it is made if nobody knows yet whether it is of use. */
    State between(String oldDigest, Path old, String newDigest, Path now, long nowNanos) {
        String name = oldDigest + "-" + newDigest;
        Known it = known.get(name);
        if (it != null && it.patch() != null && Files.exists(it.patch().file())) {
            return new State.Ready(oldDigest, it.patch());
        }
        if (it != null
                && it.patch() == null
                && !(it.again() && nowNanos - it.sinceNanos() > Limits.PATCH_AGAIN.toNanos())) {
            return new State.None();
        }
        forget(name);
        if (coming.contains(name)) {
            return new State.Coming();
        }
        if (!maker.ask(name, old, now)) {
            return new State.None();
        }
        coming.add(name);
        return new State.Coming();
    }

    /** The file that is this patch; null if it is none of those that were made. */
    @Nullable
    Path find(String digest) {
        Path file = files.get(digest);
        return file != null && Files.exists(file) ? file : null;
    }
}
