package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings.Numbers;

/** How a line of text holds numbers. Immutable. */
interface Lines {

    /** Whether there is anything in a line that should be read; {@code number} counts from 1. */
    boolean counts(String line, long number);

    /** How many numbers there are in it. */
    int columns(String line, String where);

    /**
     * Reads as many numbers as there is room for.
     *
     * @param where what to call the line, such as a file and a number
     * @throws SourceException if it has more or fewer, or something else
     */
    void parse(String line, float[] values, String where);

    /** Numbers between commas, semicolons or tabs. */
    static Lines csv() {
        return new Csv();
    }

    /** JSON, and where the numbers are in it. */
    static Lines json(Numbers numbers) {
        return new Json(new JsonNumbers(numbers.values()));
    }

    /** Rows; a first one without a number is a header, and one that begins with # a comment. */
    record Csv() implements Lines {
        @Override
        public boolean counts(String line, long number) {
            return Rows.counts(line) && !(number == 1 && Rows.isHeader(line));
        }

        @Override
        public int columns(String line, String where) {
            return Rows.columns(line);
        }

        @Override
        public void parse(String line, float[] values, String where) {
            Rows.parse(line, values, where);
        }
    }

    /** JSON. */
    record Json(JsonNumbers numbers) implements Lines {
        @Override
        public boolean counts(String line, long number) {
            return !line.isBlank();
        }

        @Override
        public int columns(String line, String where) {
            return numbers.of(line, where).length;
        }

        @Override
        public void parse(String line, float[] values, String where) {
            float[] found = numbers.of(line, where);
            JsonNumbers.require(found, values.length, where);
            System.arraycopy(found, 0, values, 0, values.length);
        }
    }
}
