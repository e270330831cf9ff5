package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
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
            "Where the fleet's trust root names releasers they must have signed it, and its golden cases must pass here."
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
    DataOption data = new DataOption();

    @Override
    public Integer call() {
        PackageReader reader = PackageReader.open(folder);
        ModelManifest manifest = reader.manifest();
        boolean signed = requireSigned(reader);
        VerifiedModel model = required(ReleaseCheck.files(manifest, reader));
        int golden = skipGolden ? 0 : runGolden(reader, model);
        boolean fresh = new Catalog(data.directory()).publish(reader);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "%s %s, release %d: %s%n",
                manifest.name(),
                manifest.version(),
                manifest.release(),
                fresh ? "published" : "was published before; nothing has changed");
        out.printf("  manifest  sha256:%s%n", reader.manifestDigest());
        out.printf(
                "  signed    %s%n",
                signed
                        ? "by enough keys of the role release"
                        : reader.statement() == null
                                ? "no, and this fleet's trust root does not ask for it"
                                : "not checked: this fleet's trust root names no releasers");
        out.printf("  golden    %s%n", skipGolden ? "not run" : golden + " cases passed");
        out.flush();
        return ExitCode.OK;
    }

    /** Whether releasers have signed it; where the trust root wants that and they have not, that is an error. */
    private boolean requireSigned(PackageReader reader) {
        TrustRoot trust = FleetTrust.read(data.directory());
        if (trust == null || !trust.names(TrustRole.RELEASE)) {
            return false;
        }
        byte[] statement = reader.statement();
        if (statement == null) {
            throw new PackageException(Reason.UNSIGNED, folder + " has no release statement");
        }
        ModelManifest manifest = reader.manifest();
        // whether it suits a device is for the device to say
        ReleaseCheck check = new ReleaseCheck(
                trust, model -> 0, new DeviceClass(null, manifest.version()), System.currentTimeMillis());
        required(ReleaseCheck.named(required(check.statement(statement)), reader.manifestBytes()));
        return true;
    }

    private <T> T required(Verdict<T> verdict) {
        return switch (verdict) {
            case Verified<T>(T value) -> value;
            case Rejected<T>(Reason reason, String text) -> throw new PackageException(reason, folder + ": " + text);
        };
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
