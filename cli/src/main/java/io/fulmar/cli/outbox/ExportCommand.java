package io.fulmar.cli.outbox;

import io.fulmar.cli.ExitCode;
import io.fulmar.sync.outbox.OutboxInspector;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.RowsFile;
import io.fulmar.sync.wire.WireException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar outbox export}: what waits for the fleet, into a file. Owned by the main thread. */
@Command(
        name = "export",
        description = {
            "Writes every row that waits for the fleet into a file, which 'fulmar fleet import' takes, with what is readable of"
                    + " stores that were damaged. Asks the agent where one runs, else reads the store.",
            "Nothing is deleted: that is done when the fleet says that it has the rows, over the network or by"
                    + " 'fulmar outbox acknowledge'."
        })
final class ExportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "OUT", description = "The file; one that is there is replaced.")
    private Path out = Path.of("");

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Override
    public Integer call() {
        String id = device.config().device().id();
        Path part = out.resolveSibling(Objects.requireNonNull(out.getFileName()) + ".part");
        try {
            write(part, id);
            long rows = rows(part);
            intoPlace(part, out);
            PrintWriter text = Objects.requireNonNull(spec).commandLine().getOut();
            text.println(rows + " rows of " + id + " are in " + out);
            text.flush();
            return ExitCode.OK;
        } catch (IOException | WireException e) {
            throw device.failure("the rows cannot be written to " + out, e);
        } finally {
            discard(part); // what was not put into place is worth nothing
        }
    }

    private static void discard(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // it stays, and the next export writes over it
        }
    }

    private void write(Path part, String id) throws IOException {
        try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(part))) {
            RowsFile.Writer file = new RowsFile.Writer(to, id);
            Path state = device.config().state().dir();
            if (OutboxInspector.read(state, file::write)) {
                for (SetAside aside : SetAside.in(state)) {
                    aside.read(file::write);
                }
                file.end();
                return;
            }
        }
        try (InputStream rows = device.ask("/api/v1/outbox/rows", null)) {
            Files.copy(rows, part, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Gives a file that is whole its name. */
    static void intoPlace(Path part, Path out) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true); // a stick is pulled out as soon as this has ended
        }
        Files.move(part, out, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** How many rows the file has, which must be whole. */
    private static long rows(Path file) throws IOException {
        long rows = 0;
        try (RowsFile.Reader reader = new RowsFile.Reader(new BufferedInputStream(Files.newInputStream(file)))) {
            for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
                rows += batch.last() - batch.first() + 1;
            }
        }
        return rows;
    }
}
