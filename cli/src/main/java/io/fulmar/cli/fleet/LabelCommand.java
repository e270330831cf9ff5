package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet label}: what devices are called, so that they can be chosen by it. Owned by the main thread. */
@Command(
        name = "label",
        description = {
            "Sets labels of a device, and takes away those that end with a minus; without any, shows what devices have.",
            "id, group, board, agent, online and model.NAME are known by the fleet itself and cannot be set."
        },
        footer = {
            "",
            "Examples:",
            "  fulmar fleet label press-07 site=kiel line=3 trial-",
            "  fulmar fleet label --where \"board = raspberry-pi-5 and not group in (canary, lab)\""
        })
final class LabelCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "The device.")
    @Nullable
    String device;

    @Parameters(index = "1..*", paramLabel = "NAME=VALUE|NAME-", description = "What to set or take away.")
    List<String> changes = new ArrayList<>();

    @Option(names = "--where", paramLabel = "EXPR", description = "Show the devices that fit, with their labels.")
    @Nullable
    String where;

    @Option(names = "--json", description = "Print JSON, a device a line.")
    boolean json;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        if (device != null) {
            TargetOptions.requireName(spec, "device id", device);
        }
        if (device != null && where != null) {
            throw new ParameterException(spec.commandLine(), "either a device or --where");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ApiClient client = api.client()) {
            if (device == null || changes.isEmpty()) {
                String expression = device != null ? "id = " + device : where == null ? "all" : where;
                show(
                        client.all(ApiClient.path("labels") + "?where="
                                + URLEncoder.encode(expression, StandardCharsets.UTF_8)),
                        out);
            } else {
                String answer = client.patch(ApiClient.path("devices", device, "labels"), request());
                out.println(json ? answer : labels(JsonTree.read(answer).object("labels")));
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private void show(List<JsonTree> devices, PrintWriter out) {
        if (json) {
            devices.forEach(of -> out.println(of.json()));
            return;
        }
        var table = new TextTable(Set.of(), "DEVICE", "LABELS");
        for (JsonTree of : devices) {
            JsonTree labels = of.object("labels");
            List<String> texts = new ArrayList<>();
            for (String name : labels.names()) {
                if (!name.equals("id")) {
                    texts.add(name + "=" + String.join(",", labels.texts(name)));
                }
            }
            table.add(of.text("device"), String.join(" ", texts));
        }
        table.print(out);
    }

    private static String labels(JsonTree labels) {
        List<String> texts = new ArrayList<>();
        labels.names().forEach(name -> texts.add(name + "=" + labels.text(name)));
        return texts.isEmpty() ? "no labels of its own" : TextTable.printable(String.join(" ", texts));
    }

    private String request() {
        Map<String, @Nullable String> wanted = new LinkedHashMap<>();
        for (String change : changes) {
            int equals = change.indexOf('=');
            if (equals > 0) {
                wanted.put(change.substring(0, equals), change.substring(equals + 1));
            } else if (equals < 0 && change.length() > 1 && change.endsWith("-")) {
                wanted.put(change.substring(0, change.length() - 1), null);
            } else {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + TargetOptions.printable(change) + "' is neither NAME=VALUE nor NAME-");
            }
        }
        return QueryJson.object(body -> {
            body.writeObjectPropertyStart("labels");
            wanted.forEach((name, value) -> {
                if (value == null) {
                    body.writeNullProperty(name);
                } else {
                    body.writeStringProperty(name, value);
                }
            });
            body.writeEndObject();
        });
    }
}
