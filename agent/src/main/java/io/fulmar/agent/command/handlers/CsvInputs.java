package io.fulmar.agent.command.handlers;

import io.fulmar.agent.pipeline.Judged;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Inputs as lines of numbers, as a replay source reads them. Owned by the command thread. */
final class CsvInputs implements CaptureFile.InputsWriter {
    private final BufferedWriter out;

    CsvInputs(Path file) throws IOException {
        out = Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW);
    }

    @Override
    public void add(Judged frame) throws IOException {
        StringBuilder line = new StringBuilder();
        for (float value : frame.input()) {
            line.append(line.isEmpty() ? "" : ",").append(value);
        }
        out.append(line).append('\n');
    }

    @Override
    public void flush(int count) throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
