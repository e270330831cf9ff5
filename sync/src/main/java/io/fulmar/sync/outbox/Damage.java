package io.fulmar.sync.outbox;

import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.StoreQuarantined;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets damaged files aside, where they are kept, and declares what was in them. Owned by the store thread. */
final class Damage {
    static final String PREFIX = "outbox-damaged-";
    private static final Logger LOG = LoggerFactory.getLogger(Damage.class);
    private static final String SUFFIX = ".db";
    private static final String KEPT_LOG = Store.WAL_NAME + "-kept";
    private static final Pattern NAME = Pattern.compile(PREFIX + "-?[0-9]{1,17}\\" + SUFFIX);

    private final Path dir;
    private final long mostBytes;

    /** @param mostBytes what the files that are kept may take together, beside the newest */
    Damage(Path dir, long mostBytes) {
        this.dir = dir;
        this.mostBytes = mostBytes;
    }

    /** Moves database and log aside, with what is known of them, and says how the database is called now. */
    String setAside(long wallMillis, @Nullable Figures former) throws IOException {
        List<Path> before = files(dir);
        // the wall clock may have jumped back: a later file has the higher number all the same
        long number = before.isEmpty() ? wallMillis : Math.max(wallMillis, number(before.getLast()) + 1);
        String name = PREFIX + number + SUFFIX;
        note(former, dir.resolve(name + SalvageFile.SUFFIX));
        // the log first: a database without its log is seen to miss rows, a log without its database is nothing
        boolean kept = Files.exists(dir.resolve(KEPT_LOG));
        move(dir.resolve(kept ? KEPT_LOG : Store.WAL_NAME), dir.resolve(name + "-wal"));
        Files.deleteIfExists(dir.resolve(Store.WAL_NAME)); // the one that was kept has all of it
        move(dir.resolve(Store.NAME), dir.resolve(name));
        try (FileChannel folder = FileChannel.open(dir, StandardOpenOption.READ)) {
            folder.force(true);
        }
        giveUpTheOldest();
        return name;
    }

    private static void note(@Nullable Figures former, Path file) {
        try {
            if (former != null) {
                new SalvageFile(former, SalvageFile.NOTHING).write(file, true);
            }
        } catch (IOException e) {
            LOG.warn("could not write {}, so less of the damaged store may be read back: {}", file, e.toString());
        }
    }

    /**
     * Keeps a copy of a log that looks damaged, since SQLite throws away what lies behind the first damaged frame as soon as it
     * opens it. Where there is no room for that, it does without.
     */
    void keepLog() {
        Path log = dir.resolve(Store.WAL_NAME);
        try {
            if (Files.exists(log) && Files.size(log) > 0 && DamagedStore.isDoubtful(dir.resolve(Store.NAME), log)) {
                copy(log, dir.resolve(KEPT_LOG));
            }
        } catch (IOException e) {
            LOG.warn("the log of the store looks damaged and cannot be copied: {}", e.toString());
            discardLog();
        }
    }

    /** It is on the disk before SQLite touches the log, since a power cut may come at once. */
    private static void copy(Path from, Path to) throws IOException {
        Files.deleteIfExists(to);
        try (InputStream in = Files.newInputStream(from);
                FileChannel out = FileChannel.open(
                        to,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            byte[] buffer = new byte[16 * Limits.PAGE_BYTES];
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
            }
            out.force(true);
        }
    }

    /** The store is whole: a copy of its log is not needed any more. */
    void discardLog() {
        try {
            Files.deleteIfExists(dir.resolve(KEPT_LOG));
        } catch (IOException e) {
            LOG.warn("could not delete {}: {}", KEPT_LOG, e.toString());
        }
    }

    /** Bounds what is kept, by number and by size; the newest stays whatever it takes. */
    private void giveUpTheOldest() throws IOException {
        List<Path> kept = files(dir);
        long bytes = 0;
        for (int i = kept.size() - 1; i >= 0; i--) {
            Path database = kept.get(i);
            Path log = dir.resolve(database.getFileName() + "-wal");
            bytes += Files.size(database) + (Files.exists(log) ? Files.size(log) : 0);
            boolean newest = i == kept.size() - 1;
            if (!newest && (kept.size() - i > Limits.DAMAGED_FILES || bytes > mostBytes)) {
                Files.deleteIfExists(database);
                Files.deleteIfExists(log);
                Files.deleteIfExists(dir.resolve(database.getFileName() + SalvageFile.SUFFIX));
            }
        }
    }

    /** Deletes a database that was begun and never opened. */
    void discard() throws IOException {
        Files.deleteIfExists(dir.resolve(Store.WAL_NAME));
        Files.deleteIfExists(dir.resolve(Store.NAME));
    }

    /** The damaged databases that are kept, oldest first. */
    static List<Path> files(Path dir) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.list(dir)) {
            return files.filter(
                            file -> NAME.matcher(file.getFileName().toString()).matches())
                    .sorted(Comparator.comparingLong(Damage::number))
                    .toList();
        }
    }

    private static long number(Path file) {
        String name = file.getFileName().toString();
        return Long.parseLong(name.substring(PREFIX.length(), name.length() - SUFFIX.length()));
    }

    /** One record a stream, for the first rows of the next epoch. */
    static List<Draft> declare(
            @Nullable Figures former, String reason, String file, long wallMillis, long uptimeMillis, int boot) {
        Stamp at = new Stamp(wallMillis, uptimeMillis, boot);
        List<Draft> drafts = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            StoreQuarantined record;
            if (former == null) {
                record = new StoreQuarantined(at, 0, stream, 1, -1, -1, reason, file);
            } else {
                Book book = former.book(stream);
                record = new StoreQuarantined(
                        at, former.epoch(), stream, book.acked() + 1, book.tail(), book.buffered(), reason, file);
            }
            drafts.add(new Draft(Stream.EVENT, Records.encode(record)));
        }
        return drafts;
    }

    private static void move(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
