package io.fulmar.sync.outbox;

import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.salvage.Known;
import io.fulmar.sync.salvage.StreamWalk;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A damaged store that was set aside, and how far it has been read back. Its database is never changed. Owned by its thread; of
 * several for one file, only one may {@link #save}.
 */
public final class SetAside {
    private static final int PAGES_AT_ONCE = 1024;
    private static final int ROWS_AT_ONCE = 500;
    private static final int IDENTITY_COLUMNS = 4;
    private static final int BOOK_COLUMNS = 8;

    private final Path database;
    private final Path note;
    private SalvageFile salvage;
    private long epoch;

    private SetAside(Path database, SalvageFile salvage) {
        this.database = database;
        this.note = database.resolveSibling(database.getFileName() + SalvageFile.SUFFIX);
        this.salvage = salvage;
        Figures former = salvage.former();
        this.epoch = former == null ? 0 : former.epoch();
    }

    /** Those in that state directory, the oldest first. */
    public static List<SetAside> in(Path dir) throws IOException {
        return Damage.files(dir).stream().map(SetAside::at).toList();
    }

    /** The one with that database, wherever it lies: its log and what is known of it are looked for beside it. */
    public static SetAside at(Path database) {
        SalvageFile read = SalvageFile.read(database.resolveSibling(database.getFileName() + SalvageFile.SUFFIX));
        Path folder = database.toAbsolutePath().getParent();
        boolean current = Store.NAME.equals(String.valueOf(database.getFileName()));
        Figures former = current && folder != null ? Highwater.read(folder) : null;
        return new SetAside(database, read == null ? new SalvageFile(former, SalvageFile.NOTHING) : read);
    }

    /** How its database is called. */
    public String name() {
        return String.valueOf(database.getFileName());
    }

    /** The epoch of its rows; 0 while it is not known. */
    public long epoch() {
        return epoch;
    }

    public Salvaged salvaged(Stream stream) {
        return salvage.of(stream);
    }

    /** Whether all that can be delivered of it was. */
    public boolean isDone() {
        return Arrays.stream(Stream.values())
                .allMatch(stream -> salvaged(stream).done());
    }

    /** The last sequence that the fleet is known to have had when the store was set aside; 0 where that is not known. */
    public long acknowledged(Stream stream) {
        Figures former = salvage.former();
        return former == null ? 0 : former.book(stream).acked();
    }

    /** Keeps how far a stream has come, durably; does nothing when the database was deleted meanwhile. */
    public void save(Stream stream, Salvaged salvaged) throws IOException {
        salvage = salvage.with(stream, salvaged);
        if (Files.exists(database)) {
            salvage.write(note, true);
        }
    }

    /**
     * Opens its pages for reading, to be scanned; null when its epoch cannot be found, without which no row can be told from
     * rot.
     */
    public @Nullable DamagedStore open() throws IOException {
        DamagedStore pages = DamagedStore.open(database, database.resolveSibling(database.getFileName() + "-wal"));
        Known known = salvage.former() == null ? read(pages) : known(salvage.former());
        if (known == null) {
            pages.close();
            return null;
        }
        epoch = known.epoch();
        pages.expect(known);
        return pages;
    }

    /** Begins to tell what is left of a stream. */
    public StreamWalk walk(DamagedStore pages, Stream stream) {
        Salvaged salvaged = salvaged(stream);
        return salvaged.upTo() > 0
                ? pages.walk(stream, salvaged.upTo() + 1, salvaged.hash())
                : pages.walk(stream, acknowledged(stream) + 1, null);
    }

    /**
     * Tells all that is left, the urgent streams first, and what it would come to if it were delivered; nothing is noted.
     *
     * @return for each stream how it would stand then; null when nothing says of which epoch the store is
     */
    public @Nullable Map<Stream, Salvaged> read(OutboxInspector.BatchReader reader) throws IOException {
        try (DamagedStore pages = open()) {
            if (pages == null) {
                return null;
            }
            while (pages.scan(PAGES_AT_ONCE) > 0) {}
            Map<Stream, Salvaged> told = new EnumMap<>(Stream.class);
            for (Stream stream : Stream.values()) {
                Salvaged salvaged = salvaged(stream);
                StreamWalk walk = walk(pages, stream);
                for (Batch batch = next(walk, salvaged); batch != null; batch = next(walk, salvaged)) {
                    reader.read(batch);
                    salvaged = salvaged.with(batch);
                }
                told.put(stream, salvaged.ended());
            }
            return told;
        }
    }

    private static @Nullable Batch next(StreamWalk walk, Salvaged salvaged) {
        return salvaged.done() ? null : walk.next(ROWS_AT_ONCE, io.fulmar.sync.wire.Limits.INFLATED_BYTES / 4);
    }

    /** Its name, and in a few words how it stands. */
    @Override
    public String toString() {
        long readBack = 0;
        long lost = 0;
        for (Stream stream : Stream.values()) {
            readBack += salvaged(stream).readBack();
            lost += salvaged(stream).lost();
        }
        return name() + " (" + readBack + " rows read back, " + lost + " lost" + (isDone() ? ")" : ", so far)");
    }

    private static Known known(Figures former) {
        Map<Stream, Known.Ends> ends = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            Book book = former.book(stream);
            ends.put(
                    stream,
                    new Known.Ends(book.acked(), book.ackedHash(), book.firstRecord(), book.tail(), book.tailHash()));
        }
        return new Known(former.epoch(), ends);
    }

    /** What the store says of itself, where its checksums hold. */
    private static @Nullable Known read(DamagedStore pages) {
        Long epoch = null;
        for (@Nullable Object[] row : pages.front(IDENTITY_COLUMNS)) {
            if (row[1] instanceof Long it
                    && row[2] instanceof Long boot
                    && row[3] instanceof byte[] sum
                    && Arrays.equals(sum, Store.identitySum(it, boot.intValue()))) {
                epoch = it;
            }
        }
        if (epoch == null) {
            return null;
        }
        Map<Stream, Known.Ends> ends = new EnumMap<>(Stream.class);
        for (@Nullable Object[] row : pages.front(BOOK_COLUMNS)) {
            for (Stream stream : Stream.values()) {
                Known.Ends its = row[0] instanceof Long id && id == stream.number() ? ends(stream, row) : null;
                Known.Ends before = ends.get(stream);
                if (its != null && (before == null || its.acknowledged() >= before.acknowledged())) {
                    ends.put(stream, its);
                }
            }
        }
        return new Known(epoch, ends);
    }

    private static Known.@Nullable Ends ends(Stream stream, @Nullable Object[] row) {
        List<Long> numbers = new ArrayList<>();
        for (int column : new int[] {1, 3, 4, 5, 6}) {
            if (row[column] instanceof Long number) {
                numbers.add(number);
            }
        }
        if (numbers.size() != 5
                || !(row[2] instanceof byte[] hash)
                || hash.length != ChainHash.BYTES
                || !(row[7] instanceof byte[] sum)) {
            return null;
        }
        long acked = numbers.getFirst();
        Book book = new Book(
                stream,
                acked,
                ChainHash.of(hash),
                acked,
                ChainHash.of(hash),
                numbers.get(1),
                numbers.get(2),
                numbers.get(3),
                numbers.get(4),
                List.of());
        return Arrays.equals(sum, StreamTable.sum(stream, book))
                ? new Known.Ends(acked, book.ackedHash(), acked + 1, -1, ChainHash.ZERO)
                : null;
    }
}
