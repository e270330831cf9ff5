package io.fulmar.cli.fleet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fulmar fleet drift}: whether models still see and say what they saw and said. Owned by the main thread. */
@Command(
        name = "drift",
        description = {
            "Shows how far what models see and say on devices is from their reference.",
            "PSI: below 0.1 hardly, above 0.25 a lot; KS: from 0 to 1. Of each pipeline and release the newest statistics."
        })
final class DriftCommand extends AskCommand.Narrow {
    @Option(names = "--pipeline", paramLabel = "P", description = "Only of pipelines of this name.")
    @Nullable
    String pipeline;

    @Option(names = "--history", description = "All statistics, newest first, and not only the newest of each.")
    boolean history;

    @Option(names = "--all", description = "Every distribution, and not only the one that is farthest away.")
    boolean all;

    @Override
    String path() {
        return parameters(
                ApiClient.path("statistics"),
                "device",
                device,
                "pipeline",
                pipeline,
                "model",
                model,
                "since",
                ago(since));
    }

    @Override
    List<JsonTree> shown(List<JsonTree> rows) {
        if (history) {
            return rows;
        }
        Map<String, JsonTree> newest = new LinkedHashMap<>();
        rows.forEach(row -> newest.putIfAbsent(
                row.text("device") + "/" + row.text("pipeline") + "/" + row.text("model") + "/" + row.text("version"),
                row));
        return List.copyOf(newest.values());
    }

    @Override
    TextTable table(List<JsonTree> rows) {
        var table = new TextTable(
                Set.of(5, 8, 9),
                "AT",
                "DEVICE",
                "PIPELINE",
                "MODEL",
                "STATE",
                "PREDICTIONS",
                "OF",
                "REFERENCE",
                "PSI",
                "KS");
        for (JsonTree row : rows) {
            List<JsonTree> distributions = new ArrayList<>(row.objects("distributions"));
            distributions.sort((one, other) -> Double.compare(worst(other), worst(one)));
            for (JsonTree each : all ? distributions : distributions.subList(0, Math.min(1, distributions.size()))) {
                table.add(
                        row.text("at"),
                        row.text("device"),
                        row.text("pipeline"),
                        row.text("model") + " " + row.text("version"),
                        row.flag("drifting") ? "drift" : "well",
                        row.number("predictions", 0),
                        each.text("name"),
                        each.flag("learned") ? "device" : "model",
                        distance(each, "psi"),
                        each.texts("labels").isEmpty() ? distance(each, "ks") : "");
            }
        }
        return table;
    }

    private static double worst(JsonTree distribution) {
        return Objects.requireNonNullElse(distribution.decimal("psi"), 0.0);
    }

    private static String distance(JsonTree distribution, String name) {
        return String.format(Locale.ROOT, "%.3f", distribution.decimal(name));
    }
}
