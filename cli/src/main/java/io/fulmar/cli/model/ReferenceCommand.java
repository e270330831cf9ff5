package io.fulmar.cli.model;

import io.fulmar.agent.drift.ReferenceKeeper;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.act.Acting;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.SampleKeeper;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.DriftSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Problem;
import io.fulmar.config.Processing;
import io.fulmar.config.RecordSettings;
import io.fulmar.config.SamplesSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.Histogram;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.StageFailure;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model reference}: what a model is given and what it says, of data that it is made for. */
@Command(
        name = "reference",
        description = {
            "Runs the model in DIR over inputs that it is made for, and writes into DIR/model.toml what it was given and what it"
                    + " said: the [reference] from which devices measure drift.",
            "Inputs are pictures and WAV files where the first step decodes them, else rows of CSV and NumPy arrays of 32-bit"
                    + " floats; a folder of 'fulmar fleet samples export' is one. It counts as a device does."
        })
final class ReferenceCommand implements Callable<Integer> {
    private static final int FEW = 500;
    private static final int CONFIDENCE = 10;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder with model.toml.")
    Path folder = Path.of("");

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "INPUTS", description = "Folders and files with inputs.")
    List<Path> places = new ArrayList<>();

    @Option(
            names = "--steps",
            paramLabel = "FILE",
            description = "A TOML file with [[preprocess]] and [[postprocess]], instead of those of model.toml.")
    @Nullable
    Path stepsFile;

    @Option(names = "--prepared", description = "The inputs are what the model is given: without the steps before it.")
    boolean prepared;

    @Option(names = "--print", description = "Print it instead of writing it into model.toml.")
    boolean print;

    @Mixin
    EngineOptions engine = new EngineOptions();

    /** What came of a run over all inputs. */
    private static final class Run {
        private final Map<String, Long> labels = new TreeMap<>();
        private final long[] confidence = new long[CONFIDENCE];
        private final Map<String, Long> failures = new TreeMap<>();
        private Baseline learnt = Baseline.NONE;
        private int predictions;

        private void record(DeviceRecord record) {
            if (record instanceof Prediction prediction) {
                predictions++;
                String label = prediction.label();
                if (label != null) {
                    labels.merge(label, 1L, Long::sum);
                    int tenth = (int) (prediction.score() * CONFIDENCE);
                    confidence[Math.clamp(tenth, 0, CONFIDENCE - 1)]++;
                }
            } else if (record instanceof StageFailure failure) {
                failures.merge(failure.stage() + ": " + failure.reason(), 1L, Long::sum);
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        ModelFolder source = ModelFolder.read(folder);
        Processing.Steps steps = steps();
        List<PreprocessSettings> before = prepared ? List.of() : steps.preprocess();
        List<PostprocessSettings> after =
                steps.postprocess().isEmpty() ? List.of(new PostprocessSettings.Label()) : steps.postprocess();
        boolean encoded = !before.isEmpty()
                && (before.getFirst() instanceof PreprocessSettings.DecodeImage
                        || before.getFirst() instanceof PreprocessSettings.DecodeAudio);
        for (Path place : places) {
            if (!Files.exists(place)) {
                throw new ParameterException(command.commandLine(), "there is no " + place);
            }
        }
        List<Path> files = ReferenceInputs.find(places, encoded);
        if (files.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    encoded
                            ? "there are no pictures or WAV files in " + places
                                    + ", which is what the first step decodes"
                            : "there are no .csv or .npy files in " + places
                                    + "; pictures and sound need a step that decodes"
                                    + " them in model.toml, or --steps");
        }
        Run counted = run(source, before, after, files, encoded, 0);
        if (counted.predictions == 0 || counted.labels.isEmpty()) {
            throw new PackageException(
                    Reason.SOURCE,
                    counted.predictions == 0
                            ? "the model judged none of " + files.size() + " files: " + counted.failures.keySet()
                            : "the model names no class, and a reference in a package is one of classes; its devices make"
                                    + " their own");
        }
        Run learnt = run(source, before, after, files, encoded, counted.predictions);
        String text = text(learnt);
        PrintWriter out = command.commandLine().getOut();
        if (print) {
            out.print(text);
        } else {
            write(text);
            out.println(folder.resolve(ModelFolder.TOML) + "  reference of " + counted.predictions + " predictions, "
                    + counted.labels.size() + " labels, " + inputs(learnt).size() + " inputs");
            if (counted.predictions < FEW) {
                out.println("  only " + counted.predictions + ": a reference of less than " + FEW
                        + " tells drift late, or for nothing");
            }
        }
        counted.failures.forEach((reason, count) -> out.println("  left out " + count + ": " + reason));
        out.flush();
        return ExitCode.OK;
    }

    private Processing.Steps steps() throws IOException {
        Path file = stepsFile == null ? folder.resolve(ModelFolder.TOML) : stepsFile;
        return switch (Processing.ofToml(file.toString(), Files.readString(file))) {
            case Processing.Steps steps -> steps;
            case Processing.Wrong(List<Problem> problems) ->
                throw new PackageException(
                        Reason.SOURCE,
                        String.join(
                                System.lineSeparator(),
                                problems.stream().map(Problem::text).toList()));
        };
    }

    /** @param learn predictions of which the reference is made; 0 for none */
    private Run run(
            ModelFolder source,
            List<PreprocessSettings> before,
            List<PostprocessSettings> after,
            List<Path> files,
            boolean encoded,
            int learn)
            throws IOException {
        Run run = new Run();
        var model = new ModelRef(
                source.manifest().name(),
                source.manifest().version().toString(),
                source.model().sha256());
        PipelineSettings settings = new PipelineSettings(
                "reference",
                model.name(),
                new SourceSettings.HostSystem(1, List.of()),
                before,
                after,
                List.of(),
                new RecordSettings(new RecordSettings.All(), Set.of()),
                null,
                PipelineSettings.Priority.NORMAL,
                new DriftSettings(
                        learn > 0,
                        DriftSettings.Reference.DEVICE,
                        Integer.MAX_VALUE,
                        Math.max(1, learn),
                        Double.MAX_VALUE,
                        Double.MAX_VALUE,
                        Duration.ofDays(365)),
                SamplesSettings.NONE);
        PipelineContext context = new PipelineContext(
                (stream, record) -> run.record(record),
                () -> new Stamp(0, 0, 0),
                "",
                Breadcrumbs.none(),
                Hardware.none(),
                Acting.none(),
                new Keeper(run),
                SampleKeeper.NONE);
        ReferenceInputs inputs = new ReferenceInputs(files, encoded);
        try (Interpreter interpreter = Interpreter.open(source.model(), engine.checked(Objects.requireNonNull(spec)));
                Pipeline pipeline = Pipeline.open(
                        settings, new LoadedModel(interpreter, model, PackCommand.labels(source)), inputs, context)) {
            for (long now = 1;
                    pipeline.step(now) || !inputs.ended();
                    now += Duration.ofSeconds(1).toNanos()) {}
        } catch (PipelineException e) {
            throw new PackageException(
                    Reason.SOURCE,
                    String.valueOf(e.getMessage()).replaceFirst("^pipeline reference: ", "") + "; " + e.hint(),
                    e);
        }
        return run;
    }

    /** Takes the reference that the pipeline has made. */
    private record Keeper(Run run) implements ReferenceKeeper {
        @Override
        public Baseline find(String pipeline, String model) {
            return Baseline.NONE;
        }

        @Override
        public void keep(String pipeline, String model, Baseline reference) {
            run.learnt = reference;
        }

        @Override
        public void forget(String pipeline) {}
    }

    private static List<Histogram> inputs(Run run) {
        return run.learnt.numbers().stream()
                .filter(each -> each.name().startsWith("input "))
                .toList();
    }

    private static String text(Run run) {
        StringBuilder text = new StringBuilder("# Made by 'fulmar model reference' of " + run.predictions
                + " predictions.\n[reference]\nconfidence = [");
        for (int i = 0; i < CONFIDENCE; i++) {
            text.append(i == 0 ? "" : ", ").append(share(run.confidence[i], run.predictions));
        }
        text.append("]\n\n[reference.labels]\n");
        run.labels.forEach((label, count) -> text.append(quoted(label))
                .append(" = ")
                .append(share(count, run.predictions))
                .append('\n'));
        for (Histogram input : inputs(run)) {
            text.append("\n[[reference.inputs]]\nname = ")
                    .append(quoted(input.name()))
                    .append("\nedges = [");
            for (int i = 0; i < input.edges().size(); i++) {
                text.append(i == 0 ? "" : ", ").append(plain(input.edges().get(i)));
            }
            text.append("]\nshares = [");
            for (int i = 0; i < input.shares().size(); i++) {
                text.append(i == 0 ? "" : ", ")
                        .append(String.format(
                                Locale.ROOT, "%.6f", input.shares().get(i)));
            }
            text.append("]\n");
        }
        return text.toString();
    }

    private static String share(long count, long all) {
        return String.format(Locale.ROOT, "%.6f", (double) count / all);
    }

    /** Every digit of the float, with a point, as TOML wants it. */
    private static String plain(float edge) {
        return Double.toString(edge).replace("E", "e");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** In the place of the one that is there; what is written can be read, or nothing has changed. */
    private void write(String reference) throws IOException {
        Path toml = folder.resolve(ModelFolder.TOML);
        String before = Files.readString(toml);
        StringBuilder kept = new StringBuilder();
        boolean inside = false;
        for (String line : before.lines().toList()) {
            String bare = line.strip();
            if (bare.startsWith("[")) {
                inside = bare.matches("\\[{1,2}\\s*reference\\s*([.\\]].*)?");
            }
            if (!inside && !bare.startsWith("# Made by 'fulmar model reference'")) {
                kept.append(line).append('\n');
            }
        }
        Path next = toml.resolveSibling(ModelFolder.TOML + ".part");
        Path old = toml.resolveSibling(ModelFolder.TOML + ".before");
        Files.writeString(next, kept.toString().stripTrailing() + "\n\n" + reference);
        Files.move(toml, old);
        Files.move(next, toml);
        try {
            ModelFolder.read(folder);
        } catch (PackageException e) {
            Files.move(old, toml, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            throw e;
        }
        Files.delete(old);
    }
}
