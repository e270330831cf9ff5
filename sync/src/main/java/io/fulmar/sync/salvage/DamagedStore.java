package io.fulmar.sync.salvage;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A store that SQLite cannot be trusted with any more: its pages are read one by one, whatever leads to them, and the rows on them
 * are told apart by the hash chain, which no other bytes fit to. Changes nothing. Owned by its thread.
 */
public final class DamagedStore implements Closeable {
    private static final String MAGIC = "SQLite format 3\0";

    private final PageImages images;
    private final Map<Stream, LeafIndex> leaves = new EnumMap<>(Stream.class);
    private final Map<Stream, List<StoredRow>> gaps = new EnumMap<>(Stream.class);
    private Known known = new Known(0, Map.of());
    private Stream likely = Stream.DATA;
    private int scanned;

    private DamagedStore(PageImages images) {
        this.images = images;
    }

    /** Opens the files; the log may be missing. */
    public static DamagedStore open(Path database, Path log) throws IOException {
        return new DamagedStore(PageImages.open(database, log));
    }

    /** Whether a database or its log are not as SQLite leaves them when it ended between two transactions. */
    public static boolean isDoubtful(Path database, Path log) throws IOException {
        try (PageImages images = PageImages.open(database, log)) {
            byte[] first = new byte[Limits.PAGE_BYTES];
            return !images.isLogWhole()
                    || !images.read(0, first)
                    || !new String(first, 0, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC);
        }
    }

    /**
     * The rows with that many columns on the first pages, of the tables in which a store keeps its figures; the later versions
     * last. Each value is a {@code Long}, a {@code byte[]} or null; the id stands in the place of the first.
     */
    public List<@Nullable Object[]> front(int columns) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (int image = 0; image < images.count() && rows.size() < Limits.SMALL_CELLS; image++) {
            LeafPage leaf = images.pageNumber(image) <= Limits.FRONT_PAGES ? LeafPage.of(images, image) : null;
            for (int i = 0; leaf != null && i < leaf.count(); i++) {
                @Nullable Object[] values = leaf.length(i) <= Limits.PAGE_BYTES ? leaf.values(i) : null;
                if (values != null && values.length == columns) {
                    values[0] = leaf.id(i);
                    rows.add(values);
                }
            }
        }
        return rows;
    }

    /** Says what is known of it; before the scan. */
    public void expect(Known what) {
        known = what;
        for (Stream stream : Stream.values()) {
            gaps.put(stream, new ArrayList<>());
            leaves.put(stream, new LeafIndex(what.ends(stream).acknowledged(), Limits.LEAVES));
        }
    }

    /** Looks at so many pages more; returns how many that were, 0 when all were looked at. */
    public int scan(int pages) {
        int from = scanned;
        for (; scanned < images.count() && scanned - from < pages; scanned++) {
            LeafPage leaf = images.isReplaced(scanned) ? null : LeafPage.of(images, scanned);
            if (leaf != null) {
                remember(leaf, scanned);
            }
        }
        if (scanned == from) {
            leaves.values().forEach(LeafIndex::sort);
        }
        return scanned - from;
    }

    /** How many pages there are, in the file and in its log. */
    public int pages() {
        return images.count();
    }

    /**
     * Begins to tell a stream's rows.
     *
     * @param before the hash of the row before that one; null when it is not known
     */
    public StreamWalk walk(Stream stream, long from, @Nullable ChainHash before) {
        Known.Ends ends = known.ends(stream);
        long start = Math.max(from, ends.acknowledged());
        // a tail that is not known proves nothing about rows that were not committed
        Candidates candidates = new Candidates(images, leaves(stream), start, ends.tail());
        return new StreamWalk(known.epoch(), stream, ends, candidates, gaps(stream), from, before);
    }

    private void remember(LeafPage leaf, int image) {
        StoredRow first = null;
        Stream stream = null;
        List<StoredRow> declared = new ArrayList<>(0);
        long least = Long.MAX_VALUE;
        long greatest = 0;
        for (int i = 0; i < leaf.count(); i++) {
            boolean maybeGap = leaf.length(i) <= Limits.GAP_BYTES;
            StoredRow row = stream == null || maybeGap ? StoredRow.of(leaf.id(i), leaf.values(i)) : null;
            if (row != null) {
                stream = stream == null && first != null ? followed(first, row) : stream;
                first = row;
                if (row.record() == null && leaf.isCommitted()) {
                    declared.add(row);
                }
            }
            if (leaf.id(i) > 0) {
                least = Math.min(least, leaf.id(i));
                greatest = Math.max(greatest, leaf.id(i));
            }
        }
        if (first == null) {
            return; // of a table that has no rows of streams
        }
        for (Stream each : Stream.values()) {
            if ((stream == null || stream == each)
                    && greatest > known.ends(each).acknowledged()) {
                leaves(each).add(least, image);
                gaps(each)
                        .addAll(declared.subList(
                                0,
                                Math.min(
                                        declared.size(),
                                        Limits.GAPS - gaps(each).size())));
            }
        }
    }

    /** The stream in which the second row comes right after the first; null when there is none. */
    private @Nullable Stream followed(StoredRow first, StoredRow second) {
        byte[] record = second.record();
        if (record == null || second.seq() != first.last() + 1) {
            return null;
        }
        if (leads(first, second, record, likely)) {
            return likely;
        }
        for (Stream stream : Stream.values()) {
            if (stream != likely && leads(first, second, record, stream)) {
                likely = stream;
                return stream;
            }
        }
        return null;
    }

    private boolean leads(StoredRow first, StoredRow second, byte[] record, Stream stream) {
        return first.hash().next(known.epoch(), stream, second.seq(), record).equals(second.hash());
    }

    private List<StoredRow> gaps(Stream stream) {
        return Objects.requireNonNull(gaps.get(stream), "what is known comes first");
    }

    private LeafIndex leaves(Stream stream) {
        return Objects.requireNonNull(leaves.get(stream), "what is known comes first");
    }

    @Override
    public void close() throws IOException {
        images.close();
    }
}
