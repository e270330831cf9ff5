package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a state directory without changing it. While an agent runs it has the database for itself, so the figures
 * come from the small file beside it; else every row is read and its chain is checked. Thread-safe.
 */
public final class OutboxInspector {
    private static final int ROWS_AT_ONCE = 1000;

    private OutboxInspector() {}

    public static OutboxReport inspect(Path dir) {
        try {
            requireOpen(dir);
            if (!Files.exists(dir.resolve(Store.NAME)) && !Files.exists(dir.resolve(Highwater.NAME))) {
                throw new OutboxException(
                        OutboxException.Category.PERMANENT,
                        "there is no store in " + dir,
                        "Give the folder that holds " + Store.NAME + ": state.dir of the device's file.");
            }
            return DirectoryLock.isTaken(dir) ? running(dir) : stopped(dir);
        } catch (IOException e) {
            throw new OutboxException(
                    OutboxException.Category.PERMANENT,
                    "the store in " + dir + " cannot be read: " + e.getMessage(),
                    "Run the command as a user who may read the folder.",
                    e);
        }
    }

    /** To who may not look into a folder, nothing seems to be there. */
    private static void requireOpen(Path dir) throws IOException {
        if (Files.isDirectory(dir) && !Files.isExecutable(dir)) {
            throw new AccessDeniedException(dir.toAbsolutePath().toString(), null, "this user may not");
        }
    }

    private static OutboxReport running(Path dir) throws IOException {
        Figures figures = Highwater.read(dir);
        return figures == null
                ? report(dir, true, null, List.of(), "the figures of the running agent cannot be read")
                : report(dir, true, figures, unverified(figures), null);
    }

    private static OutboxReport stopped(Path dir) throws IOException {
        return looking(dir, (file, immutable) -> look(dir, file, immutable));
    }

    /**
     * Tells each batch that waits for the fleet, the urgent streams first, checked against the hash chain. No agent may run.
     *
     * @return false if one does, and nothing was told
     */
    public static boolean read(Path dir, BatchReader reader) throws IOException {
        requireOpen(dir);
        if (!Files.exists(dir.resolve(Store.NAME))) {
            throw new OutboxException(
                    OutboxException.Category.PERMANENT,
                    "there is no store in " + dir,
                    "Give the folder that holds " + Store.NAME + ": state.dir of the device's file.");
        }
        if (DirectoryLock.isTaken(dir)) {
            return false;
        }
        return looking(dir, (file, immutable) -> {
            try (Store store = Store.openToLook(file, immutable)) {
                for (Stream stream : Stream.values()) {
                    walk(store, stream, reader);
                }
                return true;
            } catch (SQLException | CorruptException e) {
                throw new OutboxException(
                        OutboxException.Category.PERMANENT,
                        "the store in " + dir + " is damaged: " + e.getMessage(),
                        "Start the agent: it sets the store aside and saves what can be read.",
                        e);
            }
        });
    }

    /** Takes batches, one after the other. */
    @FunctionalInterface
    public interface BatchReader {
        void read(Batch batch) throws IOException;
    }

    private interface Look<T> {
        T at(Path file, boolean immutable) throws IOException;
    }

    private static <T> T looking(Path dir, Look<T> look) throws IOException {
        boolean unclean = Files.exists(dir.resolve(Store.WAL_NAME)) && Files.size(dir.resolve(Store.WAL_NAME)) > 0;
        if (!unclean) {
            return look.at(dir.resolve(Store.NAME), true);
        }
        // SQLite would have to write to read a log that was left behind, so it gets a copy
        Path copy = Files.createTempDirectory("fulmar-inspect");
        try {
            Files.copy(dir.resolve(Store.NAME), copy.resolve(Store.NAME));
            Files.copy(dir.resolve(Store.WAL_NAME), copy.resolve(Store.WAL_NAME));
            return look.at(copy.resolve(Store.NAME), false);
        } finally {
            try (java.util.stream.Stream<Path> files = Files.list(copy)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(copy);
        }
    }

    private static OutboxReport look(Path dir, Path file, boolean immutable) throws IOException {
        try (Store store = Store.openToLook(file, immutable)) {
            List<OutboxReport.StreamReport> streams = new ArrayList<>();
            for (Stream stream : Stream.values()) {
                streams.add(verified(store, stream));
            }
            return report(dir, false, store.figures(), streams, null);
        } catch (SQLException | CorruptException e) {
            Figures remembered = Highwater.read(dir);
            return report(
                    dir,
                    false,
                    remembered,
                    remembered == null ? List.of() : unverified(remembered),
                    "the store is damaged: " + e.getMessage() + "; the agent will set it aside when it starts");
        }
    }

    private static OutboxReport.StreamReport verified(Store store, Stream stream)
            throws SQLException, CorruptException, IOException {
        Tally tally = new Tally();
        Book book = walk(store, stream, tally);
        return new OutboxReport.StreamReport(
                stream, book.tail() + 1, book.acked(), counters(book), tally.bytes, tally.oldest);
    }

    private static final class Tally implements BatchReader {
        private long bytes;
        private @Nullable Long oldest;

        @Override
        public void read(Batch batch) {
            for (Row row : batch.rows()) {
                if (row instanceof Row.Data data) {
                    oldest = bytes == 0 ? wallMillis(data.record()) : oldest;
                    bytes += data.record().length;
                }
            }
        }
    }

    private static Book walk(Store store, Stream stream, BatchReader reader)
            throws SQLException, CorruptException, IOException {
        Book book = store.book(stream);
        for (long from = book.acked() + 1; from <= book.tail(); ) {
            Batch batch = store.read(stream, from, ROWS_AT_ONCE, io.fulmar.sync.wire.Limits.INFLATED_BYTES / 2);
            if (batch == null) {
                throw new CorruptException(stream.topicName() + "/" + from + ": the row is missing");
            }
            reader.read(batch);
            from = batch.last() + 1;
        }
        return book;
    }

    private static @Nullable Long wallMillis(byte[] record) {
        try {
            return Records.decode(record).at().wallMillis();
        } catch (WireException e) {
            return null;
        }
    }

    private static List<OutboxReport.StreamReport> unverified(Figures figures) {
        List<OutboxReport.StreamReport> streams = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            Book book = figures.book(stream);
            streams.add(new OutboxReport.StreamReport(stream, book.tail() + 1, book.acked(), counters(book), -1, null));
        }
        return streams;
    }

    private static Counters counters(Book book) {
        return new Counters(
                book.recorded(), book.acknowledged(), book.buffered(), book.evicted(), book.quarantined(), 0);
    }

    private static OutboxReport report(
            Path dir,
            boolean running,
            @Nullable Figures figures,
            List<OutboxReport.StreamReport> streams,
            @Nullable String problem)
            throws IOException {
        long bytes = 0;
        for (String name : List.of(Store.NAME, Store.WAL_NAME)) {
            bytes += Files.exists(dir.resolve(name)) ? Files.size(dir.resolve(name)) : 0;
        }
        return new OutboxReport(
                dir,
                running,
                figures == null ? 0 : figures.epoch(),
                figures == null ? 0 : figures.boot(),
                bytes,
                streams,
                Damage.files(dir).stream()
                        .map(file -> file.getFileName().toString())
                        .toList(),
                problem);
    }
}
