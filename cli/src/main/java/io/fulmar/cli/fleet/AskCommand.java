package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.sync.wire.Topics;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet ask}: what models said, counted. Owned by the main thread. */
@Command(
        name = "ask",
        description = "Asks a running service what models said: how often, how sure, and whether that has changed.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AskCommand.Labels.class,
            AskCommand.Confidence.class,
            AskCommand.Latest.class,
            AskCommand.Drift.class
        })
final class AskCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'ask'");
        }
    }

    /** What all of them have. Owned by the main thread. */
    abstract static class Question implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Mixin
        ApiOptions api = new ApiOptions();

        @Option(names = "--json", description = "Print JSON.")
        boolean json;

        @Override
        public Integer call() {
            List<JsonTree> all;
            try (ApiClient client = api.client()) {
                all = shown(client.all(path()));
            }
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(JsonTree.json(all));
            } else {
                table(all).print(out);
            }
            out.flush();
            return ExitCode.OK;
        }

        abstract String path();

        /** Those that are printed. */
        List<JsonTree> shown(List<JsonTree> all) {
            return all;
        }

        abstract TextTable table(List<JsonTree> all);

        /** The path with those parameters that have a value, given as name, value, name, value. */
        static String path(String question, @Nullable String... parameters) {
            return parameters(ApiClient.path("predictions", question), parameters);
        }

        static String parameters(String start, @Nullable String... parameters) {
            var path = new StringBuilder(start);
            char separator = '?';
            for (int i = 0; i < parameters.length; i += 2) {
                String value = parameters[i + 1];
                if (value != null) {
                    path.append(separator).append(parameters[i]).append('=').append(ApiClient.query(value));
                    separator = '&';
                }
            }
            return path.toString();
        }

        static @Nullable String ago(@Nullable Duration time) {
            return time == null
                    ? null
                    : Instant.now().minus(time).truncatedTo(ChronoUnit.SECONDS).toString();
        }
    }

    /** Of which device and model. Owned by the main thread. */
    abstract static class Narrow extends Question {
        @Option(names = "--device", paramLabel = "D", description = "Only of this device; default: all together.")
        @Nullable
        String device;

        @Option(names = "--model", paramLabel = "M", description = "Only of this model.")
        @Nullable
        String model;

        @Option(
                names = "--since",
                paramLabel = "TIME",
                converter = Durations.class,
                description = "How far back, as 12h or 7d; default: 1d.")
        @Nullable
        Duration since;

        @Override
        public Integer call() {
            if (device != null && !Topics.isDeviceId(device)) {
                throw new ParameterException(spec.commandLine(), "'" + device + "' is no device id");
            }
            return super.call();
        }
    }

    /** {@code fulmar fleet ask labels}. Owned by the main thread. */
    @Command(name = "labels", description = "How many predictions there were of each label, hour by hour.")
    static final class Labels extends Narrow {
        @Option(names = "--by-day", description = "Day by day (UTC).")
        boolean byDay;

        @Override
        String path() {
            return path("labels", "device", device, "model", model, "from", ago(since), "step", byDay ? "day" : "hour");
        }

        @Override
        TextTable table(List<JsonTree> all) {
            var table = new TextTable(Set.of(4), "FROM", "MODEL", "VERSION", "LABEL", "COUNT");
            all.forEach(row -> table.add(
                    row.text("at"), row.text("model"), row.text("version"), row.text("label"), row.number("count", 0)));
            return table;
        }
    }

    /** {@code fulmar fleet ask confidence}. Owned by the main thread. */
    @Command(name = "confidence", description = "How sure the models were, in twentieths.")
    static final class Confidence extends Narrow {
        private static final int BAR = 40;
        private static final double BUCKETS = 20;

        @Override
        String path() {
            return path("confidence", "device", device, "model", model, "from", ago(since));
        }

        @Override
        TextTable table(List<JsonTree> all) {
            long most = Stream.concat(Stream.of(1L), all.stream().map(row -> row.number("count", 0)))
                    .mapToLong(count -> count)
                    .max()
                    .orElse(1);
            var table = new TextTable(Set.of(2, 3), "MODEL", "VERSION", "FROM", "COUNT", "");
            all.forEach(row -> table.add(
                    row.text("model"),
                    row.text("version"),
                    String.format(Locale.ROOT, "%.2f", row.number("bucket", 0) / BUCKETS),
                    row.number("count", 0),
                    "#".repeat((int) Math.ceilDiv(row.number("count", 0) * BAR, most))));
            return table;
        }
    }

    /** {@code fulmar fleet ask latest}. Owned by the main thread. */
    @Command(name = "latest", description = "The newest prediction of each device.")
    static final class Latest extends Question {
        @Override
        String path() {
            return path("latest");
        }

        @Override
        TextTable table(List<JsonTree> all) {
            return PredictionsCommand.table(
                    all.stream().map(ApiRows::prediction).toList());
        }
    }

    /** {@code fulmar fleet ask drift}. Owned by the main thread. */
    @Command(
            name = "drift",
            description = {
                "How far what each version of a model says is from the data that it was tested on (TEST), and from the 7 days"
                        + " before (BEFORE), as population stability indexes of its labels and its confidence.",
                "Below 0.1 nothing has changed; above 0.25 look what has."
            })
    static final class Drift extends Narrow {
        @Override
        String path() {
            return path("drift", "device", device, "model", model, "since", ago(since));
        }

        @Override
        TextTable table(List<JsonTree> all) {
            var table = new TextTable(
                    Set.of(2, 3, 4, 5, 6),
                    "MODEL",
                    "VERSION",
                    "PREDICTIONS",
                    "TEST LABELS",
                    "TEST CONFIDENCE",
                    "BEFORE LABELS",
                    "BEFORE CONFIDENCE");
            all.forEach(row -> table.add(
                    row.text("model"),
                    row.text("version"),
                    row.number("predictions", 0),
                    row.object("reference").value("labels"),
                    row.object("reference").value("confidence"),
                    row.object("before").value("labels"),
                    row.object("before").value("confidence")));
            return table;
        }
    }
}
