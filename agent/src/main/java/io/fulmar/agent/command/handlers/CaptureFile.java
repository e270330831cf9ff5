package io.fulmar.agent.command.handlers;

import io.fulmar.agent.pipeline.Judged;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The files of a capture: inputs as NumPy or as CSV, predictions as CSV. Owned by the command thread. */
final class CaptureFile implements AutoCloseable {
    private final Path dir;
    private final String format;
    private final InputsWriter writer;
    private final BufferedWriter predictions;

    /** Writes inputs in one format. */
    interface InputsWriter extends AutoCloseable {
        void add(Judged frame) throws IOException;

        /** Makes the file whole, with so many inputs in it. */
        void flush(int count) throws IOException;

        @Override
        void close() throws IOException;
    }

    CaptureFile(Path dir, int[] shape, String format) throws IOException {
        this.dir = dir;
        this.format = format;
        this.writer = format.equals("csv") ? new CsvInputs(inputs()) : new NpyInputs(inputs(), shape);
        this.predictions = Files.newBufferedWriter(predictions(), StandardOpenOption.CREATE_NEW);
        predictions.write("frame,label,index,score,alarm\n");
    }

    Path inputs() {
        return dir.resolve("inputs." + format);
    }

    Path predictions() {
        return dir.resolve("predictions.csv");
    }

    void add(Judged frame) throws IOException {
        writer.add(frame);
        predictions.write(frame.frame() + "," + quoted(frame.label() == null ? "" : frame.label()) + "," + frame.index()
                + "," + frame.score() + "," + frame.alarm() + "\n");
    }

    private static String quoted(String label) {
        boolean plain = label.chars().allMatch(c -> c != ',' && c != '"' && c != '\n' && c != '\r');
        return plain ? label : '"' + label.replace("\"", "\"\"") + '"';
    }

    void flush(int count) throws IOException {
        writer.flush(count);
        predictions.flush();
    }

    @Override
    public void close() throws IOException {
        try (writer) {
            predictions.close();
        }
    }
}
