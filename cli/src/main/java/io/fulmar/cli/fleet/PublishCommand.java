package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Publication;
import io.fulmar.fleet.catalog.Releasers;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.tflite.InterpreterOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet publish}: takes a release into the catalogue. Owned by the main thread. */
@Command(
        name = "publish",
        description = {
            "Checks a model package and takes it into this fleet's catalogue, from which devices can get it.",
            "Where the fleet's trust root names releasers they must have signed it, and its golden cases must pass here.",
            "With --url it is sent to a fleet on another machine, with the token of a publisher.",
            "A release that is there and was signed anew gets the new statement; nothing else of it changes."
        })
final class PublishCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "PKG", description = "The folder of the package, as 'fulmar model pack' makes it.")
    Path folder = Path.of("");

    @Option(
            names = "--skip-golden",
            description = "Do not run the golden cases: for a model that only the device can run.")
    boolean skipGolden;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        PackageReader reader = PackageReader.open(folder);
        ModelManifest manifest = reader.manifest();
        Path data = api.data.directory();
        boolean signed = !api.elsewhere() && ReleaseSigners.require(data, reader);
        VerifiedModel model = Releasers.required(reader, ReleaseCheck.files(manifest, reader));
        int golden = skipGolden ? 0 : runGolden(reader, model);
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                JsonTree said = new PackageUpload(client, reader).publish();
                report(reader, String.valueOf(said.text("publication")), said.flag("signed"), golden);
                tellOfStatement(manifest, said.flag("changesStatement"));
            }
        } else {
            Publication publication = new Catalog(data).publish(reader, FleetTrust.read(data));
            report(reader, publication.text(), signed, golden);
            tellOfStatement(manifest, publication.changesStatement());
        }
        return ExitCode.OK;
    }

    private void report(PackageReader reader, String publication, boolean signed, int golden) {
        ModelManifest manifest = reader.manifest();
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s %s, release %d: %s%n", manifest.name(), manifest.version(), manifest.release(), publication);
        out.printf("  manifest  sha256:%s%n", reader.manifestDigest());
        out.printf(
                "  signed    %s%n",
                signed
                        ? "by enough keys of the role release"
                        : reader.statement() == null
                                ? "no, and this fleet's trust root does not ask for it"
                                : "not checked: this fleet's trust root names no releasers");
        out.printf("  steps     %s%n", manifest.processing().text());
        out.printf("  golden    %s%n", skipGolden ? "not run" : golden + " cases passed");
        out.flush();
    }

    /** What nobody should wonder about later. */
    private void tellOfStatement(ModelManifest manifest, boolean changed) {
        PrintWriter out = spec.commandLine().getOut();
        if (changed) {
            out.printf(
                    "  devices   that are to run it get the statement when it is assigned again: fulmar fleet assign"
                            + " %s@%d%n",
                    manifest.name(), manifest.release());
        }
        out.flush();
    }

    private int runGolden(PackageReader reader, VerifiedModel model) {
        ModelManifest manifest = reader.manifest();
        if (manifest.golden().isEmpty()) {
            throw new FleetException(
                    Category.PERMANENT,
                    folder + " has no golden cases, so nobody can tell whether it works",
                    "record some with 'fulmar model golden' and pack it again, or publish it with --skip-golden");
        }
        List<GoldenRun.Outcome> outcomes = GoldenRun.all(manifest, model.model(), reader, InterpreterOptions.DEFAULT);
        GoldenRun.require(folder.toString(), outcomes);
        return outcomes.size();
    }
}
