package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.GoldenRun.Outcome;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.SoftwareVersion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model verify}: says all that speaks against a package, as a device would. */
@Command(
        name = "verify",
        description = {
            "Checks a package as a device does before it installs it, and says everything that speaks against it.",
            "Without --trust it only says whether the package is whole."
        })
final class VerifyCommand implements Callable<Integer> {
    private static final String ANY_BOARD = "";

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "PKG", description = "The folder of the package.")
    Path folder = Path.of("");

    @Option(names = "--trust", paramLabel = "FILE", description = "The trust root whose role release must have signed.")
    @Nullable
    Path trust;

    @Option(names = "--board", paramLabel = "NAME", description = "The board profile of the device; any if not given.")
    @Nullable
    String board;

    @Option(
            names = "--agent",
            paramLabel = "VERSION",
            description = "The version of the device's agent; that of this command if not given.")
    @Nullable
    String agent;

    @Option(
            names = "--floor",
            paramLabel = "RELEASE",
            defaultValue = "0",
            description = "The lowest release that the device still takes (default: ${DEFAULT-VALUE}).")
    long floor;

    @Option(names = "--golden", description = "Run the golden cases, too.")
    boolean golden;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Mixin
    EngineOptions engine = new EngineOptions();

    private final List<Finding> findings = new ArrayList<>();

    /** What one check said; no reason where nothing speaks against the package. Immutable. */
    private record Finding(String check, @Nullable Reason reason, String text) {}

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        DeviceClass device = device(command);
        TrustRoot root = trust == null ? null : TrustRoot.read(trust);
        PackageReader reader = null;
        try {
            reader = PackageReader.open(folder);
            whole(command, reader);
            if (root != null) {
                release(root, reader, device);
            }
            suits(reader.manifest(), device);
        } catch (PackageException e) {
            findings.add(new Finding("whole", e.reason(), String.valueOf(e.getMessage())));
        }
        print(command.commandLine().getOut(), reader);
        return findings.stream().allMatch(finding -> finding.reason() == null) ? ExitCode.OK : ExitCode.FAILED;
    }

    private DeviceClass device(CommandSpec command) {
        String text = agent == null ? SoftwareVersion.read() : agent;
        SemanticVersion version = SemanticVersion.ofText(text);
        if (version == null) {
            throw new ParameterException(command.commandLine(), "--agent: '" + text + "' is no version such as 1.2.3");
        }
        return new DeviceClass(board == null ? ANY_BOARD : board, version);
    }

    private void whole(CommandSpec command, PackageReader reader) {
        ModelManifest manifest = reader.manifest();
        switch (ReleaseCheck.files(manifest, reader)) {
            case Rejected<VerifiedModel>(Reason reason, String text) ->
                findings.add(new Finding("whole", reason, text));
            case Verified<VerifiedModel>(VerifiedModel model) -> {
                good("whole", manifest.files().size() + " files have their digests, and the model can be run");
                if (golden) {
                    golden(GoldenRun.all(manifest, model.model(), reader, engine.checked(command)));
                }
            }
        }
    }

    private void golden(List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            findings.add(new Finding(
                    "golden",
                    outcome.passed() ? null : Reason.GOLDEN_MISMATCH,
                    outcome.name() + ": " + outcome.text()));
        }
    }

    /** Each question by itself, so that one answer does not hide another. */
    private void release(TrustRoot root, PackageReader reader, DeviceClass device) {
        byte[] envelope = reader.statement();
        if (envelope == null) {
            findings.add(new Finding("signed", Reason.UNSIGNED, "there is no release statement"));
            return;
        }
        ReleaseCheck signed = new ReleaseCheck(root, model -> 0, device, 0);
        if (signed.statement(envelope) instanceof Verified<ReleaseStatement>(ReleaseStatement statement)) {
            good("signed", "by enough keys of the role release");
            long now = System.currentTimeMillis();
            add(
                    "expires",
                    new ReleaseCheck(root, model -> 0, device, now).statement(envelope),
                    said -> "may be installed until " + Instant.ofEpochMilli(said.expiresMillis()));
            add(
                    "floor",
                    new ReleaseCheck(root, model -> floor, device, 0).statement(envelope),
                    said -> "release " + said.release() + ", lowest that is taken " + Math.max(floor, said.floor()));
            add(
                    "manifest",
                    ReleaseCheck.named(statement, reader.manifestBytes()),
                    said -> "the statement is for this manifest");
        } else {
            add("signed", signed.statement(envelope), said -> "");
        }
    }

    private void suits(ModelManifest manifest, DeviceClass device) {
        String forBoard =
                manifest.devices().isEmpty() ? ANY_BOARD : manifest.devices().getFirst();
        add(
                "agent",
                ReleaseCheck.suits(manifest, new DeviceClass(forBoard, device.runtime())),
                said -> "for agents " + said.runtime() + ", this one is " + device.runtime());
        if (board == null) {
            return;
        }
        Verdict<ModelManifest> verdict = ReleaseCheck.suits(manifest, device);
        add(
                "board",
                verdict instanceof Rejected<ModelManifest> rejected && rejected.reason() == Reason.RUNTIME
                        ? new Verified<>(manifest)
                        : verdict,
                said -> said.devices().isEmpty() ? "for any board" : "for " + String.join(", ", said.devices()));
    }

    private <T> void add(String check, Verdict<T> verdict, Function<T, String> good) {
        switch (verdict) {
            case Verified<T>(T value) -> good(check, good.apply(value));
            case Rejected<T>(Reason reason, String text) -> findings.add(new Finding(check, reason, text));
        }
    }

    private void good(String check, String text) {
        findings.add(new Finding(check, null, text));
    }

    private void print(PrintWriter out, @Nullable PackageReader reader) {
        boolean good = findings.stream().allMatch(finding -> finding.reason() == null);
        if (json) {
            out.println(ModelJson.object(generator -> {
                generator.writeStringProperty("package", folder.toString());
                if (reader != null) {
                    generator.writeStringProperty("model", reader.manifest().name());
                    generator.writeStringProperty(
                            "version", reader.manifest().version().toString());
                    generator.writeNumberProperty("release", reader.manifest().release());
                    generator.writeStringProperty("manifest", "sha256:" + reader.manifestDigest());
                }
                generator.writeBooleanProperty("trusted", good && trust != null);
                generator.writeArrayPropertyStart("checks");
                for (Finding finding : findings) {
                    generator.writeStartObject();
                    generator.writeStringProperty("check", finding.check());
                    generator.writeBooleanProperty("ok", finding.reason() == null);
                    if (finding.reason() != null) {
                        generator.writeStringProperty("reason", finding.reason().text());
                    }
                    generator.writeStringProperty("text", finding.text());
                    generator.writeEndObject();
                }
                generator.writeEndArray();
            }));
            out.flush();
            return;
        }
        if (reader == null) {
            out.println(folder);
        } else {
            ModelManifest manifest = reader.manifest();
            out.printf("%s  %s %s, release %d%n", folder, manifest.name(), manifest.version(), manifest.release());
        }
        for (Finding finding : findings) {
            Reason reason = finding.reason();
            out.printf(
                    "  %-8s  %s%s%n",
                    finding.check(),
                    reason == null ? "" : "REFUSED, " + reason.text() + ": ",
                    printable(finding.text()));
            if (reason != null) {
                out.printf("            hint: %s%n", reason.hint());
            }
        }
        if (good && trust == null) {
            out.println("  signed    not checked: give the trust root with --trust");
        }
        out.flush();
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
