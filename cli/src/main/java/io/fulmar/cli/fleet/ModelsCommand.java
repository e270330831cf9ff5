package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.CatalogJson;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet models}: what was published, and how far it has come. Owned by the main thread. */
@Command(
        name = "models",
        description = {
            "Lists the published releases of models, of each model the newest first, with the number of devices on which"
                    + " each is active, on its way, or was turned down.",
            "With MODEL: how far its releases have come on each device."
        })
final class ModelsCommand implements Callable<Integer> {
    private static final int DIGITS = 12;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "One model, by its devices.")
    @Nullable
    String model;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (model == null) {
            published(out);
        } else {
            byDevice(out, model);
        }
        out.flush();
        return ExitCode.OK;
    }

    private void published(PrintWriter out) {
        List<JsonTree> all = releases();
        if (json) {
            out.println(JsonTree.json(all));
            return;
        }
        if (all.isEmpty()) {
            out.println("nothing was published here: fulmar fleet publish PKG");
            return;
        }
        var table = new TextTable(
                Set.of(2, 3, 4, 5, 6),
                "MODEL",
                "VERSION",
                "RELEASE",
                "BYTES",
                "ACTIVE",
                "COMING",
                "FAILED",
                "SIGNED",
                "PUBLISHED",
                "MANIFEST",
                "STATE",
                "STEPS");
        for (JsonTree release : all) {
            JsonTree devices = release.object("devices");
            Long published = ApiRows.nullableTime(release, "published");
            String manifest = release.text("manifest");
            table.add(
                    release.text("model"),
                    release.text("version"),
                    release.number("release", 0),
                    release.number("bytes", 0),
                    devices.number("active", 0),
                    devices.number("coming", 0),
                    devices.number("failed", 0),
                    release.texts("signedBy").isEmpty() ? "no" : "yes",
                    published == null ? null : Times.text(published),
                    manifest == null ? null : manifest.substring(0, Math.min(DIGITS, manifest.length())),
                    state(release),
                    steps(release));
        }
        table.print(out);
    }

    /** What is done before and after the model, on one line. */
    private static String steps(JsonTree release) {
        List<String> types = new ArrayList<>();
        if (release.has("steps")) {
            JsonTree steps = release.object("steps");
            steps.objects("preprocess").forEach(step -> types.add(step.text("type")));
            types.add("model");
            steps.objects("postprocess").forEach(step -> types.add(step.text("type")));
        }
        return TargetOptions.printable(String.join(", ", types));
    }

    private static String state(JsonTree release) {
        if (release.has("yanked") && release.object("yanked").has("by")) {
            return "withdrawn";
        }
        return release.has("retired") && release.object("retired").has("at") ? "retired" : "good";
    }

    private void byDevice(PrintWriter out, String name) {
        List<JsonTree> its = devices(name);
        if (json) {
            out.println(JsonTree.json(its));
            return;
        }
        if (its.isEmpty()) {
            if (releases().stream().noneMatch(release -> name.equals(release.text("model")))) {
                throw new FleetException(
                        Category.PERMANENT,
                        "nothing is known of a model '" + TargetOptions.printable(name) + "' here",
                        "'fulmar fleet models' lists what was published");
            }
            out.println("no device has a release of " + name + ": fulmar fleet assign " + name + " --device D");
            return;
        }
        var table = new TextTable(
                Set.of(1, 4, 5, 7),
                "DEVICE",
                "RELEASE",
                "VERSION",
                "STATE",
                "PERCENT",
                "P95 US",
                "COMPARED",
                "SWAP MS",
                "REASON");
        for (JsonTree row : its) {
            long total = row.number("total", 0);
            table.add(
                    row.text("device"),
                    row.number("release", 0),
                    row.text("version"),
                    row.text("state"),
                    total == 0 ? null : Math.min(100, (long) (100.0 * row.number("done", 0) / total)),
                    row.object("numbers").value("p95Micros"),
                    compared(row.object("numbers")),
                    row.value("swapMs"),
                    row.text("reason"));
        }
        table.print(out);
    }

    /** How it did against the release that ran beside it or before it there; null where that was not measured. */
    static @Nullable String compared(JsonTree numbers) {
        List<String> said = new ArrayList<>();
        long p95 = numbers.number("p95Micros", -1);
        long other = numbers.number("activeP95Micros", -1);
        if (p95 >= 0 && other > 0) {
            said.add(String.format(Locale.ROOT, "%.2f x %d us", (double) p95 / other, other));
        }
        String agreement = numbers.value("agreement");
        if (agreement != null) {
            said.add(String.format(Locale.ROOT, "%.1f %% the same", 100 * Double.parseDouble(agreement)));
        }
        return said.isEmpty() ? null : String.join(", ", said);
    }

    /** What was published, the same wherever it is asked for. */
    private List<JsonTree> releases() {
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                return client.all(ApiClient.path("models"));
            }
        }
        return JsonTree.readAll(CatalogJson.releases(new Catalog(api.data.directory()).list(), rows()));
    }

    private List<JsonTree> devices(String name) {
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                return client.all(ApiClient.path("models", name, "devices"));
            }
        }
        return JsonTree.readAll(QueryJson.models(
                rows().stream().filter(row -> row.name().equals(name)).toList()));
    }

    /** What devices say; nothing before there was a service. */
    private List<ModelRow> rows() {
        if (!Database.in(api.data.directory()).exists()) {
            return List.of();
        }
        try (var queries = FleetQueries.open(api.data.directory())) {
            return queries.models();
        }
    }
}
