package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An open database and the figures of its streams, each operation one transaction. After any exception it must be
 * closed and opened again, since SQLite no longer says the truth about what is durable. Owned by the store thread.
 */
final class Store implements AutoCloseable {
    static final String NAME = "outbox.db";
    static final String WAL_NAME = NAME + "-wal";
    private static final int APPLICATION_ID = 0x46756c6d;
    private static final int VERSION = 1;

    private final Database database;
    private final Map<Stream, StreamTable> tables = new EnumMap<>(Stream.class);
    private final Map<Stream, Book> books = new EnumMap<>(Stream.class);
    private final long epoch;
    private final int boot;
    /** How much of the write-ahead log is in use, estimated. */
    private long logBytes;

    private Store(Database database, long epoch, int boot) throws SQLException, CorruptException {
        this.database = database;
        this.epoch = epoch;
        this.boot = boot;
        for (Stream stream : Stream.values()) {
            StreamTable table = new StreamTable(database, stream);
            tables.put(stream, table);
            books.put(stream, table.readBook());
        }
    }

    /** Makes a new database that begins with those figures and records, in one transaction. */
    static Store create(Path file, long maxPages, Figures start, List<Draft> first, long at)
            throws SQLException, CorruptException {
        Database database = Database.open(file, maxPages);
        try {
            database.begin();
            database.execute("PRAGMA application_id=" + APPLICATION_ID);
            database.execute("PRAGMA user_version=" + VERSION);
            database.execute("CREATE TABLE store(id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL,"
                    + " boot INTEGER NOT NULL, sum BLOB NOT NULL)");
            database.execute("CREATE TABLE stream(id INTEGER PRIMARY KEY, acked INTEGER NOT NULL,"
                    + " acked_hash BLOB NOT NULL, acknowledged INTEGER NOT NULL, evicted INTEGER NOT NULL,"
                    + " quarantined INTEGER NOT NULL, recorded_before INTEGER NOT NULL, sum BLOB NOT NULL)");
            for (Stream stream : Stream.values()) {
                StreamTable.create(database, stream);
                new StreamTable(database, stream).write(start.book(stream));
            }
            writeIdentity(database, start.epoch(), start.boot());
            Store store = new Store(database, start.epoch(), start.boot());
            List<Planned> rows = store.plan(first);
            store.insert(rows, at);
            database.commit();
            store.appended(rows);
            return store;
        } catch (SQLException | CorruptException e) {
            closeAfter(database, e);
            throw e;
        }
    }

    /** Opens a database that is there, and counts a new boot; null when nothing was ever committed to it. */
    static @Nullable Store open(Path file, long maxPages, boolean newBoot) throws SQLException, CorruptException {
        Database database = Database.open(file, maxPages);
        try {
            if (database.number("SELECT count(*) FROM sqlite_schema") == 0) {
                database.close();
                return null;
            }
            if (database.number("PRAGMA user_version") != VERSION) {
                throw new CorruptException(
                        "the database has version " + database.number("PRAGMA user_version") + ", not " + VERSION);
            }
            // what a failed flush left in the log is written again and flushed before it is believed
            if (!database.checkpoint(true)) {
                throw new SQLException("the write-ahead log could not be written into the database");
            }
            Identity identity = readIdentity(database);
            int boot = newBoot ? identity.boot() + 1 : identity.boot();
            if (newBoot) {
                database.begin();
                writeIdentity(database, identity.epoch(), boot);
                database.commit();
            }
            Store store = new Store(database, identity.epoch(), boot);
            store.checkEnds();
            return store;
        } catch (SQLException | CorruptException e) {
            closeAfter(database, e);
            throw e;
        }
    }

    /** Opens a database only to look at it. */
    static Store openToLook(Path file, boolean immutable) throws SQLException, CorruptException {
        Database database = Database.openToLook(file, immutable);
        try {
            Identity identity = readIdentity(database);
            return new Store(database, identity.epoch(), identity.boot());
        } catch (SQLException | CorruptException e) {
            closeAfter(database, e);
            throw e;
        }
    }

    Figures figures() {
        return new Figures(epoch, boot, books);
    }

    Book book(Stream stream) {
        return of(books, stream);
    }

    List<Planned> plan(List<Draft> drafts) {
        Map<Stream, Book> ahead = new EnumMap<>(books);
        List<Planned> planned = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            Book book = of(ahead, draft.stream());
            long seq = book.tail() + 1;
            ChainHash hash = book.tailHash().next(epoch, draft.stream(), seq, draft.record());
            planned.add(new Planned(draft, new Receipt(epoch, draft.stream(), seq), hash));
            ahead.put(draft.stream(), book.appended(seq, hash));
        }
        return planned;
    }

    void append(List<Planned> rows, long at) throws SQLException {
        database.begin();
        insert(rows, at);
        database.commit();
        appended(rows);
    }

    private void insert(List<Planned> rows, long at) throws SQLException {
        for (Planned row : rows) {
            table(row.draft().stream())
                    .insert(row.receipt().seq(), at, row.hash(), row.draft().record());
        }
    }

    private void appended(List<Planned> rows) {
        long bytes = 0;
        for (Planned row : rows) {
            Stream stream = row.draft().stream();
            books.put(stream, book(stream).appended(row.receipt().seq(), row.hash()));
            bytes += row.draft().record().length + Limits.ROW_OVERHEAD_BYTES;
        }
        logged(bytes);
    }

    /** Whether that row is in the database, as planned. */
    boolean holds(Planned row) throws SQLException, CorruptException {
        StreamTable.End end =
                table(row.draft().stream()).endBefore(row.receipt().seq() + 1);
        return epoch == row.receipt().epoch()
                && end != null
                && end.seq() == row.receipt().seq()
                && end.hash().equals(row.hash());
    }

    /** See {@link Outbox#read}. */
    @Nullable
    Batch read(Stream stream, long from, int maxRows, long maxBytes) throws SQLException, CorruptException {
        Book book = book(stream);
        if (from > book.tail() || from < 1) {
            return null;
        }
        if (from <= book.acked()) {
            List<Row> rows = new ArrayList<>();
            rows.add(new Row.Gap(book.acked(), GapReason.FORGOTTEN, book.acked() - from + 1, book.ackedHash()));
            if (maxRows > 1) {
                rows.addAll(table(stream).read(epoch, book.acked() + 1, book.ackedHash(), maxRows - 1, maxBytes));
            }
            return new Batch(epoch, stream, from, null, rows);
        }
        long first = from;
        for (Book.GapRow gap : book.gaps()) {
            if (gap.first() <= from && from <= gap.last()) {
                first = gap.first();
            }
        }
        ChainHash previous = hashBefore(stream, first);
        List<Row> rows = table(stream).read(epoch, first, previous, maxRows, maxBytes);
        if (rows.isEmpty()) {
            throw new CorruptException(stream.topicName() + "/" + first + ": the row is missing");
        }
        return new Batch(epoch, stream, first, previous, rows);
    }

    /** The chain hash of the row that ends at that sequence; null when no row ends there. */
    @Nullable
    ChainHash hashAt(Stream stream, long seq) throws SQLException, CorruptException {
        Book book = book(stream);
        if (seq == book.acked()) {
            return book.ackedHash();
        }
        StreamTable.End end = table(stream).endBefore(seq + 1);
        return end != null && end.seq() == seq ? end.hash() : null;
    }

    /** Deletes acknowledged rows, a bounded number at once, and says how many records they were. */
    long acknowledge(Stream stream, long upTo) throws SQLException, CorruptException {
        long before = book(stream).acknowledged();
        while (book(stream).acked() < upTo) {
            Book book = book(stream);
            long target = Math.min(upTo, Math.max(book.acked(), book.firstRecord() - 1) + Limits.ROWS_DELETED_AT_ONCE);
            ChainHash hash = hashAt(stream, target);
            if (hash == null) {
                throw new CorruptException(stream.topicName() + "/" + target + ": the row is missing");
            }
            Book after = book.acknowledged(target, hash);
            database.begin();
            int deleted = table(stream).delete(0, target);
            table(stream).write(after);
            database.commit();
            logged((long) deleted * Limits.ROW_OVERHEAD_BYTES + Limits.PAGE_BYTES);
            books.put(stream, after);
        }
        return book(stream).acknowledged() - before;
    }

    /** Counts records of an earlier epoch that were read back, and delivered, after all. */
    void readBack(Stream stream, long rows) throws SQLException {
        Book after = book(stream).readBack(rows);
        database.begin();
        table(stream).write(after);
        database.commit();
        logged(Limits.PAGE_BYTES);
        books.put(stream, after);
    }

    /** Gives up the oldest records of a stream, about that many bytes of them; one gap stands for them. */
    void evictBytes(Stream stream, long bytes, GapReason reason, long at) throws SQLException, CorruptException {
        long last = table(stream).endOfBytes(book(stream).firstRecord(), bytes, Limits.ROWS_DELETED_AT_ONCE);
        evict(stream, last, reason, at);
    }

    /** Gives up records that are older than that, a bounded number of them, and says how many. */
    long evictOlder(Stream stream, long before, long at) throws SQLException, CorruptException {
        long first = book(stream).firstRecord();
        long last = table(stream).endOfAge(first, before, Limits.ROWS_DELETED_AT_ONCE);
        if (last >= first) {
            evict(stream, last, GapReason.AGE, at);
        }
        return last - first + 1;
    }

    private void evict(Stream stream, long last, GapReason reason, long at) throws SQLException, CorruptException {
        Book book = book(stream);
        long first = book.firstRecord();
        ChainHash hash = last < first ? null : hashAt(stream, last);
        if (hash == null) {
            throw new CorruptException(stream.topicName() + "/" + first + ": the row is missing");
        }
        List<Book.GapRow> gaps = new ArrayList<>(book.gaps());
        Book.GapRow gap = new Book.GapRow(first, last, reason, hash);
        Book.GapRow neighbour = gaps.isEmpty() ? null : gaps.getLast();
        if (neighbour != null && (neighbour.reason() == reason || gaps.size() == Limits.GAPS)) {
            GapReason both = neighbour.reason() == reason ? reason : GapReason.SEVERAL;
            gap = new Book.GapRow(neighbour.first(), last, both, hash);
            gaps.removeLast();
        }
        gaps.add(gap);
        Book after = book.evicted(last, gaps);
        database.begin();
        int deleted = table(stream).delete(gap.first(), last);
        table(stream).insertGap(gap, at);
        table(stream).write(after);
        database.commit();
        logged((long) deleted * Limits.ROW_OVERHEAD_BYTES + Limits.PAGE_BYTES);
        books.put(stream, after);
    }

    /** How many pages may still be used when the database may have that many. */
    long freePages(long maxPages) throws SQLException {
        return unusedPages() + maxPages - pages();
    }

    long pages() throws SQLException {
        return database.number("PRAGMA page_count");
    }

    long unusedPages() throws SQLException {
        return database.number("PRAGMA freelist_count");
    }

    /** Gives a bounded number of unused pages back to the file system and says how many. */
    int giveBack() throws SQLException {
        long before = pages();
        database.executeToTheEnd("PRAGMA incremental_vacuum(" + Limits.PAGES_GIVEN_BACK_AT_ONCE + ")");
        long given = before - pages();
        logged(given * Limits.PAGE_BYTES);
        return (int) given;
    }

    long logBytes() {
        return logBytes;
    }

    void checkpoint(boolean truncate) throws SQLException {
        if (database.checkpoint(truncate)) {
            logBytes = 0;
        }
    }

    /** The latest age that any row was written with. */
    long latestAge() throws SQLException, CorruptException {
        long latest = 0;
        for (StreamTable table : tables.values()) {
            StreamTable.End end = table.endBefore(Long.MAX_VALUE);
            latest = end == null ? latest : Math.max(latest, end.at());
        }
        return latest;
    }

    @Override
    public void close() throws SQLException {
        database.close();
    }

    /** Checks the newest rows of every stream, which an unclean end is most likely to have hurt. */
    private void checkEnds() throws SQLException, CorruptException {
        for (Stream stream : Stream.values()) {
            Book book = book(stream);
            long first = Math.max(book.firstRecord(), book.tail() - Limits.ROWS_CHECKED_AT_OPEN + 1);
            if (first <= book.tail()) {
                ChainHash previous = hashBefore(stream, first);
                List<Row> rows =
                        table(stream).read(epoch, first, previous, Limits.ROWS_CHECKED_AT_OPEN, Long.MAX_VALUE);
                if (rows.size() != book.tail() - first + 1) {
                    throw new CorruptException(stream.topicName() + "/" + first + ": rows after it are missing");
                }
            }
        }
    }

    private ChainHash hashBefore(Stream stream, long first) throws SQLException, CorruptException {
        ChainHash hash = hashAt(stream, first - 1);
        if (hash == null) {
            throw new CorruptException(stream.topicName() + "/" + (first - 1) + ": the row is missing");
        }
        return hash;
    }

    private void logged(long bytes) {
        logBytes += (2 + bytes / Limits.PAGE_PAYLOAD_BYTES) * Limits.FRAME_BYTES;
    }

    private StreamTable table(Stream stream) {
        return of(tables, stream);
    }

    private static <T> T of(Map<Stream, T> map, Stream stream) {
        T value = map.get(stream);
        if (value == null) {
            throw new IllegalStateException("every stream has one: " + stream);
        }
        return value;
    }

    private static void writeIdentity(Database database, long epoch, int boot) throws SQLException {
        try (PreparedStatement write =
                database.prepare("INSERT OR REPLACE INTO store(id, epoch, boot, sum) VALUES (1, ?, ?, ?)")) {
            write.setLong(1, epoch);
            write.setInt(2, boot);
            write.setBytes(3, identitySum(epoch, boot));
            write.executeUpdate();
        }
    }

    private static Identity readIdentity(Database database) throws SQLException, CorruptException {
        try (PreparedStatement read = database.prepare("SELECT epoch, boot, sum FROM store WHERE id = 1");
                ResultSet row = read.executeQuery()) {
            if (!row.next()) {
                throw new CorruptException("the identity of the store is missing");
            }
            Identity identity = new Identity(row.getLong(1), row.getInt(2));
            byte[] sum = row.getBytes(3);
            if (sum == null
                    || !ByteBuffer.wrap(sum).equals(ByteBuffer.wrap(identitySum(identity.epoch(), identity.boot())))) {
                throw new CorruptException("the identity of the store is damaged");
            }
            return identity;
        }
    }

    static byte[] identitySum(long epoch, int boot) {
        byte[] bytes = ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(epoch)
                .putInt(boot)
                .array();
        return Figures.sum(bytes, bytes.length);
    }

    private static void closeAfter(Database database, Exception cause) {
        try {
            database.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /** Which store this is, and how often it was opened. Immutable. */
    private record Identity(long epoch, int boot) {}
}
