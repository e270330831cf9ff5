package io.fulmar.config;

import io.fulmar.config.SourceSettings.FileFormat;
import io.fulmar.config.SourceSettings.Then;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** Turns the tables of sources that get their frames from outside into records. Immutable. */
final class SourceBinder {
    private static final long MEBIBYTE = 1L << 20;

    private SourceBinder() {}

    static SourceSettings folder(TableReader table) {
        Path path = Binder.path(table, "path", table.text("path"));
        FileFormat format = table.choice("format", FileFormat.class);
        String match = match(table, format.match());
        Duration every = table.duration("every", Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofHours(1));
        Then then = table.choice("then", Then.KEEP, Then.class);
        long maxSize = table.size("max_size", 16 * MEBIBYTE, 1, Limits.SOURCE_FILE_BYTES);
        int columns = columns(table, format == FileFormat.CSV);
        Duration stale = table.optionalDuration("stale", Duration.ofMillis(100), Duration.ofDays(365));
        // whoever may say these can have any file of the device read, moved or deleted
        ownFileAlone(table, List.of("type", "path", "format", "match", "then"));
        table.done();
        return new SourceSettings.Folder(path, format, match, every, then, maxSize, columns, stale);
    }

    /** How many numbers a row has; 0 for as many as the model's input. */
    private static int columns(TableReader table, boolean rows) {
        Integer columns = table.optionalInteger("columns", 1, Limits.FRAME_VALUES);
        if (columns != null && !rows) {
            table.problem("columns", "belongs to a format of rows");
        }
        return columns == null ? 0 : columns;
    }

    /** A pattern of file names. */
    static String match(TableReader table, String fallback) {
        String match = table.text("match", fallback);
        try {
            FileSystems.getDefault().getPathMatcher("glob:" + match);
        } catch (PatternSyntaxException e) {
            table.problem("match", "expected a pattern of file names such as *.csv");
        }
        return match;
    }

    private static void ownFileAlone(TableReader table, List<String> keys) {
        for (String key : keys) {
            if (table.isRemote(key)) {
                table.problem(key, "can only be said by the device's own file");
            }
        }
    }
}
