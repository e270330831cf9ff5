package io.fulmar.agent.io;

import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replays rows of numbers, separated by comma, semicolon or tab. The first row without a number in it is a header; blank
 * rows and rows that start with {@code #} do not count. Owned by the pipeline's thread.
 */
final class CsvSource extends ReplaySource {
    private final List<Path> files;
    private final boolean loop;
    private long goodThisRound;
    private int fileIndex;
    private long line;
    private @Nullable BufferedReader reader;

    CsvSource(SourceSettings.Replay settings) {
        this(settings, ReplayFiles.of(settings));
    }

    private CsvSource(SourceSettings.Replay settings, List<Path> files) {
        super(settings, columnsOf(files.getFirst()));
        this.files = files;
        loop = settings.loop();
    }

    @Override
    boolean read(Frame next) {
        String row = nextRow();
        if (row == null) {
            return false;
        }
        count();
        parse(row, next.values());
        goodThisRound++;
        return true;
    }

    @Override
    public void close() {
        try {
            if (reader != null) {
                reader.close();
            }
        } catch (IOException e) {
            throw ReplayFiles.unreadable(files.get(fileIndex), e);
        } finally {
            reader = null;
        }
    }

    /** The next row that counts, or null at the end of the last file. */
    private @Nullable String nextRow() {
        while (true) {
            String row = nextLine();
            if (row != null) {
                if (counts(row) && !(line == 1 && isHeader(row))) {
                    return row;
                }
            } else if (!nextFile()) {
                return null;
            }
        }
    }

    private @Nullable String nextLine() {
        Path file = files.get(fileIndex);
        try {
            if (reader == null) {
                reader = Files.newBufferedReader(file);
                line = 0;
            }
            line++;
            return boundedLine(reader, file);
        } catch (IOException e) {
            count();
            skipRest();
            throw ReplayFiles.unreadable(file, e);
        }
    }

    /** Goes to the next file, or the first again; false where that would lead nowhere. */
    private boolean nextFile() {
        close();
        fileIndex++;
        if (fileIndex == files.size()) {
            fileIndex = 0;
            boolean again = loop && goodThisRound > 0;
            goodThisRound = 0;
            return again;
        }
        return true;
    }

    /** After a read error the rest of that file is given up, or the same error would come for ever. */
    private void skipRest() {
        if (!nextFile()) {
            end("the replay ended after " + frameNumber() + " frames, as its last file could not be read");
        }
    }

    private void parse(String row, float[] values) {
        int column = 0;
        int from = 0;
        while (from <= row.length()) {
            int to = endOfCell(row, from);
            if (column < values.length) {
                values[column] = number(row.substring(from, to).strip(), column);
            }
            column++;
            from = to + 1;
        }
        if (column != values.length) {
            throw malformed("has " + column + " values, expected " + values.length);
        }
    }

    private float number(String cell, int column) {
        float value;
        try {
            value = Float.parseFloat(cell);
        } catch (NumberFormatException e) {
            throw malformed("value " + (column + 1) + " is \"" + shortened(cell) + "\", not a number");
        }
        if (!Float.isFinite(value)) {
            throw malformed("value " + (column + 1) + " is " + shortened(cell));
        }
        return value;
    }

    private SourceException malformed(String what) {
        return new SourceException(
                Category.TRANSIENT,
                "malformed row",
                files.get(fileIndex).getFileName() + " line " + line + " " + what,
                "correct the file");
    }

    private static int columnsOf(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String row = boundedLine(reader, file); row != null; row = boundedLine(reader, file)) {
                if (counts(row) && !isHeader(row)) {
                    int columns = 1;
                    for (int end = endOfCell(row, 0); end < row.length(); end = endOfCell(row, end + 1)) {
                        columns++;
                    }
                    return columns;
                }
            }
        } catch (IOException e) {
            throw ReplayFiles.unreadable(file, e);
        }
        throw new SourceException(
                Category.PERMANENT,
                "nothing to replay",
                file + " has no row of numbers",
                "check path of the replay source");
    }

    private static boolean counts(String row) {
        return !row.isBlank() && row.charAt(0) != '#';
    }

    private static boolean isHeader(String row) {
        for (String cell : row.split("[,;\t]", -1)) {
            if (isNumber(cell.strip())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String cell) {
        try {
            return Float.isFinite(Float.parseFloat(cell));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static int endOfCell(String row, int from) {
        for (int i = from; i < row.length(); i++) {
            char c = row.charAt(i);
            if (c == ',' || c == ';' || c == '\t') {
                return i;
            }
        }
        return row.length();
    }

    /** One line, or an error where it is longer than any frame could be. */
    private static @Nullable String boundedLine(BufferedReader reader, Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = reader.read(); c >= 0; c = reader.read()) {
            if (c == '\n') {
                return text.toString();
            }
            if (c != '\r') {
                text.append((char) c);
            }
            if (text.length() > Limits.LINE_CHARS) {
                throw new IOException("a line of " + file + " has more than " + Limits.LINE_CHARS + " characters");
            }
        }
        return text.isEmpty() ? null : text.toString();
    }

    private static String shortened(String cell) {
        return cell.length() > 40 ? cell.substring(0, 40) + "…" : cell;
    }
}
