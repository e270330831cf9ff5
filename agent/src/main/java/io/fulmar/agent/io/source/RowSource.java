package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replays recorded lines of numbers: CSV or JSON. Owned by the pipeline's thread. */
final class RowSource extends ReplaySource {
    private final Lines lines;
    private final List<Path> files;
    private final boolean loop;
    private long goodThisRound;
    private int fileIndex;
    private long line;
    private @Nullable BufferedReader reader;

    RowSource(SourceSettings.Replay settings) {
        this(
                settings,
                settings.format() == SourceSettings.Format.CSV ? Lines.csv() : Lines.json(settings.numbers()),
                ReplayFiles.of(settings));
    }

    private RowSource(SourceSettings.Replay settings, Lines lines, List<Path> files) {
        super(settings, columnsOf(files.getFirst(), lines));
        this.lines = lines;
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
        lines.parse(row, next.values(), files.get(fileIndex).getFileName() + " line " + line);
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
                if (lines.counts(row, line)) {
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

    private static int columnsOf(Path file, Lines lines) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            long number = 0;
            for (String row = Rows.line(reader, file); row != null; row = Rows.line(reader, file)) {
                number++;
                if (lines.counts(row, number)) {
                    return lines.columns(row, file.getFileName() + " line " + number);
                }
            }
        } catch (IOException e) {
            throw ReplayFiles.unreadable(file, e);
        }
        throw new SourceException(
                Category.PERMANENT,
                "nothing to replay",
                file + " has no line of numbers",
                "check path of the replay source");
    }
}
