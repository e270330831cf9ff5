package io.fulmar.agent.command;

import io.fulmar.model.disk.LineJournal;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
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
    static final String DAMAGED = "journal.damaged";

    private final Path dir;
    private final LineJournal file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long floorMillis;
    private boolean loaded;
    private @Nullable String damage;

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
        this.file = new LineJournal(dir.resolve(FILE));
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
            file.append(JsonText.of(started(entry)), true);
        } catch (IOException e) {
            file.giveUp();
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
            if (file.length() > Limits.JOURNAL_COMPACT_BYTES) {
                purgeIfItHelps(nowMillis);
            }
        } catch (IOException e) {
            file.giveUp(); // the next command tries again, and is refused if that fails, too
        }
    }

    private void makeReady(long nowMillis) throws IOException {
        if (!loaded) {
            load(nowMillis);
            loaded = true;
        }
        if (!file.isOpen()) {
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
            if (file.isOpen()) {
                file.append(JsonText.of(said), flush);
            }
        } catch (IOException e) {
            file.giveUp(); // it is written anew before the next command begins
        }
    }

    private void rewrite() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(JsonText.of(Map.of("is", "floor", "expires", floorMillis)));
        for (Entry entry : entries.values()) {
            lines.add(JsonText.of(started(entry)));
            if (entry.answer() != null) {
                lines.add(JsonText.of(finished(entry.id(), entry.answer())));
            }
            if (entry.recorded()) {
                lines.add(JsonText.of(recordedLine(entry.id())));
            }
        }
        file.rewrite(lines);
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
        LineJournal.Content content = file.read();
        int lost = content.damaged();
        for (String line : content.lines()) {
            if (!take(line)) {
                lost++;
            }
        }
        if (lost > 0) {
            file.copyTo(dir.resolve(DAMAGED));
            raiseFloor(Math.max(nowMillis, content.writtenMillis()) + Limits.EXPIRY.toMillis());
            damage = lost + " lines of " + dir.resolve(FILE) + " are damaged; what expires before "
                    + Instant.ofEpochMilli(floorMillis) + " is refused";
        }
    }

    /** Above all that a lost line may have been: nothing expires later than it could when it was begun. */
    private void raiseFloor(long atLeast) {
        floorMillis = Math.max(floorMillis, atLeast);
        for (Entry entry : entries.values()) {
            floorMillis = Math.max(floorMillis, entry.expiresMillis());
        }
    }

    /** Takes a line in; false if it is not what was written. */
    private boolean take(String line) {
        try {
            Map<String, @Nullable Object> said = JsonText.read(line);
            switch (text(said, "is")) {
                case "floor" -> floorMillis = Math.max(floorMillis, number(said, "expires"));
                case "started" -> {
                    Entry entry = new Entry(
                            text(said, "id"),
                            text(said, "type"),
                            number(said, "expires"),
                            text(said, "digest"),
                            null,
                            false);
                    entries.put(entry.id(), entry);
                }
                case "finished" -> {
                    byte[] answer = text(said, "answer").getBytes(StandardCharsets.UTF_8);
                    CommandAnswer read = Commands.decodeAnswer(answer);
                    entries.computeIfPresent(text(said, "id"), (id, entry) -> entry.finished(read));
                }
                case "recorded" -> entries.computeIfPresent(text(said, "id"), (id, entry) -> entry.asRecorded());
                default -> {
                    return false;
                }
            }
            return true;
        } catch (WireException e) {
            return false;
        }
    }

    private static String text(Map<String, @Nullable Object> said, String name) {
        if (said.get(name) instanceof String text) {
            return text;
        }
        throw new WireException("no text '" + name + "'");
    }

    private static long number(Map<String, @Nullable Object> said, String name) {
        return switch (said.get(name)) {
            case Integer value -> value;
            case Long value -> value;
            case null, default -> throw new WireException("no number '" + name + "'");
        };
    }

    @Override
    public void close() {
        file.close();
    }
}
