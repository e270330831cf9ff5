package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.ExportFormat;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Topics;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet predictions}. Owned by the main thread. */
@Command(
        name = "predictions",
        description =
                "Lists the newest records that the fleet has stored, newest first: predictions, and the failures and"
                        + " events that stand between them.")
final class PredictionsCommand implements Callable<Integer> {
    private static final int DEFAULT_LAST = 20;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Option(names = "--device", paramLabel = "D", description = "Only of this device.")
    @Nullable
    String device;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "How many, at most " + Limits.QUERY_ROWS + "; default: " + DEFAULT_LAST + ".")
    int last = DEFAULT_LAST;

    @ArgGroup
    Form form = new Form();

    /** How to print. */
    static final class Form {
        @Option(names = "--json", description = "Print JSON.")
        boolean json;

        @Option(names = "--csv", description = "Print CSV (RFC 4180).")
        boolean csv;
    }

    @Override
    public Integer call() {
        if (last < 1 || last > Limits.QUERY_ROWS) {
            throw new ParameterException(
                    spec.commandLine(), "--last is " + last + ", but must be from 1 to " + Limits.QUERY_ROWS);
        }
        if (device != null && !Topics.isDeviceId(device)) {
            throw new ParameterException(
                    spec.commandLine(), "'" + device + "' is no device id: 1 to 64 letters, digits, '.', '_' and '-'");
        }
        PrintWriter out = spec.commandLine().getOut();
        List<PredictionRow> predictions = rows();
        if (form.json) {
            out.println(QueryJson.predictions(predictions));
        } else if (form.csv) {
            out.print(ExportFormat.CSV.text(predictions, true));
        } else {
            table(predictions).print(out);
        }
        out.flush();
        return ExitCode.OK;
    }

    private List<PredictionRow> rows() {
        if (api.elsewhere()) {
            String path = ApiClient.path("predictions") + (device == null ? "" : "?device=" + ApiClient.query(device));
            try (ApiClient client = api.client()) {
                return client.some(path, last).stream().map(ApiRows::prediction).toList();
            }
        }
        try (var queries = FleetQueries.open(api.data.directory())) {
            return queries.predictions(device, last);
        }
    }

    static TextTable table(List<PredictionRow> predictions) {
        // most models find no more than a class, which leaves the table as narrow as it is
        boolean found = predictions.stream().anyMatch(prediction -> prediction.found() != null);
        List<String> columns = new ArrayList<>(
                List.of("RECEIVED", "MADE", "DEVICE", "KIND", "LABEL", "SCORE", "PIPELINE", "MODEL", "STREAM", "SEQ"));
        if (found) {
            columns.add("FOUND");
        }
        var table = new TextTable(Set.of(5, 9), columns.toArray(String[]::new));
        for (PredictionRow prediction : predictions) {
            List<@Nullable Object> row = new ArrayList<>(Arrays.asList(
                    Times.text(prediction.receivedMillis()),
                    made(prediction),
                    prediction.device(),
                    prediction.kind(),
                    prediction.label(),
                    prediction.score() == null ? null : String.format(Locale.ROOT, "%.3f", prediction.score()),
                    prediction.pipeline(),
                    prediction.model() == null ? null : prediction.model() + " " + prediction.version(),
                    prediction.stream(),
                    prediction.seq()));
            if (found) {
                row.add(prediction.found() == null ? null : FoundText.of(prediction.found()));
            }
            table.add(row.toArray());
        }
        return table;
    }

    private static @Nullable String made(PredictionRow prediction) {
        Long time = prediction.timeMillis();
        Long believed = prediction.wallMillis();
        if (time == null || believed == null) {
            return null;
        }
        return prediction.corrected()
                ? Times.text(time) + " (its clock said " + Times.text(believed) + ")"
                : Times.text(time);
    }
}
