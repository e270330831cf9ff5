package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.ModelRow.Course;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Reported;
import java.io.PrintWriter;
import java.util.List;
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
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "One model, by its devices.")
    @Nullable
    String model;

    @Option(names = "--json", description = "With MODEL: print JSON.")
    boolean json;

    @Mixin
    DataOption data = new DataOption();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Published> all = new Catalog(data.directory()).list();
        List<ModelRow> rows = rows();
        if (model != null) {
            byDevice(out, all, rows);
        } else if (all.isEmpty()) {
            out.println("nothing was published here: fulmar fleet publish PKG");
        } else {
            published(out, all, rows);
        }
        out.flush();
        return ExitCode.OK;
    }

    /** What devices say; nothing before there was a service. */
    private List<ModelRow> rows() {
        if (!Database.in(data.directory()).exists()) {
            return List.of();
        }
        try (var queries = FleetQueries.open(data.directory())) {
            return queries.models();
        }
    }

    private static void published(PrintWriter out, List<Published> all, List<ModelRow> rows) {
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
                "MANIFEST");
        for (Published release : all) {
            List<ModelRow> its = rows.stream()
                    .filter(row -> row.manifest().equals(release.manifestDigest()))
                    .toList();
            table.add(
                    release.manifest().name(),
                    release.manifest().version(),
                    release.manifest().release(),
                    release.manifest().model().size(),
                    count(its, Course.ACTIVE),
                    count(its, Course.ON_THE_WAY),
                    count(its, Course.FAILED),
                    release.statement() == null ? "no" : "yes",
                    Times.text(release.publishedMillis()),
                    release.manifestDigest().substring(0, 12));
        }
        table.print(out);
    }

    private static long count(List<ModelRow> rows, Course course) {
        return rows.stream().filter(row -> row.course() == course).count();
    }

    private void byDevice(PrintWriter out, List<Published> all, List<ModelRow> rows) {
        List<ModelRow> its =
                rows.stream().filter(row -> row.name().equals(model)).toList();
        if (json) {
            out.println(QueryJson.models(its));
            return;
        }
        if (its.isEmpty()) {
            if (all.stream().noneMatch(release -> release.manifest().name().equals(model))) {
                throw new FleetException(
                        Category.PERMANENT,
                        "nothing is known of a model '" + TargetOptions.printable(String.valueOf(model)) + "' here",
                        "'fulmar fleet models' lists what was published");
            }
            out.println("no device has a release of " + model + ": fulmar fleet assign " + model + " --device D");
            return;
        }
        var table = new TextTable(
                Set.of(1, 4, 5, 6), "DEVICE", "RELEASE", "VERSION", "STATE", "PERCENT", "P95 US", "SWAP MS", "REASON");
        for (ModelRow row : its) {
            Reported.Model said = row.said();
            Reported.Numbers numbers = said == null ? null : said.numbers();
            table.add(
                    row.device(),
                    row.release(),
                    row.version(),
                    row.state(),
                    said == null || said.total() == 0 ? null : ModelRow.percent(said),
                    numbers == null || numbers.p95Micros() < 0 ? null : numbers.p95Micros(),
                    said == null || said.swapMillis() < 0 ? null : said.swapMillis(),
                    said == null ? null : said.reason());
        }
        table.print(out);
    }
}
