package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.StreamRow;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet streams}. Owned by the main thread. */
@Command(
        name = "streams",
        description = {
            "Lists each stream of each device's store, and how far it is stored.",
            "NEXT is the sequence number that is expected next; always NEXT - 1 = ROWS + GAP ROWS."
        })
final class StreamsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<StreamRow> streams = rows();
        if (json) {
            out.println(QueryJson.streams(streams));
            out.flush();
            return ExitCode.OK;
        }
        var table = new TextTable(
                Set.of(3, 4, 5, 6, 7, 8),
                "DEVICE",
                "EPOCH",
                "STREAM",
                "NEXT",
                "ROWS",
                "GAPS",
                "GAP ROWS",
                "DUPLICATES REFUSED",
                "CONFLICTS",
                "LAST RECEIVED");
        for (StreamRow stream : streams) {
            table.add(
                    stream.device(),
                    stream.epoch(),
                    stream.stream(),
                    stream.next(),
                    stream.rows(),
                    stream.gaps(),
                    stream.gapRows(),
                    stream.duplicates(),
                    stream.conflicts(),
                    Times.text(stream.lastReceivedMillis()));
        }
        table.print(out);
        return ExitCode.OK;
    }

    private List<StreamRow> rows() {
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                return client.all(ApiClient.path("streams")).stream()
                        .map(ApiRows::stream)
                        .toList();
            }
        }
        try (var queries = FleetQueries.open(api.data.directory())) {
            return queries.streams();
        }
    }
}
