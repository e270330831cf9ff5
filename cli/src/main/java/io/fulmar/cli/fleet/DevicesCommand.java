package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Status;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet devices}. Owned by the main thread. */
@Command(
        name = "devices",
        description = {
            "Lists the devices that the fleet has enrolled or heard of.",
            "Reads the database, whether or not the service runs; with --url asks a service."
        })
final class DevicesCommand implements Callable<Integer> {
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
        List<DeviceRow> devices = rows();
        if (json) {
            out.println(QueryJson.devices(devices));
            out.flush();
            return ExitCode.OK;
        }
        var table =
                new TextTable(Set.of(6), "DEVICE", "STATE", "WRONG", "AGENT", "FIRST HEARD", "LAST HEARD", "REFUSED");
        for (DeviceRow device : devices) {
            table.add(
                    device.device(),
                    device.state(),
                    names(device.conditions()),
                    device.agentVersion(),
                    Times.textOr(device.firstSeenMillis(), "never"),
                    Times.textOr(device.lastSeenMillis(), "never"),
                    device.refused());
        }
        table.print(out);
        for (DeviceRow device : devices) {
            for (Status.Condition wrong : device.conditions()) {
                out.println(TextTable.printable(device.device() + ": " + wrong.name() + " since "
                        + Times.text(wrong.sinceMillis()) + ": " + wrong.reason() + " | " + wrong.hint()));
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private List<DeviceRow> rows() {
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                return client.all(ApiClient.path("devices")).stream()
                        .map(ApiRows::device)
                        .toList();
            }
        }
        List<DeviceRow> all = new ArrayList<>();
        try (var queries = FleetQueries.open(api.data.directory())) {
            queries.forEachDevice(all::add);
        }
        all.sort(Comparator.comparing(DeviceRow::device));
        return all;
    }

    private static @Nullable String names(List<Status.Condition> conditions) {
        return conditions.isEmpty()
                ? null
                : conditions.stream().map(Status.Condition::name).distinct().collect(Collectors.joining(", "));
    }
}
