package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet commands}. Owned by the main thread. */
@Command(
        name = "commands",
        description = {
            "Lists the commands that were sent, newest first, and what became of them.",
            "Reads the database, whether or not the service runs; with --url asks a service.",
            "'waiting' is sent again to a device that comes back."
        })
final class CommandsCommand implements Callable<Integer> {
    private static final int SHOWN = 8;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "Only those to this device, or to a group of it.")
    @Nullable
    String device;

    @Option(names = "--id", paramLabel = "ID", description = "Only this command, with its answers.")
    @Nullable
    String id;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "How many, at most " + Limits.QUERY_COMMANDS + "; default: 20.")
    int last = 20;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        if (last < 1 || last > Limits.QUERY_COMMANDS) {
            throw new ParameterException(
                    spec.commandLine(), "--last is " + last + ", but must be from 1 to " + Limits.QUERY_COMMANDS);
        }
        if (device != null) {
            TargetOptions.requireName(spec, "device id", device);
        }
        PrintWriter out = spec.commandLine().getOut();
        List<CommandRow> commands = rows();
        long now = InstantSource.system().millis();
        if (json) {
            out.println(QueryJson.commands(commands, now));
        } else {
            table(commands, now).print(out);
            if (id != null) {
                commands.forEach(command -> print(command, out));
            }
        }
        out.flush();
        return id != null && commands.isEmpty() ? ExitCode.FAILED : ExitCode.OK;
    }

    private List<CommandRow> rows() {
        if (api.elsewhere()) {
            String path = ApiClient.path("commands") + "?" + (device == null ? "" : "device=" + ApiClient.query(device))
                    + (id == null ? "" : "&id=" + ApiClient.query(id));
            try (ApiClient client = api.client()) {
                if (device != null) {
                    client.get(ApiClient.path("devices", device)); // says so where nobody has heard of it
                }
                return client.some(path, last).stream().map(ApiRows::command).toList();
            }
        }
        try (var queries = FleetQueries.open(api.data.directory())) {
            if (device != null) {
                TargetOptions.requireKnown(queries, device);
            }
            return queries.commands(device, id, last);
        }
    }

    private static TextTable table(List<CommandRow> commands, long now) {
        var table = new TextTable(Set.of(), "SENT", "TO", "TYPE", "STATE", "EXPIRES", "SIGNED BY", "ID");
        for (CommandRow command : commands) {
            table.add(
                    Times.text(command.receivedMillis()),
                    (command.group() ? "group " : "") + command.target(),
                    command.type(),
                    command.state(now),
                    Times.text(command.expiresMillis()),
                    command.signedBy().isEmpty()
                            ? null
                            : command.signedBy().stream()
                                    .map(key -> key.substring(0, SHOWN))
                                    .collect(Collectors.joining(" ")),
                    command.id());
        }
        return table;
    }

    private static void print(CommandRow command, PrintWriter out) {
        out.println();
        out.println(QueryJson.indented(command.command()));
        for (CommandRow.Answer answer : command.answers()) {
            String reason = answer.reason() == null ? "" : ": " + TargetOptions.printable(answer.reason());
            out.println(answer.device() + "  " + answer.outcome() + reason + "  (" + Times.text(answer.receivedMillis())
                    + ")");
            if (answer.result() != null) {
                out.println(QueryJson.indented(answer.result()));
            } else if (answer.resultBytes() > 0) {
                out.println("a result of " + answer.resultBytes() + " bytes, too large to be kept");
            }
        }
        command.waiting().forEach(device -> out.println(device + "  no answer yet"));
    }
}
