package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.Floors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The number that a model's releases must have at least, by the model's name; it only rises. Kept apart from the store, so
 * that whoever wipes the store brings back nothing that was withdrawn, and twice, so that one damaged file is no loss: of
 * two that differ the higher floor counts.
 *
 * <p>Owned by one thread.
 */
public final class KeptFloors implements Floors {
    static final List<String> FILES = List.of("floors", "floors.copy");
    private static final String MAGIC = "fulmar-floors 1 ";
    private static final int DIGEST_CHARS = 64;

    private final Path dir;
    private final SortedMap<String, Long> floors = new TreeMap<>();
    private @Nullable String trouble;
    private boolean whole = true;

    private KeptFloors(Path dir) {
        this.dir = dir;
    }

    /**
     * Reads what is kept in that folder. Never fails: what cannot be read is {@link #trouble}.
     *
     * @param dir the folder {@code trust} of the state directory
     */
    public static KeptFloors open(Path dir) {
        KeptFloors floors = new KeptFloors(dir);
        int absent = 0;
        StringBuilder wrong = new StringBuilder();
        for (String name : FILES) {
            Path file = dir.resolve(name);
            try (InputStream in = Files.newInputStream(file)) {
                SortedMap<String, Long> read = decode(in.readNBytes(Limits.FLOORS_BYTES + 1));
                if (read == null) {
                    wrong.append(wrong.isEmpty() ? "" : "; ").append(file).append(" is damaged");
                } else {
                    read.forEach((model, floor) -> floors.floors.merge(model, floor, Math::max));
                }
            } catch (NoSuchFileException e) {
                absent++;
            } catch (IOException e) {
                wrong.append(wrong.isEmpty() ? "" : "; ").append(file).append(" cannot be read: ");
                wrong.append(DiskFiles.said(e));
            }
        }
        floors.whole = wrong.isEmpty() && absent == 0;
        if (!wrong.isEmpty()) {
            floors.trouble = wrong.toString();
        }
        return floors;
    }

    /** The lowest number of a release of that model that may be accepted; 0 where none was ever named. */
    @Override
    public long floor(String model) {
        return floors.getOrDefault(model, 0L);
    }

    /** What was wrong when they were read; null if nothing was. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** Lets the floor rise; on the disk when this returns. A lower one changes nothing. */
    public void raise(String model, long floor) {
        if (!Activation.isName(model)) {
            throw new IllegalArgumentException("not the name of a model: " + model);
        }
        if (floor <= floor(model) && whole) {
            return;
        }
        SortedMap<String, Long> after = new TreeMap<>(floors);
        if (floor > floor(model)) {
            after.put(model, floor);
        }
        byte[] bytes = encode(after);
        try {
            DiskFiles.createFolders(dir);
            for (String name : FILES) {
                DiskFiles.replace(dir.resolve(name), bytes);
            }
        } catch (IOException e) {
            whole = false;
            throw StoreException.failed(dir, "written", e);
        }
        whole = true;
        floors.putAll(after);
    }

    private static byte[] encode(SortedMap<String, Long> floors) {
        StringBuilder body = new StringBuilder();
        floors.forEach((model, floor) ->
                body.append(model).append(' ').append((long) floor).append('\n'));
        String digest = Digest.of(body.toString().getBytes(StandardCharsets.UTF_8));
        return (MAGIC + digest + "\n" + body).getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable SortedMap<String, Long> decode(byte[] bytes) {
        int head = MAGIC.length() + DIGEST_CHARS + 1;
        if (bytes.length < head || bytes.length > Limits.FLOORS_BYTES) {
            return null;
        }
        byte[] body = Arrays.copyOfRange(bytes, head, bytes.length);
        if (!new String(bytes, 0, head, StandardCharsets.UTF_8).equals(MAGIC + Digest.of(body) + "\n")) {
            return null;
        }
        SortedMap<String, Long> floors = new TreeMap<>();
        for (String line : new String(body, StandardCharsets.UTF_8).lines().toList()) {
            String[] words = line.split(" ", -1);
            floors.put(words[0], Long.parseLong(words[1]));
        }
        return floors;
    }
}
