package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of one stream, and its line in the table of streams. Owned by the store thread. */
final class StreamTable {
    private final Stream stream;
    private final PreparedStatement insert;
    private final PreparedStatement select;
    private final PreparedStatement before;
    private final PreparedStatement sizes;
    private final PreparedStatement delete;
    private final PreparedStatement insertGap;
    private final PreparedStatement writeBook;
    private final PreparedStatement readBook;

    StreamTable(Database database, Stream stream) throws SQLException {
        this.stream = stream;
        String table = stream.topicName();
        this.insert = database.prepare("INSERT INTO " + table + "(seq, at, hash, record) VALUES (?, ?, ?, ?)");
        this.select = database.prepare(
                "SELECT seq, hash, record, last, reason FROM " + table + " WHERE seq >= ? ORDER BY seq LIMIT ?");
        this.before = database.prepare(
                "SELECT seq, hash, last, at FROM " + table + " WHERE seq < ? ORDER BY seq DESC LIMIT 1");
        this.sizes = database.prepare(
                "SELECT seq, length(record), at FROM " + table + " WHERE seq >= ? ORDER BY seq LIMIT ?");
        this.delete = database.prepare("DELETE FROM " + table + " WHERE seq BETWEEN ? AND ?");
        this.insertGap =
                database.prepare("INSERT INTO " + table + "(seq, at, hash, last, reason) VALUES (?, ?, ?, ?, ?)");
        this.writeBook = database.prepare("INSERT OR REPLACE INTO stream(id, acked, acked_hash, acknowledged, evicted,"
                + " quarantined, recorded_before, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        this.readBook = database.prepare("SELECT acked, acked_hash, acknowledged, evicted, quarantined,"
                + " recorded_before, sum FROM stream WHERE id = ?");
    }

    static void create(Database database, Stream stream) throws SQLException {
        database.execute("CREATE TABLE " + stream.topicName() + "(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
                + " hash BLOB NOT NULL, record BLOB, last INTEGER, reason INTEGER)");
    }

    void insert(long seq, long at, ChainHash hash, byte[] record) throws SQLException {
        insert.setLong(1, seq);
        insert.setLong(2, at);
        insert.setBytes(3, hash.bytes());
        insert.setBytes(4, record);
        insert.executeUpdate();
    }

    void insertGap(Book.GapRow gap, long at) throws SQLException {
        insertGap.setLong(1, gap.first());
        insertGap.setLong(2, at);
        insertGap.setBytes(3, gap.hash().bytes());
        insertGap.setLong(4, gap.last());
        insertGap.setInt(5, gap.reason().number());
        insertGap.executeUpdate();
    }

    int delete(long first, long last) throws SQLException {
        delete.setLong(1, first);
        delete.setLong(2, last);
        return delete.executeUpdate();
    }

    /** The row that covers the last sequence before that one; null when there is none. */
    @Nullable
    End endBefore(long seq) throws SQLException, CorruptException {
        before.setLong(1, seq);
        try (ResultSet row = before.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            long first = row.getLong(1);
            long last = row.getLong(3);
            return new End(row.wasNull() ? first : last, hash(row.getBytes(2)), row.getLong(4));
        }
    }

    /**
     * The rows from that place on, which must begin exactly there and continue the chain without a hole.
     *
     * @param previous the chain hash before the first of them
     */
    List<Row> read(long epoch, long first, ChainHash previous, int maxRows, long maxBytes)
            throws SQLException, CorruptException {
        select.setLong(1, first);
        select.setInt(2, maxRows);
        List<Row> rows = new ArrayList<>();
        ChainHash chain = previous;
        long seq = first;
        long bytes = 0;
        try (ResultSet found = select.executeQuery()) {
            while (found.next()) {
                if (found.getLong(1) != seq) {
                    throw corrupt(seq, "row " + found.getLong(1) + " stands in its place");
                }
                byte[] record = found.getBytes(3);
                bytes += Limits.ROW_OVERHEAD_BYTES + (record == null ? 0 : record.length);
                if (bytes > maxBytes && !rows.isEmpty()) {
                    break;
                }
                ChainHash hash = hash(found.getBytes(2));
                if (record == null) {
                    long last = found.getLong(4);
                    rows.add(new Row.Gap(last, reason(seq, found.getInt(5)), last - seq + 1, hash));
                    if (last < seq) {
                        throw corrupt(seq, "its gap ends at " + last);
                    }
                    seq = last + 1;
                } else {
                    if (!chain.next(epoch, stream, seq, record).equals(hash)) {
                        throw corrupt(seq, "the hash chain breaks");
                    }
                    rows.add(new Row.Data(record));
                    seq++;
                }
                chain = hash;
            }
        }
        return rows;
    }

    /** The last record, from that one on, up to which records take that many bytes, or that many rows. */
    long endOfBytes(long first, long bytes, int maxRows) throws SQLException {
        sizes.setLong(1, first);
        sizes.setInt(2, maxRows);
        long last = first - 1;
        try (ResultSet rows = sizes.executeQuery()) {
            for (long sum = 0; sum < bytes && rows.next(); last = rows.getLong(1)) {
                sum += rows.getLong(2) + Limits.ROW_OVERHEAD_BYTES;
            }
        }
        return last;
    }

    /** The last record, from that one on, up to which all are older than that; at most that many rows. */
    long endOfAge(long first, long before, int maxRows) throws SQLException {
        sizes.setLong(1, first);
        sizes.setInt(2, maxRows);
        long last = first - 1;
        try (ResultSet rows = sizes.executeQuery()) {
            while (rows.next() && rows.getLong(3) < before) {
                last = rows.getLong(1);
            }
        }
        return last;
    }

    void write(Book book) throws SQLException {
        writeBook.setInt(1, stream.number());
        writeBook.setLong(2, book.acked());
        writeBook.setBytes(3, book.ackedHash().bytes());
        writeBook.setLong(4, book.acknowledged());
        writeBook.setLong(5, book.evicted());
        writeBook.setLong(6, book.quarantined());
        writeBook.setLong(7, book.recordedBefore());
        writeBook.setBytes(8, sum(book));
        writeBook.executeUpdate();
    }

    /** The book as it is written, with what the rows say about it: the gaps at the front and the end of the chain. */
    Book readBook() throws SQLException, CorruptException {
        Book book;
        readBook.setInt(1, stream.number());
        try (ResultSet row = readBook.executeQuery()) {
            if (!row.next()) {
                throw new CorruptException("the line of stream " + stream.topicName() + " is missing");
            }
            long acked = row.getLong(1);
            ChainHash ackedHash = hash(row.getBytes(2));
            book = new Book(
                    stream,
                    acked,
                    ackedHash,
                    acked,
                    ackedHash,
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    List.of());
            if (!ByteBuffer.wrap(sum(book)).equals(ByteBuffer.wrap(nonNull(row.getBytes(7))))) {
                throw new CorruptException("the line of stream " + stream.topicName() + " is damaged");
            }
        }
        End end = endBefore(Long.MAX_VALUE);
        if (end != null) {
            book = book.appended(end.seq(), end.hash());
        }
        List<Book.GapRow> gaps = gaps(book.acked() + 1);
        book = book.evicted(book.firstRecord() - 1, gaps);
        if (!book.conserves()) {
            throw new CorruptException("the counters of stream " + stream.topicName() + " do not add up: " + book);
        }
        return book;
    }

    private List<Book.GapRow> gaps(long first) throws SQLException, CorruptException {
        List<Book.GapRow> gaps = new ArrayList<>();
        select.setLong(1, 0);
        select.setInt(2, Limits.GAPS + 1);
        long seq = first;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                if (rows.getLong(1) != seq) {
                    throw corrupt(seq, "row " + rows.getLong(1) + " stands in its place");
                }
                long last = rows.getLong(4);
                if (rows.wasNull()) {
                    break;
                }
                gaps.add(new Book.GapRow(seq, last, reason(seq, rows.getInt(5)), hash(rows.getBytes(2))));
                seq = last + 1;
            }
        }
        return gaps;
    }

    private byte[] sum(Book book) {
        return sum(stream, book);
    }

    static byte[] sum(Stream stream, Book book) {
        ByteBuffer buffer = ByteBuffer.allocate(1 + Book.BYTES).put((byte) stream.number());
        book.appended(0, ChainHash.ZERO).write(buffer);
        return Figures.sum(buffer.array(), buffer.position());
    }

    private GapReason reason(long seq, int number) throws CorruptException {
        try {
            return GapReason.of(number);
        } catch (WireException e) {
            throw corrupt(seq, "its gap has the unknown reason " + number);
        }
    }

    private ChainHash hash(byte @Nullable [] bytes) throws CorruptException {
        if (bytes == null || bytes.length != ChainHash.BYTES) {
            throw new CorruptException("a hash in stream " + stream.topicName() + " is damaged");
        }
        return ChainHash.of(bytes);
    }

    private static byte[] nonNull(byte @Nullable [] bytes) {
        return bytes == null ? new byte[0] : bytes;
    }

    private CorruptException corrupt(long seq, String what) {
        return new CorruptException(stream.topicName() + "/" + seq + ": " + what);
    }

    /** Where a row ends. Immutable. */
    record End(long seq, ChainHash hash, long at) {}
}
