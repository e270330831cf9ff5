package io.fulmar.cli.fleet;

import io.fulmar.cli.DatasetFolder;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet samples}: the inputs that devices have kept and sent. Owned by the main thread. */
@Command(
        name = "samples",
        description = {
            "Shows the inputs that devices have kept and sent, and writes them as a folder for training.",
            "Ask a device for its samples with 'fulmar fleet command DEVICE samples.send'; docs/samples.md has every step."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SamplesCommand.ListThem.class,
            SamplesCommand.Show.class,
            SamplesCommand.Export.class,
            SamplesCommand.Remove.class
        })
final class SamplesCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'samples'");
        }
    }

    /** Which ones. Owned by the main thread. */
    static final class Which {
        @Option(names = "--device", paramLabel = "D", description = "Only of this device.")
        @Nullable
        String device;

        @Option(names = "--pipeline", paramLabel = "P", description = "Only of pipelines of this name.")
        @Nullable
        String pipeline;

        @Option(names = "--model", paramLabel = "M", description = "Only of this model.")
        @Nullable
        String model;

        @Option(
                names = "--rule",
                paramLabel = "R",
                description = "Only those that were kept for this: drift, disagreement, confidence or random.")
        @Nullable
        String rule;

        @Option(names = "--labelled", description = "Only those of which somebody has said what was right.")
        boolean labelled;

        @Option(names = "--unlabelled", description = "Only the others.")
        boolean unlabelled;

        String path() {
            return AskCommand.Question.parameters(
                    ApiClient.path("samples"),
                    "device",
                    device,
                    "pipeline",
                    pipeline,
                    "model",
                    model,
                    "rule",
                    rule,
                    "labelled",
                    labelled == unlabelled ? null : Boolean.toString(labelled));
        }
    }

    private static String name(JsonTree sample) {
        return sample.text("device") + "/" + sample.text("epoch") + "/" + sample.text("stream") + "/"
                + sample.number("seq", 0);
    }

    /** {@code fulmar fleet samples list}. Owned by the main thread. */
    @Command(name = "list", description = "Lists them, the newest first.")
    static final class ListThem extends AskCommand.Question {
        @Mixin
        Which which = new Which();

        @Override
        String path() {
            return which.path();
        }

        @Override
        TextTable table(List<JsonTree> all) {
            var table = new TextTable(
                    Set.of(5, 7), "AT", "SAMPLE", "MODEL", "RULE", "SAID", "SCORE", "TRUTH", "BYTES", "STATE");
            for (JsonTree each : all) {
                table.add(
                        each.text("at"),
                        name(each),
                        each.text("model") + " " + each.text("version"),
                        each.text("rule"),
                        each.text("label"),
                        each.value("score"),
                        each.text("truth"),
                        each.number("bytes", 0),
                        each.text("state"));
            }
            return table;
        }
    }

    /** Of one sample. Owned by the main thread. */
    abstract static class One implements Callable<Integer> {
        private static final Pattern SAMPLE =
                Pattern.compile("([^/]+)/([0-9a-f]{16})/(alarm|event|data)/([0-9]{1,18})");

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Parameters(
                index = "0",
                paramLabel = "DEVICE/EPOCH/STREAM/SEQ",
                description = "The sample, as press-7/00000198a3b4c5d6/data/42.")
        String sample = "";

        @Mixin
        ApiOptions api = new ApiOptions();

        String path() {
            Matcher place = SAMPLE.matcher(sample);
            if (!place.matches()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + TargetOptions.printable(sample)
                                + "' is no sample; expected DEVICE/EPOCH/STREAM/SEQ, as press-7/00000198a3b4c5d6/data/42");
            }
            return ApiClient.path("samples", place.group(1), place.group(2), place.group(3), place.group(4));
        }

        @Override
        public Integer call() {
            String path = path();
            PrintWriter out = spec.commandLine().getOut();
            try (ApiClient client = api.client()) {
                done(client, path, out);
            }
            out.flush();
            return ExitCode.OK;
        }

        abstract void done(ApiClient client, String path, PrintWriter out);
    }

    /** {@code fulmar fleet samples show}. Owned by the main thread. */
    @Command(name = "show", description = "What is known of one, as JSON.")
    static final class Show extends One {
        @Override
        void done(ApiClient client, String path, PrintWriter out) {
            out.println(client.get(path).json());
        }
    }

    /** {@code fulmar fleet samples remove}. Owned by the main thread. */
    @Command(name = "remove", description = "Deletes one in the fleet. What was said to be right about it stays.")
    static final class Remove extends One {
        @Override
        void done(ApiClient client, String path, PrintWriter out) {
            client.delete(path);
            out.println(sample + " is deleted");
        }
    }

    /** {@code fulmar fleet samples export}. Owned by the main thread. */
    @Command(
            name = "export",
            description = {
                "Writes them as a folder for training: DIR/LABEL/ID.jpg and so on, and DIR/samples.csv.",
                "LABEL is what somebody has said to be right ('fulmar fleet truth set'), else 'unlabelled'.",
                "The same folder again gains what is new; what has got another label since moves."
            })
    static final class Export implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Parameters(paramLabel = "DIR", description = "The folder; it is made if it is not there.")
        Path to = Path.of("");

        @Mixin
        Which which = new Which();

        @Option(names = "--predicted", description = "Where nobody has said what was right, by what the model said.")
        boolean predicted;

        @Mixin
        ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            try (ApiClient client = api.client()) {
                DatasetFolder folder = DatasetFolder.open(to);
                int added = 0;
                int coming = 0;
                try {
                    for (JsonTree each : client.all(which.path())) {
                        if ("whole".equals(each.text("state"))) {
                            added += folder.add(entry(each), () -> content(client, each)) ? 1 : 0;
                        } else {
                            coming++;
                        }
                    }
                } finally {
                    folder.finish();
                }
                out.println(added + " samples added to " + to + (coming == 0 ? "" : ", " + coming + " are not whole"));
                out.flush();
                return ExitCode.OK;
            } catch (IOException e) {
                throw new FleetException(
                        Category.PERMANENT,
                        "cannot write " + to + ": " + FileFailure.reason(e),
                        "choose another folder, or make room",
                        e);
            }
        }

        private DatasetFolder.Entry entry(JsonTree sample) {
            String truth = Objects.requireNonNullElse(sample.text("truth"), "");
            String said = Objects.requireNonNullElse(sample.text("label"), "");
            String label = !truth.isEmpty() ? truth : predicted && !said.isEmpty() ? said : DatasetFolder.UNLABELLED;
            Double score = sample.decimal("score");
            return new DatasetFolder.Entry(
                    required(sample, "device") + "-" + required(sample, "epoch") + "-" + required(sample, "stream")
                            + "-" + sample.number("seq", 0),
                    required(sample, "device"),
                    name(sample),
                    required(sample, "pipeline"),
                    required(sample, "model"),
                    required(sample, "version"),
                    said,
                    score == null ? "" : String.format(Locale.ROOT, "%s", score.floatValue()),
                    truth,
                    required(sample, "rule"),
                    required(sample, "at"),
                    label,
                    required(sample, "format"));
        }

        private static byte[] content(ApiClient client, JsonTree sample) throws IOException {
            byte[] content = client.bytes(ApiClient.path(
                    "samples",
                    required(sample, "device"),
                    required(sample, "epoch"),
                    required(sample, "stream"),
                    Long.toString(sample.number("seq", 0)),
                    "content"));
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
                if (!HexFormat.of().formatHex(digest).equals(sample.text("sha256"))) {
                    throw new IOException(name(sample) + " is not what its digest says");
                }
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
            return content;
        }

        /** What becomes a part of a path is looked at, whatever answers. */
        private static String required(JsonTree sample, String name) {
            String text = sample.text(name);
            if (text == null
                    || (List.of("device", "epoch", "stream", "format").contains(name)
                            && !text.matches("[A-Za-z0-9._-]{1,64}"))) {
                throw new FleetException(
                        Category.PERMANENT,
                        "the answer lacks '" + name + "'",
                        "is that the address of a fleet service of this version? See --url");
            }
            return text;
        }
    }
}
