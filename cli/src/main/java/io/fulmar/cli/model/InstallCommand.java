package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.store.KeptFloors;
import io.fulmar.model.store.KeptTrust;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.SoftwareVersion;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model install}: hands a package to the device on this machine, without a network. */
@Command(
        name = "install",
        description = {
            "Hands a package to the device on this machine, without a network.",
            "It is checked here as far as the state directory tells what to check it by; the agent checks it again, with its"
                    + " own trust root, board and clock, tests it, and runs it on trial before it stays."
        })
final class InstallCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "PACKAGE", description = "The folder of the package.")
    Path folder = Path.of("");

    @Option(
            names = "--state",
            paramLabel = "DIR",
            required = true,
            description = "The state directory of the device: state.dir of its configuration.")
    Path state = Path.of("");

    @Option(names = "--trust", paramLabel = "FILE", description = "The trust root of a device that has never run yet.")
    @Nullable
    Path trust;

    @Option(names = "--board", paramLabel = "NAME", description = "The device's board profile, where it names one.")
    @Nullable
    String board;

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!Files.isDirectory(state)) {
            throw new ParameterException(command.commandLine(), "--state: " + state + " is not a folder");
        }
        PackageReader reader = PackageReader.open(folder);
        TrustRoot root =
                trust == null ? KeptTrust.open(state.resolve("trust"), null).root() : TrustRoot.read(trust);
        Verdict<VerifiedModel> verdict = root != null && root.names(TrustRole.RELEASE)
                ? check(root, reader)
                : ReleaseCheck.files(reader.manifest(), reader);
        if (verdict instanceof Verdict.Rejected<VerifiedModel>(Reason reason, String text)) {
            throw new PackageException(reason, folder + ": " + reason.text() + ": " + text);
        }
        new Inbox(state.resolve("models")).put(reader);
        ModelManifest manifest = reader.manifest();
        PrintWriter out = command.commandLine().getOut();
        out.printf(
                "%s %s, release %d, lies in %s; the agent checks, tests and tries it from there%n",
                manifest.name(), manifest.version(), manifest.release(), state);
        if (root == null || !root.names(TrustRole.RELEASE)) {
            out.println("its signature was not checked: no trust root with a role release is known here");
        }
        out.flush();
        return ExitCode.OK;
    }

    /** The only time that has certainly passed is that of the build; the agent knows more. */
    private Verdict<VerifiedModel> check(TrustRoot root, PackageReader reader) {
        String boardOrItsOwn = board != null
                ? board
                : reader.manifest().devices().stream().findFirst().orElse(null);
        DeviceClass device =
                new DeviceClass(boardOrItsOwn, Objects.requireNonNull(SemanticVersion.ofText(SoftwareVersion.read())));
        return new ReleaseCheck(
                        root,
                        KeptFloors.open(state.resolve("trust")),
                        device,
                        SoftwareVersion.built().toEpochMilli())
                .check(reader);
    }
}
