package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.StoreQuarantined;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sets damaged files aside, where they are kept, and declares what was in them. Owned by the store thread. */
final class Damage {
    static final String PREFIX = "outbox-damaged-";
    private static final String SUFFIX = ".db";
    private static final Pattern NAME = Pattern.compile(PREFIX + "-?[0-9]{1,17}\\" + SUFFIX);

    private final Path dir;

    Damage(Path dir) {
        this.dir = dir;
    }

    /** Moves database and log aside and says how the database is called now. */
    String setAside(long wallMillis) throws IOException {
        List<Path> before = files(dir);
        // the wall clock may have jumped back: a later file has the higher number all the same
        long number = before.isEmpty() ? wallMillis : Math.max(wallMillis, number(before.getLast()) + 1);
        String name = PREFIX + number + SUFFIX;
        // the log first: a database without its log is seen to miss rows, a log without its database is nothing
        move(dir.resolve(Store.WAL_NAME), dir.resolve(name + "-wal"));
        move(dir.resolve(Store.NAME), dir.resolve(name));
        try (FileChannel folder = FileChannel.open(dir, StandardOpenOption.READ)) {
            folder.force(true);
        }
        List<Path> kept = files(dir);
        for (Path old : kept.subList(0, Math.max(0, kept.size() - Limits.DAMAGED_FILES))) {
            Files.deleteIfExists(old);
            Files.deleteIfExists(dir.resolve(old.getFileName() + "-wal"));
        }
        return name;
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
