package io.fulmar.cli.outbox;

import io.fulmar.cli.ExitCode;
import io.fulmar.sync.outbox.Salvaged;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.wire.RowsFile;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar outbox salvage}: what is readable of a damaged store, without its device. Owned by the main thread. */
@Command(
        name = "salvage",
        description = {
            "Reads what is readable of a damaged store and writes it into a file, which 'fulmar fleet import' takes. A device does"
                    + " that by itself while its agent runs; this is for a file whose device is gone.",
            "The log (FILE-wal) and the file with what is known of the store (FILE-salvage, or outbox.highwater beside"
                    + " outbox.db) are used where they lie beside it. Nothing is changed."
        })
final class SalvageCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The store: outbox-damaged-….db, or outbox.db.")
    private Path database = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The file; one that is there is replaced.")
    private Path out = Path.of("");

    @Option(names = "--device", paramLabel = "ID", required = true, description = "Whose rows they are.")
    private String device = "";

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!Topics.isDeviceId(device)) {
            throw new ParameterException(command.commandLine(), "no device can be called '" + device + "'");
        }
        Path part = out.resolveSibling(Objects.requireNonNull(out.getFileName()) + ".part");
        try {
            Map<Stream, Salvaged> found = write(part);
            if (found == null) {
                throw new IOException("nothing in it says which store it was; put " + database.getFileName()
                        + "-salvage beside it, if there still is one");
            }
            ExportCommand.intoPlace(part, out);
            say(command.commandLine().getOut(), found);
            return ExitCode.OK;
        } catch (IOException e) {
            discard(part);
            throw DeviceOptions.failed(database + " cannot be read back into " + out, e);
        }
    }

    private @Nullable Map<Stream, Salvaged> write(Path part) throws IOException {
        try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(part))) {
            RowsFile.Writer file = new RowsFile.Writer(to, device);
            Map<Stream, Salvaged> found = SetAside.at(database).read(file::write);
            file.end();
            return found;
        }
    }

    private static void discard(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // what could not be written need not be deleted
        }
    }

    private void say(PrintWriter text, Map<Stream, Salvaged> found) {
        found.forEach((stream, it) -> text.println(stream.topicName() + ": " + it.readBack() + " rows are readable, "
                + it.lost() + " are lost" + (it.ranges().isEmpty() ? "" : " (" + it.rangesInWords() + ")")));
        text.println("the rows of " + device + " are in " + out);
        text.flush();
    }
}
