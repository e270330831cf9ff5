package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.sync.wire.RowsAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fulmar fleet import}: stores rows that were carried here in a file. Owned by the main thread. */
@Command(
        name = "import",
        description = {
            "Stores the rows of a device that 'fulmar outbox export' wrote into a file. What is here already, from another file"
                    + " or over the network, is stored once.",
            "The answer, carried back, lets the device delete them: fulmar outbox acknowledge."
        })
final class ImportCommand extends ApiCommand {
    @Parameters(paramLabel = "FILE", description = "The file.")
    private Path file = Path.of("");

    @Option(names = "--answer", paramLabel = "OUT", description = "Where to write what the device is to know.")
    private @Nullable Path answer;

    @Override
    int run(ApiClient client, PrintWriter out) {
        if (!Files.isRegularFile(file)) {
            throw new FleetException(
                    Category.PERMANENT, "there is no file " + file, "'fulmar outbox export' writes one");
        }
        String said = client.putFile("/api/v1/rows", file);
        JsonTree json = JsonTree.read(said);
        long rows = json.number("rows", 0);
        long stored = json.number("stored", 0);
        out.println(json.text("device") + ": " + stored + " of " + rows + " rows were new and are stored");
        List<String> trouble = json.texts("trouble");
        trouble.forEach(it -> out.println("not stored: " + TargetOptions.printable(it)));
        if (answer != null) {
            write(answer, RowsAnswer.read(said).text());
            out.println("for the device: " + answer);
        }
        return trouble.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void write(Path to, String text) {
        try {
            Files.writeString(to, text + "\n");
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot write " + to + ": " + FileFailure.reason(e),
                    "import the file again: what is stored is stored once",
                    e);
        }
    }
}
