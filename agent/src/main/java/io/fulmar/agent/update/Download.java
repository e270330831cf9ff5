package io.fulmar.agent.update;

import io.fulmar.model.store.Part;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.ByteRanges;
import io.fulmar.sync.wire.ByteRanges.Range;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One blob on its way to this device: what to ask for, when to ask again, and where the pieces go.
 *
 * <p>It asks for a window of what it lacks, and for the next when that has come; a window is as much as the link carried in
 * a second so far, so that an acknowledgement or a command never waits long behind a model. It also takes what it lacks and
 * did not ask for, since others may be getting the same blob. Owned by the
 * update thread.
 */
public final class Download {
    private final String digest;
    private final Part part;
    private final List<String> have;
    private final long bytesPerSecond;
    private final RandomGenerator random;
    private ByteRanges asked = ByteRanges.whole(0);
    private long window = Limits.WINDOW_LEAST;
    private long askedNanos;
    private long askedBytes;
    private long heardNanos;
    private long notBeforeNanos;
    private boolean waiting;
    private int stalls;
    private BlobAnswer.@Nullable Patch offered;
    private @Nullable String refused;

    /**
     * Goes on where the part ends.
     *
     * @param have digests of similar blobs that this device holds, the best first
     * @param bytesPerSecond what to ask for at most; a large number for no limit
     */
    public Download(
            String digest, Part part, List<String> have, long bytesPerSecond, RandomGenerator random, long nowNanos) {
        this.digest = digest;
        this.part = part;
        this.have = have;
        this.bytesPerSecond = bytesPerSecond;
        this.random = random;
        this.notBeforeNanos = nowNanos;
    }

    /** What to ask for now; null for nothing. Whoever asks tells {@link #asked} when the link has taken it. */
    public @Nullable BlobRequest due(long nowNanos) {
        if (part.isWhole() || offered != null || refused != null || nowNanos - notBeforeNanos < 0) {
            return null;
        }
        if (waiting) {
            long patience = stalled(stalls);
            if (!asked.isEmpty() && nowNanos - heardNanos < patience) {
                return null;
            }
            if (!asked.isEmpty()) {
                stalls++;
                window = Math.max(Limits.WINDOW_LEAST, window / 2);
                waiting = false;
                notBeforeNanos = nowNanos + random.nextLong(Math.max(1, patience / 4));
                return null;
            }
        }
        return new BlobRequest(digest, part.size(), lacks().first(Limits.RANGES, window), have);
    }

    private static long stalled(int stalls) {
        return Math.min(Limits.STALL.toNanos() << Math.min(stalls, 16), Limits.STALL_MOST.toNanos());
    }

    private ByteRanges lacks() {
        ByteRanges lacks = ByteRanges.whole(part.size());
        if (part.offset() > 0) {
            lacks.remove(new Range(0, part.offset()));
        }
        part.ahead().forEach((at, length) -> lacks.remove(new Range(at, at + length)));
        return lacks;
    }

    /** The link has taken that request. */
    public void asked(BlobRequest request, long nowNanos) {
        asked = ByteRanges.of(request.ranges());
        askedBytes = asked.bytes();
        askedNanos = nowNanos;
        heardNanos = nowNanos;
        waiting = true;
    }

    /**
     * The connection is new. What was lost with the one before is not known; some of what was asked for there may still be
     * on its way, and is not asked for twice if it comes soon.
     */
    public void connected(long nowNanos) {
        waiting = false;
        asked = ByteRanges.whole(0);
        notBeforeNanos = nowNanos + Limits.SETTLE.toNanos();
    }

    /** Takes what came of this blob. Returns how many bytes of it were new. */
    public int take(BlobAnswer answer, long nowNanos) {
        return switch (answer) {
            case BlobAnswer.Chunk chunk -> piece(chunk, nowNanos);
            case BlobAnswer.Patch patch -> {
                if (have.contains(patch.from()) && patch.size() < part.size()) {
                    offered = patch;
                }
                yield 0;
            }
            case BlobAnswer.Refused no -> {
                refused = no.reason();
                yield 0;
            }
        };
    }

    private int piece(BlobAnswer.Chunk chunk, long nowNanos) {
        if (chunk.offset() + chunk.bytes().length > part.size()) {
            return 0; // there is no such piece of it
        }
        boolean wanted = asked.remove(chunk.range());
        if (wanted) {
            heardNanos = nowNanos;
            stalls = 0;
        }
        int fresh = keep(chunk);
        if (wanted && asked.isEmpty() && waiting) {
            measured(nowNanos);
        }
        return fresh;
    }

    private int keep(BlobAnswer.Chunk chunk) {
        long before = part.bytes();
        if (!part.append(chunk.bytes(), chunk.offset())
                && part.bytes() - part.offset() + chunk.bytes().length <= Limits.AHEAD_BYTES) {
            part.putAhead(chunk.bytes(), chunk.offset());
        }
        return (int) (part.bytes() - before);
    }

    /** A window has come: the next is as large as the link carries in the time that a window may take. */
    private void measured(long nowNanos) {
        waiting = false;
        double seconds = Math.max((nowNanos - askedNanos) / 1e9, 1e-3);
        double carried = askedBytes / seconds * Limits.WINDOW_TIME.toMillis() / 1e3;
        window = (long) Math.clamp(
                Math.min(carried, 2.0 * askedBytes), (double) Limits.WINDOW_LEAST, (double) Limits.WINDOW_MOST);
        window = Math.clamp(bytesPerSecond, 1, window);
        notBeforeNanos = askedNanos + (long) (askedBytes * 1e9 / bytesPerSecond);
    }

    /** Of the blob that is fetched. */
    String digest() {
        return digest;
    }

    /** How many bytes are here. */
    public long done() {
        return part.bytes();
    }

    public boolean isWhole() {
        return part.isWhole();
    }

    /** A patch that would do instead; null where none was offered. */
    public BlobAnswer.@Nullable Patch offered() {
        return offered;
    }

    /** Why it cannot be had; null unless the fleet said so. */
    public @Nullable String refused() {
        return refused;
    }
}
