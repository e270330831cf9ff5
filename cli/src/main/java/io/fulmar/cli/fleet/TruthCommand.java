package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
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

/** {@code fulmar fleet truth}: what was right, and how often models were. Owned by the main thread. */
@Command(
        name = "truth",
        description = "Says what was right about predictions, and shows how often models were.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TruthCommand.SetTruth.class, TruthCommand.ShowAccuracy.class})
final class TruthCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'truth'");
        }
    }

    /** {@code fulmar fleet truth set}. Owned by the main thread. */
    @Command(
            name = "set",
            description = {
                "Says what was right about one prediction; again with another label corrects it.",
                "'fulmar fleet predictions' shows which there are."
            })
    static final class SetTruth implements Callable<Integer> {
        private static final Pattern PREDICTION = Pattern.compile("([^/]+)/([0-9a-f]{16})/(alarm|data)/([0-9]{1,18})");

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Parameters(
                index = "0",
                paramLabel = "DEVICE/EPOCH/STREAM/SEQ",
                description = "The prediction, as press-7/00000198a3b4c5d6/data/42.")
        String prediction = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "LABEL", description = "The true label.")
        @Nullable
        String label;

        @Option(names = "--forget", description = "Forget what was said of it.")
        boolean forget;

        @Mixin
        ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            Matcher place = PREDICTION.matcher(prediction);
            if (!place.matches()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + TargetOptions.printable(prediction)
                                + "' is no prediction; expected DEVICE/EPOCH/STREAM/SEQ, as press-7/00000198a3b4c5d6/data/42");
            }
            if (forget == (label != null)) {
                throw new ParameterException(spec.commandLine(), "one of LABEL and --forget");
            }
            String request = QueryJson.object(json -> {
                json.writeArrayPropertyStart("items");
                json.writeStartObject();
                json.writeStringProperty("device", place.group(1));
                json.writeStringProperty("epoch", place.group(2));
                json.writeStringProperty("stream", place.group(3));
                json.writeNumberProperty("seq", Long.parseLong(place.group(4)));
                if (label != null) {
                    json.writeStringProperty("label", label);
                }
                json.writeEndObject();
                json.writeEndArray();
            });
            try (ApiClient client = api.client()) {
                JsonTree answer = JsonTree.read(client.post(ApiClient.path("truth"), request));
                PrintWriter out = spec.commandLine().getOut();
                out.println(
                        label != null
                                ? prediction + " was " + TextTable.printable(label)
                                : answer.number("removed", 0) == 0
                                        ? "nothing was said of " + prediction
                                        : "forgotten what was said of " + prediction);
                out.flush();
            }
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet truth accuracy}. Owned by the main thread. */
    @Command(
            name = "accuracy",
            description =
                    "How often each version of a model was right, of the predictions of which somebody has said what was.")
    static final class ShowAccuracy extends AskCommand.Question {
        @Option(names = "--device", paramLabel = "D", description = "Only on this device; default: all together.")
        @Nullable
        String device;

        @Option(names = "--model", paramLabel = "M", description = "Only of this model.")
        @Nullable
        String model;

        @Option(names = "--confusion", description = "What it said when it was what.")
        boolean confusion;

        @Override
        String path() {
            return parameters(ApiClient.path("truth", "accuracy"), "device", device, "model", model);
        }

        @Override
        TextTable table(List<JsonTree> all) {
            var table = confusion
                    ? new TextTable(Set.of(4), "MODEL", "VERSION", "SAID", "WAS", "COUNT")
                    : new TextTable(Set.of(2, 3, 4), "MODEL", "VERSION", "LABELLED", "RIGHT", "ACCURACY");
            for (JsonTree each : all) {
                if (confusion) {
                    each.objects("confusion")
                            .forEach(count -> table.add(
                                    each.text("model"),
                                    each.text("version"),
                                    count.text("said"),
                                    count.text("truth"),
                                    count.number("count", 0)));
                } else {
                    table.add(
                            each.text("model"),
                            each.text("version"),
                            each.number("labelled", 0),
                            each.number("right", 0),
                            String.format(
                                    Locale.ROOT,
                                    "%.1f %%",
                                    100 * Objects.requireNonNullElse(each.decimal("accuracy"), 0.0)));
                }
            }
            return table;
        }
    }
}
