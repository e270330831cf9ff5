package io.fulmar.cli.model;

import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.StepsFit;
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
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.ModelRef;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern NUMBERED_STEP = Pattern.compile("(preprocess|postprocess) step ([0-9]+)");
    private static final Pattern NAMED_STEP =
            Pattern.compile("(?:step|of the) (boxes|keypoints|regression|segments|threshold|label|anomaly)");

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
        requireFittingSteps(source, command);
        GoldenRun.require(folder.toString(), GoldenRun.all(manifest, source.model(), source, engine.checked(command)));
        PackageWriter.write(output, manifest.toJson(), source);
        PackageReader reader = PackageReader.open(output);
        print(command.commandLine().getOut(), reader);
        return ExitCode.OK;
    }

    /** What only the agent understands is checked here, while somebody can still change it. */
    private void requireFittingSteps(ModelFolder source, CommandSpec command) throws IOException {
        Path toml = folder.resolve(ModelFolder.TOML);
        String text = Files.readString(toml);
        switch (Processing.ofToml(toml.toString(), text)) {
            case Processing.Wrong(List<Problem> problems) ->
                throw new PackageException(
                        Reason.SOURCE,
                        String.join(
                                System.lineSeparator(),
                                problems.stream().map(Problem::text).toList()));
            case Processing.Steps steps -> {
                if (!steps.equals(Processing.Steps.NONE)) {
                    requireFit(source, steps, toml, text, command);
                }
            }
        }
    }

    private void requireFit(ModelFolder source, Processing.Steps steps, Path toml, String text, CommandSpec command) {
        ModelManifest manifest = source.manifest();
        ModelRef ref = new ModelRef(
                manifest.name(), manifest.version().toString(), source.model().sha256());
        try (Interpreter interpreter = Interpreter.open(source.model(), engine.checked(command))) {
            StepsFit.require(manifest.name(), new LoadedModel(interpreter, ref, labels(source), steps));
        } catch (PipelineException e) {
            String message = String.valueOf(e.getMessage());
            String own = message.replaceFirst("^pipeline [^:]*: ", "");
            throw new PackageException(Reason.SOURCE, toml + line(text, own) + ": " + own + "; " + e.hint(), e);
        }
    }

    /** The names of its classes. */
    static List<String> labels(ModelFolder source) {
        return source.manifest().files().stream()
                .filter(file -> file.role() == ModelManifest.Role.LABELS)
                .map(file -> new String(source.read(file.name(), file.sha256(), file.size()), StandardCharsets.UTF_8))
                .flatMap(labels -> labels.strip().lines())
                .map(String::strip)
                .toList();
    }

    /** Where in the file the step stands that the message speaks of, as {@code :12}; empty where that cannot be told. */
    private static String line(String toml, String message) {
        Matcher numbered = NUMBERED_STEP.matcher(message);
        Matcher named = NAMED_STEP.matcher(message);
        int wanted = numbered.find() ? Integer.parseInt(numbered.group(2)) : 0;
        String table = "[[" + (wanted > 0 ? numbered.group(1) : "postprocess") + "]]";
        String type = wanted == 0 && named.find() ? named.group(1) : null;
        List<String> lines = toml.lines().toList();
        int seen = 0;
        int header = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replace(" ", "");
            if (line.startsWith(table)) {
                header = i + 1;
                if (++seen == wanted) {
                    return ":" + header;
                }
            } else if (type != null && seen > 0 && line.startsWith("type=\"" + type + "\"")) {
                return ":" + header;
            }
        }
        return "";
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
