package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.wire.ByteRanges;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who wants which bytes of one blob, and what to send next.
 *
 * <p>Devices that get the same blob ask at about the same time. So the first request waits a moment for others, and what
 * several want is sent once, to all who listen. It goes round the blob like a carousel: who comes late takes what is on
 * its way and hears the beginning in the next round, together with all others who were late. Owned by the transfer thread.
 */
final class Wanted {
    private final Map<String, ByteRanges> wants = new HashMap<>();
    private final Set<String> known = new HashSet<>();
    private boolean met;
    private boolean serving;
    private long gatheringSinceNanos;
    private long askedNanos;
    private long cursor;

    /**
     * Bytes to send.
     *
     * @param device to whom alone; null for everybody
     */
    record Piece(ByteRanges.Range range, @Nullable String device) {}

    /** Takes what a device lacks now, in place of what it lacked before; false if there are too many who ask. */
    boolean ask(String device, List<ByteRanges.Range> ranges, long nowNanos) {
        if (known.size() >= Limits.TRANSFER_DEVICES && !known.contains(device)) {
            return false;
        }
        if (wants.isEmpty()) {
            gatheringSinceNanos = nowNanos;
        }
        if (known.add(device) && !serving) {
            met = false;
        }
        wants.put(device, ByteRanges.of(ranges));
        askedNanos = nowNanos;
        return true;
    }

    /** Whether there is something to send, and nobody to wait for. */
    boolean ready(long nowNanos) {
        if (wants.isEmpty()) {
            return false;
        }
        boolean allAreHere = met && wants.size() == known.size();
        serving |= allAreHere
                || nowNanos - askedNanos >= Limits.TRANSFER_GATHER.toNanos()
                || nowNanos - gatheringSinceNanos >= Limits.TRANSFER_GATHER_MOST.toNanos();
        met |= serving;
        return serving;
    }

    /** Whether nobody has asked for it for so long that it can be forgotten. */
    boolean isForgotten(long nowNanos) {
        return wants.isEmpty() && nowNanos - askedNanos >= Limits.TRANSFER_FORGET.toNanos();
    }

    /** What to send next; null if nobody wants anything. */
    @Nullable
    Piece next() {
        ByteRanges.Range range = nextFrom(cursor);
        if (range == null && cursor > 0) {
            cursor = 0;
            range = nextFrom(0);
        }
        if (range == null) {
            return null;
        }
        String only = null;
        int takers = 0;
        for (Map.Entry<String, ByteRanges> entry : wants.entrySet()) {
            ByteRanges.Range first = entry.getValue().next(range.from(), 1);
            if (first != null && first.from() < range.to()) {
                takers++;
                only = entry.getKey();
            }
        }
        return new Piece(range, takers > 1 ? null : only);
    }

    private ByteRanges.@Nullable Range nextFrom(long position) {
        ByteRanges.Range best = null;
        for (ByteRanges ranges : wants.values()) {
            ByteRanges.Range first = ranges.next(position, Limits.TRANSFER_CHUNK);
            if (first != null && (best == null || first.from() < best.from())) {
                best = first;
            }
        }
        if (best == null) {
            return null;
        }
        // pieces end where those of all others end
        long end = (best.from() / Limits.TRANSFER_CHUNK + 1) * Limits.TRANSFER_CHUNK;
        return new ByteRanges.Range(best.from(), Math.min(best.to(), end));
    }

    /** That was sent. */
    void sent(Piece piece) {
        cursor = piece.range().to();
        if (piece.device() != null) {
            ByteRanges ranges = wants.get(piece.device());
            if (ranges != null) {
                ranges.remove(piece.range());
            }
        } else {
            wants.values().forEach(ranges -> ranges.remove(piece.range()));
        }
        wants.values().removeIf(ByteRanges::isEmpty);
        serving &= !wants.isEmpty();
    }

    /** Nobody gets anything of it any more; returns who wanted it. */
    Set<String> giveUp() {
        Set<String> all = Set.copyOf(wants.keySet());
        wants.clear();
        serving = false;
        return all;
    }
}
