package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.rollout.PlanJson;
import io.fulmar.model.source.TomlText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** {@code fulmar fleet rollout create}. Owned by the main thread. */
@Command(
        name = "create",
        description = {
            "Begins a rollout as a plan says, or as the options do: --release, --where and --wave.",
            "Without --wave: one device, then 10 of 100, then all, each wave when the one before was good."
        })
final class RolloutCreateCommand implements Callable<Integer> {
    private static final List<String> USUAL = List.of("1", "10%", "100%");

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "PLAN",
            description = "A file with the plan: TOML, or JSON if it is *.json.")
    @Nullable
    Path plan;

    @Option(
            names = "--release",
            paramLabel = "MODEL[:VERSION|@RELEASE]",
            description = "What to roll out; without a version the newest that was published.")
    @Nullable
    String release;

    @Option(
            names = "--where",
            paramLabel = "EXPR",
            description = "Which devices, by their labels: board = raspberry-pi-5.")
    @Nullable
    String where;

    @Option(
            names = "--wave",
            paramLabel = "N|N%",
            description = "How far a wave goes, repeatable, in their order; the last one is 100%%.")
    List<String> waves = new ArrayList<>();

    @Option(names = "--soak", paramLabel = "TIME", description = "How long each wave must stay good, as 10m.")
    @Nullable
    String soak;

    @Option(names = "--deadline", paramLabel = "TIME", description = "How long a device may take, as 1h; default: 1h.")
    @Nullable
    String deadline;

    @Option(names = "--approval", description = "Wait for 'fulmar fleet rollout approve' after each wave but the last.")
    boolean approval;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it; default: what is rolled out.")
    @Nullable
    String name;

    @Option(names = "--dry-run", description = "Change nothing: say which devices would be in which wave.")
    boolean dryRun;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        if ((plan == null) == (release == null)) {
            throw new ParameterException(spec.commandLine(), "either a file with a plan, or --release");
        }
        if (plan != null
                && (where != null
                        || !waves.isEmpty()
                        || soak != null
                        || deadline != null
                        || approval
                        || name != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--where, --wave, --soak, --deadline, --approval and --name stand in the plan");
        }
        if (release != null && where == null) {
            throw new ParameterException(spec.commandLine(), "--where says which devices; 'all' for all of them");
        }
        String request = plan != null ? read(plan) : made(String.valueOf(release), String.valueOf(where));
        PrintWriter out = spec.commandLine().getOut();
        try (ApiClient client = api.client()) {
            if (dryRun) {
                preview(client.post(ApiClient.path("rollout-preview"), request), out);
            } else {
                String answer = client.post(ApiClient.path("rollouts"), request);
                if (json) {
                    out.println(QueryJson.indented(answer));
                } else {
                    JsonTree rollout = JsonTree.read(answer);
                    RolloutText.lines(rollout).forEach(out::println);
                    out.println("how it goes on: fulmar fleet rollout watch " + rollout.text("id"));
                }
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private void preview(String answer, PrintWriter out) {
        if (json) {
            out.println(QueryJson.indented(answer));
            return;
        }
        JsonTree preview = JsonTree.read(answer);
        out.println(preview.number("devices", 0) + " devices fit; nothing was changed");
        for (JsonTree wave : preview.objects("waves")) {
            List<String> first = wave.texts("first");
            long total = wave.number("total", 0);
            out.println(TextTable.printable("  wave " + wave.number("wave", 0) + ": " + total
                    + (first.isEmpty() ? "" : "  " + String.join(", ", first))
                    + (total > first.size() ? ", …" : "")));
        }
    }

    /** The plan as JSON; whatever else is wrong with it, the service says. */
    private static String read(Path file) {
        String text;
        try {
            if (Files.size(file) > PlanJson.BYTES) {
                throw new FleetException(Category.PERMANENT, file + " is too large for a plan", "see docs/rollouts.md");
            }
            text = Files.readString(file);
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + " cannot be read: " + FileFailure.reason(e),
                    "name the file of a plan",
                    e);
        }
        if (file.toString().endsWith(".json")) {
            return text;
        }
        return TomlText.toJson(file.toString(), text);
    }

    private String made(String what, String target) {
        ReleaseName named = ReleaseName.parse(spec, what);
        return QueryJson.object(body -> {
            body.writeStringProperty("name", name == null ? what : name);
            body.writeObjectPropertyStart("release");
            body.writeStringProperty("model", named.model());
            if (named.version() != null) {
                body.writeStringProperty("version", named.version());
            }
            if (named.release() > 0) {
                body.writeNumberProperty("number", named.release());
            }
            body.writeEndObject();
            body.writeStringProperty("target", target);
            body.writeArrayPropertyStart("waves");
            List<String> sizes = waves.isEmpty() ? USUAL : waves;
            for (int i = 0; i < sizes.size(); i++) {
                wave(body, sizes.get(i), i == sizes.size() - 1);
            }
            body.writeEndArray();
        });
    }

    private void wave(JsonGenerator body, String size, boolean last) {
        body.writeStartObject();
        try {
            if (size.endsWith("%")) {
                body.writeNumberProperty("percent", Double.parseDouble(size.substring(0, size.length() - 1)));
            } else {
                body.writeNumberProperty("devices", Integer.parseInt(size));
            }
        } catch (NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(), "--wave " + TargetOptions.printable(size) + " is neither 5 nor 10%", e);
        }
        if (soak != null) {
            body.writeStringProperty("soak", soak);
        }
        if (deadline != null) {
            body.writeStringProperty("deadline", deadline);
        }
        body.writeBooleanProperty("approval", approval && !last);
        body.writeEndObject();
    }
}
