package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import java.io.BufferedReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Rows of numbers, separated by comma, semicolon or tab. Immutable. */
final class Rows {
    private static final int SHOWN = 40;

    private Rows() {}

    /** Whether it is neither blank nor a comment. */
    static boolean counts(String row) {
        return !row.isBlank() && row.charAt(0) != '#';
    }

    /** Whether there is no number in it. */
    static boolean isHeader(String row) {
        for (String cell : row.split("[,;\t]", -1)) {
            if (isNumber(cell.strip())) {
                return false;
            }
        }
        return true;
    }

    static int columns(String row) {
        int columns = 1;
        for (int end = endOfCell(row, 0); end < row.length(); end = endOfCell(row, end + 1)) {
            columns++;
        }
        return columns;
    }

    /**
     * Reads as many numbers as there is room for.
     *
     * @param where what to call the row, such as a file and a line
     * @throws SourceException if it has more or fewer, or something else
     */
    static void parse(String row, float[] values, String where) {
        int column = 0;
        int from = 0;
        while (from <= row.length()) {
            int to = endOfCell(row, from);
            if (column < values.length) {
                values[column] = number(row.substring(from, to).strip(), column, where);
            }
            column++;
            from = to + 1;
        }
        if (column != values.length) {
            throw malformed(where, "has " + column + " values, expected " + values.length);
        }
    }

    /** One line, null at the end, or an error where it is longer than any frame could be. */
    static @Nullable String line(BufferedReader reader, Object where) throws IOException {
        return line(reader, where, Limits.LINE_CHARS, true);
    }

    /**
     * The same with a length of one's own.
     *
     * @param rest whether a last line without an end is one
     */
    static @Nullable String line(BufferedReader reader, Object where, int longest, boolean rest) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = reader.read(); c >= 0; c = reader.read()) {
            if (c == '\n') {
                return text.toString();
            }
            if (c != '\r') {
                text.append((char) c);
            }
            if (text.length() > longest) {
                throw new IOException("a line of " + where + " has more than " + longest + " characters");
            }
        }
        return text.isEmpty() || !rest ? null : text.toString();
    }

    private static float number(String cell, int column, String where) {
        float value;
        try {
            value = Float.parseFloat(cell);
        } catch (NumberFormatException e) {
            throw malformed(where, "value " + (column + 1) + " is \"" + shortened(cell) + "\", not a number");
        }
        if (!Float.isFinite(value)) {
            throw malformed(where, "value " + (column + 1) + " is " + shortened(cell));
        }
        return value;
    }

    private static SourceException malformed(String where, String what) {
        return new SourceException(
                Category.TRANSIENT, "malformed row", where + " " + what, "correct whatever writes it");
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

    private static String shortened(String cell) {
        return cell.length() > SHOWN ? cell.substring(0, SHOWN) + "…" : cell;
    }
}
