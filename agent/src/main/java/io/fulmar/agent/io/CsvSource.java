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
        Rows.parse(row, next.values(), files.get(fileIndex).getFileName() + " line " + line);
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
                if (Rows.counts(row) && !(line == 1 && Rows.isHeader(row))) {
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
            return Rows.line(reader, file);
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

    private static int columnsOf(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String row = Rows.line(reader, file); row != null; row = Rows.line(reader, file)) {
                if (Rows.counts(row) && !Rows.isHeader(row)) {
                    return Rows.columns(row);
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
}
