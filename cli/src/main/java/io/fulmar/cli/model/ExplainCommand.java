package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.model.explain.HeatPicture;
import io.fulmar.model.explain.KernelShap;
import io.fulmar.model.explain.ModelScore;
import io.fulmar.model.explain.Occlusion;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** {@code fulmar model explain}: says which parts of an input a model's answer rests on. */
@Command(
        name = "explain",
        description = {
            "Says which parts of an input the model's answer rests on.",
            "A picture is covered patch by patch (occlusion); the parts of any other input get their shares of the score"
                    + " (Shapley values). Above 0 a part speaks for the answer, below 0 against it."
        })
final class ExplainCommand implements Callable<Integer> {
    private static final int LEAST_SIDE = 8;
    private static final int MOST_RUNS = 100_000;
    private static final int BAR = 40;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The model, a .tflite file with one input.")
    Path file = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "FILE",
            required = true,
            description = "The raw little-endian bytes of the input. - reads standard input.")
    String input = "";

    @Option(
            names = "--class",
            paramLabel = "N",
            description = "The element of the output to explain, from 0 (default: the largest).")
    @Nullable
    Integer element;

    @Option(
            names = "--patch",
            paramLabel = "PIXELS",
            description = "Side of a patch (default: an eighth of the picture).")
    @Nullable
    Integer patch;

    @Option(
            names = "--stride",
            paramLabel = "PIXELS",
            description = "How far apart patches are (default: half a patch).")
    @Nullable
    Integer stride;

    @Option(
            names = "--parts",
            paramLabel = "N",
            description =
                    "Treats the input as N stretches, also that of a picture (default: one for each number, at most 16).")
    @Nullable
    Integer parts;

    @Option(
            names = "--baseline",
            paramLabel = "X",
            defaultValue = "0",
            description = "What stands for a part that is not there (default: ${DEFAULT-VALUE}).")
    float baseline;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Combinations to try for more than " + KernelShap.EXACT_PARTS
                    + " parts; with fewer parts all are (default: ${DEFAULT-VALUE}).")
    int samples;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of the sample (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE.png",
            description = "Write the heat map of a picture there, over the picture.")
    @Nullable
    Path output;

    @Option(names = "--json", description = "Print all values in one JSON object.")
    boolean json;

    @Mixin
    EngineOptions engine = new EngineOptions();

    /** What is explained. */
    private record Answer(String model, int element, double score) {}

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        ModelFile model = ModelFile.read(file);
        RawInputs.require(command, model, List.of(input));
        try (Interpreter interpreter = Interpreter.open(model, engine.checked(command))) {
            RawInputs.fill(interpreter, List.of(input));
            Tensor tensor = interpreter.input(0);
            float[] values = new float[tensor.elements()];
            tensor.read(values);
            interpreter.invoke();
            int explained = explained(command, interpreter.output(0));
            var answer =
                    new Answer(model.name(), explained, interpreter.output(0).getReal(explained));
            var score = new ModelScore(interpreter, explained);
            Occlusion picture = parts == null ? picture(command, tensor.shape()) : null;
            if (picture == null) {
                shares(command, answer, score, values);
            } else {
                heat(command, answer, score, picture, values);
            }
        }
        return ExitCode.OK;
    }

    private int explained(CommandSpec command, Tensor scores) {
        int elements = scores.elements();
        if (element != null) {
            if (element < 0 || element >= elements) {
                throw new ParameterException(
                        command.commandLine(),
                        "--class: the output has the elements 0 to " + (elements - 1) + ", not " + element);
            }
            return element;
        }
        int best = 0;
        for (int i = 1; i < elements; i++) {
            best = scores.getReal(i) > scores.getReal(best) ? i : best;
        }
        return best;
    }

    /** The input as a picture; null if it has no shape of one. */
    private @Nullable Occlusion picture(CommandSpec command, int[] shape) {
        boolean looksLikeOne = shape.length == 4
                && shape[0] == 1
                && shape[1] >= LEAST_SIDE
                && shape[2] >= LEAST_SIDE
                && (shape[3] == 1 || shape[3] == 3);
        if (!looksLikeOne) {
            if (output != null || patch != null || stride != null) {
                throw new ParameterException(
                        command.commandLine(),
                        "--output, --patch, --stride: the model's input is no picture (1 x height x width x 1 or 3)");
            }
            return null;
        }
        int side = patch == null ? Math.max(1, Math.min(shape[1], shape[2]) / 8) : patch;
        try {
            return bounded(
                    command,
                    new Occlusion(shape[1], shape[2], shape[3], side, stride == null ? (side + 1) / 2 : stride));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--patch, --stride: " + e.getMessage(), e);
        }
    }

    private static Occlusion bounded(CommandSpec command, Occlusion occlusion) {
        bounded(command, occlusion.runs(), "--stride");
        return occlusion;
    }

    private static void bounded(CommandSpec command, long runs, String option) {
        if (runs > MOST_RUNS) {
            throw new ParameterException(
                    command.commandLine(),
                    option + ": that would run the model " + runs + " times; at most " + MOST_RUNS + " are allowed");
        }
    }

    private void heat(CommandSpec command, Answer answer, ModelScore score, Occlusion picture, float[] values) {
        float[] map = picture.explain(score, values);
        if (output != null) {
            save(output, HeatPicture.png(picture, values, map));
        }
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(ModelJson.object(generator -> {
                head(generator, answer, "occlusion");
                generator.writeNumberProperty("height", picture.height());
                generator.writeNumberProperty("width", picture.width());
                generator.writeNumberProperty("patch", picture.patch());
                generator.writeNumberProperty("stride", picture.stride());
                generator.writeArrayPropertyStart("map");
                for (float value : map) {
                    generator.writeNumber(value);
                }
                generator.writeEndArray();
            }));
        } else {
            int most = 0;
            for (int i = 1; i < map.length; i++) {
                most = map[i] > map[most] ? i : most;
            }
            out.printf(Locale.ROOT, "element %d has the score %.4f%n", answer.element(), answer.score());
            out.printf(
                    Locale.ROOT,
                    "it falls most, by %.4f, when the picture is covered at row %d, column %d (%d runs)%n",
                    map[most],
                    most / picture.width(),
                    most % picture.width(),
                    picture.runs());
            if (output == null) {
                out.println("--output heat.png draws where");
            }
        }
        out.flush();
    }

    private void shares(CommandSpec command, Answer answer, ModelScore score, float[] values) {
        KernelShap shap;
        try {
            int count = parts == null ? Math.min(values.length, 16) : parts;
            if (count > values.length) {
                throw new IllegalArgumentException(
                        values.length + " numbers cannot be divided into " + count + " parts");
            }
            shap = new KernelShap(count, baseline, samples, seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--parts, --samples: " + e.getMessage(), e);
        }
        bounded(command, shap.runs(), "--samples");
        double[] shares = shap.explain(score, values);
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(ModelJson.object(generator -> {
                head(generator, answer, "shapley");
                generator.writeNumberProperty("baseline", baseline);
                generator.writeArrayPropertyStart("parts");
                for (int part = 0; part < shares.length; part++) {
                    generator.writeStartObject();
                    generator.writeNumberProperty("from", shap.start(part, values.length));
                    generator.writeNumberProperty("to", shap.start(part + 1, values.length));
                    generator.writeNumberProperty("share", shares[part]);
                    generator.writeEndObject();
                }
                generator.writeEndArray();
            }));
        } else {
            bars(out, answer, shap, values.length, shares);
        }
        out.flush();
    }

    private static void bars(PrintWriter out, Answer answer, KernelShap shap, int length, double[] shares) {
        double most = 0;
        double sum = 0;
        for (double share : shares) {
            most = Math.max(most, Math.abs(share));
            sum += share;
        }
        out.printf(
                Locale.ROOT,
                "element %d has the score %.4f, and %.4f with nothing there (%d runs)%n",
                answer.element(),
                answer.score(),
                answer.score() - sum,
                shap.runs());
        for (int part = 0; part < shares.length; part++) {
            int from = shap.start(part, length);
            int to = shap.start(part + 1, length) - 1;
            int bar = most == 0 ? 0 : (int) Math.round(Math.abs(shares[part]) / most * BAR);
            out.printf(
                    Locale.ROOT,
                    "%-11s %+9.4f  %s%n",
                    from == to ? String.valueOf(from) : from + "–" + to,
                    shares[part],
                    (shares[part] < 0 ? "-" : "+").repeat(bar));
        }
    }

    private static void head(JsonGenerator generator, Answer answer, String method) {
        generator.writeStringProperty("model", answer.model());
        generator.writeStringProperty("method", method);
        generator.writeNumberProperty("element", answer.element());
        generator.writeNumberProperty("score", answer.score());
    }

    private static void save(Path file, byte[] png) {
        try {
            Files.write(file, png);
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Category.TRANSIENT,
                    file + ": the picture cannot be written: " + FileFailure.reason(e),
                    "Check that the folder exists, that this user may write there, and that the disk has space.",
                    e);
        }
    }
}
