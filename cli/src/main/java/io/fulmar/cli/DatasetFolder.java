package io.fulmar.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder of samples as programs for training read it: a folder for each label with a file for each sample, and
 * {@code samples.csv}, which says of each what is known. Made again it only gains: what is there stays, and what got another
 * label moves. Owned by the main thread.
 */
public final class DatasetFolder {
    /** Where those are that have no label. */
    public static final String UNLABELLED = "unlabelled";

    private static final String TABLE = "samples.csv";
    private static final List<String> COLUMNS = List.of(
            "id",
            "device",
            "receipt",
            "pipeline",
            "model",
            "release",
            "predicted",
            "score",
            "truth",
            "rule",
            "time",
            "file");
    private static final int FILE = COLUMNS.indexOf("file");
    private static final int FOLDER_CHARS = 100;

    private final Path dir;
    private final Map<String, List<String>> rows = new LinkedHashMap<>();

    /** Gives the content of a sample. */
    @FunctionalInterface
    public interface ContentOf {
        byte[] bytes() throws IOException;
    }

    /**
     * What is known of a sample.
     *
     * @param id names it and its file
     * @param label in whose folder it is; {@link #UNLABELLED} for none
     * @param format the ending of its file
     *     <p>Immutable.
     */
    public record Entry(
            String id,
            String device,
            String receipt,
            String pipeline,
            String model,
            String release,
            String predicted,
            String score,
            String truth,
            String rule,
            String time,
            String label,
            String format) {
        private List<String> row(String file) {
            return List.of(id, device, receipt, pipeline, model, release, predicted, score, truth, rule, time, file);
        }
    }

    private DatasetFolder(Path dir) {
        this.dir = dir;
    }

    /** The one in that folder, which is made where it is missing. */
    public static DatasetFolder open(Path dir) throws IOException {
        Files.createDirectories(dir);
        DatasetFolder folder = new DatasetFolder(dir);
        Path table = dir.resolve(TABLE);
        if (Files.exists(table)) {
            List<List<String>> lines = parsed(Files.readString(table));
            if (lines.isEmpty() || !lines.getFirst().equals(COLUMNS)) {
                throw new IOException(table + " is not one that this command has made");
            }
            for (List<String> row : lines.subList(1, lines.size())) {
                if (row.size() == COLUMNS.size()) {
                    folder.rows.put(row.getFirst(), row);
                }
            }
        }
        return folder;
    }

    /** Puts a sample into it; false where it was there, under that label. */
    public boolean add(Entry entry, ContentOf content) throws IOException {
        String file = folder(entry.label()) + "/" + entry.id() + "." + entry.format();
        Path path = dir.resolve(file);
        List<String> before = rows.get(entry.id());
        if (before != null && before.get(FILE).equals(file) && Files.exists(path)) {
            rows.put(entry.id(), entry.row(file));
            return false;
        }
        Files.createDirectories(dir.resolve(folder(entry.label())));
        Path moved = before == null ? null : dir.resolve(before.get(FILE)).normalize();
        if (moved != null && moved.startsWith(dir.normalize()) && Files.isRegularFile(moved)) {
            Files.move(moved, path, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Path unfinished = path.resolveSibling(path.getFileName() + ".part");
            Files.write(unfinished, content.bytes());
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        }
        rows.put(entry.id(), entry.row(file));
        return true;
    }

    /** Writes what is known of all. */
    public void finish() throws IOException {
        StringBuilder text = new StringBuilder(line(COLUMNS));
        rows.values().forEach(row -> text.append(line(row)));
        Path unfinished = dir.resolve(TABLE + ".part");
        Files.writeString(unfinished, text);
        Files.move(unfinished, dir.resolve(TABLE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A label as a folder can be called, so that no two share one. */
    private static String folder(String label) {
        String plain = label.replaceAll("[^\\p{L}\\p{N} ._-]", "_");
        plain = plain.length() > FOLDER_CHARS ? plain.substring(0, FOLDER_CHARS) : plain;
        boolean same = plain.equals(label) && !plain.startsWith(".") && !plain.endsWith(" ") && !plain.isBlank();
        return same ? plain : "_" + plain.strip() + "-" + digest(label);
    }

    private static String digest(String label) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(label.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(sum, 4));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String line(List<String> cells) {
        List<String> quoted = cells.stream().map(DatasetFolder::quoted).toList();
        return String.join(",", quoted) + "\n";
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }

    private static List<List<String>> parsed(String text) {
        List<List<String>> lines = new ArrayList<>();
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (inside && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                cell.append(c);
                i++;
            } else if (c == '"') {
                inside = !inside;
            } else if (!inside && (c == ',' || c == '\n')) {
                cells.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    lines.add(List.copyOf(cells));
                    cells.clear();
                }
            } else {
                cell.append(c);
            }
        }
        return lines;
    }
}
