package io.fulmar.agent.command;

import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.WireException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What makes a changing command happen at most once: the ids of those that were begun, until they have expired.
 *
 * <p>A file of lines, each with its checksum, only appended to: {@code started} is flushed to the disk before the effect,
 * {@code finished} after it with the answer. What is found started and not finished was cut off, and is never repeated.
 * An id that has expired is purged, and the <em>floor</em> rises to the latest expiry that was purged: what expires at or
 * below the floor has expired whatever a clock says. A line that was lost to damage raises the floor above everything
 * that it may have been. Owned by the command thread.
 */
final class Journal implements AutoCloseable {
    static final String FILE = "journal";
    static final String FRESH = "journal.new";
    static final String DAMAGED = "journal.damaged";

    private final Path dir;
    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long floorMillis;
    private boolean loaded;
    private @Nullable String damage;

    /** Null while the file does not say all that is known: then it is written anew before anything is appended. */
    private @Nullable FileChannel channel;

    private long length;

    /**
     * A changing command that was begun.
     *
     * @param digest of what it says, so that another one under the same id is not taken for it
     * @param answer null while it is under way
     * @param recorded whether the answer has a row in the store
     *     <p>Immutable.
     */
    record Entry(
            String id,
            String type,
            long expiresMillis,
            String digest,
            @Nullable CommandAnswer answer,
            boolean recorded) {
        Entry finished(CommandAnswer with) {
            return new Entry(id, type, expiresMillis, digest, with, recorded);
        }

        Entry asRecorded() {
            return new Entry(id, type, expiresMillis, digest, answer, true);
        }
    }

    /** Whether a command may be begun. Immutable. */
    sealed interface Beginning {
        /** It is on the disk that it was begun. */
        record Begun() implements Beginning {}

        /** It must not be begun. */
        record Refused(Refusal refusal, String reason) implements Beginning {}
    }

    private Journal(Path dir) {
        this.dir = dir;
        this.file = dir.resolve(FILE);
    }

    /**
     * Opens the journal in that folder, or begins one. Never fails: where the disk does not let it, {@link #begin} refuses
     * until it does.
     */
    static Journal open(Path dir, long nowMillis) {
        Journal journal = new Journal(dir);
        journal.maintain(nowMillis);
        return journal;
    }

    // ---- look

    /** The command with that id, if it was begun. */
    @Nullable
    Entry find(String id) {
        return entries.get(id);
    }

    /** What expires at or before this has expired, whatever the clock says. */
    long floorMillis() {
        return floorMillis;
    }

    /** All that were begun and have not been purged. */
    List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /** What was wrong with the file when it was read; null if nothing was. */
    @Nullable
    String damage() {
        return damage;
    }

    // ---- change

    /** Writes down that the command is begun, before it is. */
    Beginning begin(String id, String type, long expiresMillis, String digest, long nowMillis) {
        Entry entry = new Entry(id, type, expiresMillis, digest, null, false);
        try {
            makeReady(nowMillis);
            if (entries.size() >= Limits.JOURNAL_IDS) {
                purgeIfItHelps(nowMillis);
            }
            if (entries.size() >= Limits.JOURNAL_IDS) {
                return new Beginning.Refused(
                        Refusal.TOO_MANY,
                        Limits.JOURNAL_IDS + " commands have not expired yet; let them expire sooner");
            }
            append(JournalLine.of(started(entry)), true);
        } catch (IOException e) {
            giveUpFile();
            return new Beginning.Refused(Refusal.JOURNAL, "the journal cannot be written: " + e);
        }
        entries.put(id, entry);
        return new Beginning.Begun();
    }

    /** Writes down how the command ended. While the disk refuses that, it is known until the process ends. */
    void finish(String id, CommandAnswer answer) {
        Entry entry = Objects.requireNonNull(entries.get(id), id).finished(answer);
        entries.put(id, entry);
        appendIfReady(finished(id, answer), true);
    }

    /** Writes down that the answer has its row; not flushed, since a row too many harms nobody. */
    void recorded(String id) {
        Entry entry = entries.get(id);
        if (entry != null && !entry.recorded()) {
            entries.put(id, entry.asRecorded());
            appendIfReady(recordedLine(id), false);
        }
    }

    /** Repairs what could not be written, and purges what has expired where that is worth it. */
    void maintain(long nowMillis) {
        try {
            makeReady(nowMillis);
            if (length > Limits.JOURNAL_COMPACT_BYTES) {
                purgeIfItHelps(nowMillis);
            }
        } catch (IOException e) {
            giveUpFile(); // the next command tries again, and is refused if that fails, too
        }
    }

    private void makeReady(long nowMillis) throws IOException {
        if (!loaded) {
            load(nowMillis);
            loaded = true;
        }
        if (channel == null) {
            rewrite();
        }
    }

    private void purgeIfItHelps(long nowMillis) throws IOException {
        List<Entry> over =
                entries().stream().filter(entry -> isOver(entry, nowMillis)).toList();
        for (Entry entry : over) {
            floorMillis = Math.max(floorMillis, entry.expiresMillis());
            entries.remove(entry.id());
        }
        if (!over.isEmpty()) {
            giveUpFile();
            rewrite();
        }
    }

    /** An answer that never got its row is kept a while longer. */
    private static boolean isOver(Entry entry, long nowMillis) {
        long patience = entry.recorded() ? 0 : Limits.EXPIRY.toMillis();
        return entry.answer() != null && entry.expiresMillis() < nowMillis - patience;
    }

    // ---- write

    private void appendIfReady(Map<String, Object> said, boolean flush) {
        try {
            if (channel != null) {
                append(JournalLine.of(said), flush);
            }
        } catch (IOException e) {
            giveUpFile();
        }
    }

    private void append(byte[] line, boolean flush) throws IOException {
        FileChannel open = Objects.requireNonNull(channel);
        write(open, line);
        if (flush) {
            open.force(false);
        }
        length += line.length;
    }

    /** Writes the file anew, beside the old one until it is whole. */
    private void rewrite() throws IOException {
        Files.createDirectories(dir);
        Path fresh = dir.resolve(FRESH);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(JournalLine.of(Map.of("is", "floor", "expires", floorMillis)));
        for (Entry entry : entries.values()) {
            all.writeBytes(JournalLine.of(started(entry)));
            if (entry.answer() != null) {
                all.writeBytes(JournalLine.of(finished(entry.id(), entry.answer())));
            }
            if (entry.recorded()) {
                all.writeBytes(JournalLine.of(recordedLine(entry.id())));
            }
        }
        FileChannel open = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        try {
            write(open, all.toByteArray());
            open.force(true);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel folder = FileChannel.open(dir, StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            open.close();
            throw e;
        }
        channel = open; // it goes where its file was moved
        length = all.size();
    }

    private static void write(FileChannel open, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            open.write(buffer);
        }
    }

    /** After any error nobody knows what the file holds. */
    private void giveUpFile() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // it was given up anyway
        } finally {
            channel = null;
        }
    }

    private static Map<String, Object> started(Entry entry) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("is", "started");
        said.put("id", entry.id());
        said.put("type", entry.type());
        said.put("expires", entry.expiresMillis());
        said.put("digest", entry.digest());
        return said;
    }

    private static Map<String, Object> finished(String id, CommandAnswer answer) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("is", "finished");
        said.put("id", id);
        said.put("answer", new String(Commands.encode(answer), StandardCharsets.UTF_8));
        return said;
    }

    private static Map<String, Object> recordedLine(String id) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("is", "recorded");
        said.put("id", id);
        return said;
    }

    // ---- read

    private void load(long nowMillis) throws IOException {
        byte[] bytes;
        long writtenMillis;
        try {
            bytes = Files.readAllBytes(file);
            writtenMillis = Files.getLastModifiedTime(file).toMillis();
        } catch (NoSuchFileException e) {
            return;
        }
        int lost = 0;
        for (int from = 0; from < bytes.length; ) {
            int end = from;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            if (!take(Arrays.copyOfRange(bytes, from, end)) && (end < bytes.length || !isTorn(bytes, from))) {
                lost++;
            }
            from = end + 1;
        }
        if (lost > 0) {
            Files.copy(file, dir.resolve(DAMAGED), StandardCopyOption.REPLACE_EXISTING);
            raiseFloor(Math.max(nowMillis, writtenMillis) + Limits.EXPIRY.toMillis());
            damage = lost + " lines of " + file + " are damaged; what expires before "
                    + Instant.ofEpochMilli(floorMillis) + " is refused";
        }
    }

    /**
     * A last line without its end is an append that never returned: what it speaks of was not begun. Unless it was whole,
     * and only its end has rotted.
     */
    private static boolean isTorn(byte[] bytes, int from) {
        return JournalLine.read(Arrays.copyOfRange(bytes, from, bytes.length - 1)) == null;
    }

    /** Above all that a lost line may have been: nothing expires later than it could when it was begun. */
    private void raiseFloor(long atLeast) {
        floorMillis = Math.max(floorMillis, atLeast);
        for (Entry entry : entries.values()) {
            floorMillis = Math.max(floorMillis, entry.expiresMillis());
        }
    }

    /** Takes a line in; false if it is not what was written. */
    private boolean take(byte[] line) {
        try {
            Map<String, @Nullable Object> said = JournalLine.read(line);
            if (said == null) {
                return false;
            }
            switch (JournalLine.text(said, "is")) {
                case "floor" -> floorMillis = Math.max(floorMillis, JournalLine.number(said, "expires"));
                case "started" -> {
                    Entry entry = new Entry(
                            JournalLine.text(said, "id"),
                            JournalLine.text(said, "type"),
                            JournalLine.number(said, "expires"),
                            JournalLine.text(said, "digest"),
                            null,
                            false);
                    entries.put(entry.id(), entry);
                }
                case "finished" -> {
                    byte[] answer = JournalLine.text(said, "answer").getBytes(StandardCharsets.UTF_8);
                    CommandAnswer read = Commands.decodeAnswer(answer);
                    entries.computeIfPresent(JournalLine.text(said, "id"), (id, entry) -> entry.finished(read));
                }
                case "recorded" ->
                    entries.computeIfPresent(JournalLine.text(said, "id"), (id, entry) -> entry.asRecorded());
                default -> {
                    return false;
                }
            }
            return true;
        } catch (WireException e) {
            return false;
        }
    }

    @Override
    public void close() {
        giveUpFile();
    }
}
