package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.config.Problem;
import io.fulmar.config.Processing;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.source.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model pack}: makes a package of a model's folder. */
@Command(
        name = "pack",
        description = {
            "Makes a package of a folder with model.toml and what it names: an OCI image layout.",
            "The golden cases are run first; where one fails, nothing is written. The package is not signed yet."
        })
final class PackCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder with model.toml; see docs/models.md.")
    Path folder = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "PKG",
            required = true,
            description = "The folder of the package; it must not be there yet.")
    Path output = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Mixin
    EngineOptions engine = new EngineOptions();

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        ModelFolder source = ModelFolder.read(folder);
        ModelManifest manifest = source.manifest();
        requireKnownSteps();
        GoldenRun.require(folder.toString(), GoldenRun.all(manifest, source.model(), source, engine.checked(command)));
        PackageWriter.write(output, manifest.toJson(), source);
        PackageReader reader = PackageReader.open(output);
        print(command.commandLine().getOut(), reader);
        return ExitCode.OK;
    }

    /** What only the agent understands is checked here, while somebody can still change it. */
    private void requireKnownSteps() throws IOException {
        Path toml = folder.resolve(ModelFolder.TOML);
        if (Processing.ofToml(toml.toString(), Files.readString(toml))
                instanceof Processing.Wrong(List<Problem> problems)) {
            throw new PackageException(
                    Reason.MALFORMED,
                    String.join(
                            System.lineSeparator(),
                            problems.stream().map(Problem::text).toList()));
        }
    }

    private void print(PrintWriter out, PackageReader reader) {
        ModelManifest manifest = reader.manifest();
        long bytes = manifest.files().stream().mapToLong(FileEntry::size).sum();
        if (json) {
            out.println(ModelJson.object(generator -> {
                generator.writeStringProperty("package", reader.folder().toString());
                generator.writeStringProperty("model", manifest.name());
                generator.writeStringProperty("version", manifest.version().toString());
                generator.writeNumberProperty("release", manifest.release());
                generator.writeStringProperty("manifest", "sha256:" + reader.manifestDigest());
                generator.writeNumberProperty("files", manifest.files().size());
                generator.writeNumberProperty("bytes", bytes);
                generator.writeNumberProperty("golden", manifest.golden().size());
            }));
        } else {
            out.printf(
                    "%s  %s %s, release %d%n",
                    reader.folder(), manifest.name(), manifest.version(), manifest.release());
            out.printf("  manifest    sha256:%s%n", reader.manifestDigest());
            out.printf("  files       %d, %,d bytes%n", manifest.files().size(), bytes);
            out.printf(
                    "  golden      %s%n",
                    manifest.golden().isEmpty()
                            ? "no case"
                            : "all " + manifest.golden().size() + " cases pass");
        }
        out.flush();
    }
}
