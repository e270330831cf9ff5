package io.fulmar.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the tables of the steps after a model into records, those of a pipeline and those of a package alike. Immutable. */
final class PostprocessBinder {
    private static final List<String> TYPES = List.of(
            "output",
            "softmax",
            "sigmoid",
            "segments",
            "anomaly",
            "boxes",
            "keypoints",
            "regression",
            "top-k",
            "threshold",
            "label",
            "debounce");
    /** These say what a frame is called by themselves. */
    private static final List<String> NAMING = List.of("anomaly", "boxes", "keypoints", "regression");
    /** These make scores of the model's output. */
    private static final Set<String> FIRST =
            Set.of("softmax", "sigmoid", "segments", "anomaly", "boxes", "keypoints", "regression");
    /** These say themselves which of the model's outputs they take. */
    private static final Set<String> SEVERAL = Set.of("boxes", "keypoints");

    private static final double LARGEST = 1e30;
    private static final double PLAIN_MIN = 0.5;

    private PostprocessBinder() {}

    /** The steps after the model under {@code postprocess}, none if it is absent. */
    static List<PostprocessSettings> steps(TableReader pipeline, @Nullable ModelSettings model) {
        List<PostprocessSettings> steps = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (TableReader table : pipeline.tables("postprocess", Limits.STEPS)) {
            String type = table.oneOf("type", TYPES);
            if (type == null) {
                continue;
            }
            if (SEVERAL.contains(type) && seen.contains("output")) {
                table.problem("type", type + " says itself which outputs it takes: leave the step output out");
            } else if (FIRST.contains(type) && !Set.of("output").containsAll(seen)) {
                table.problem("type", type + " comes first, before " + String.join(", ", seen));
            } else if (type.equals("output") && !seen.isEmpty()) {
                table.problem("type", "output comes first, before " + String.join(", ", seen));
            } else if (seen.contains("debounce")) {
                table.problem("type", "nothing comes after debounce");
            } else if (!type.equals("debounce")) {
                for (String naming : NAMING) {
                    if (seen.contains(naming)) {
                        table.problem("type", "only debounce comes after " + naming + ", which gives the names itself");
                    }
                }
            }
            if (!seen.add(type)) {
                table.problem("type", "there is another " + type + " in this pipeline");
            }
            if (type.equals("label") && model != null && model.file() != null && model.labels() == null) {
                table.problem("type", "the model \"" + model.name() + "\" has no labels file to take names from");
            }
            steps.add(step(table.as(type), type));
        }
        return steps;
    }

    private static PostprocessSettings step(TableReader table, String type) {
        PostprocessSettings settings = switch (type) {
            case "output" -> new PostprocessSettings.Output(table.integer("index", 0, 0, Limits.OUTPUTS - 1));
            case "softmax" -> new PostprocessSettings.Softmax();
            case "top-k" -> new PostprocessSettings.TopK(table.integer("k", 3, 1, 100));
            case "sigmoid" -> new PostprocessSettings.Sigmoid();
            case "segments" -> new PostprocessSettings.Segments();
            case "anomaly" -> anomaly(table);
            case "boxes" -> boxes(table);
            case "keypoints" -> keypoints(table);
            case "regression" -> regression(table);
            case "threshold" -> threshold(table);
            case "label" -> new PostprocessSettings.Label();
            default -> debounce(table);
        };
        table.done();
        return settings;
    }

    private static PostprocessSettings threshold(TableReader table) {
        List<Double> min = table.numbers("min", -LARGEST, LARGEST);
        List<Double> release = table.numbers("release", -LARGEST, LARGEST);
        List<Double> from = table.has("min") ? min : List.of(PLAIN_MIN);
        List<Double> to = table.has("release") ? release : from;
        if (table.has("min") && min.isEmpty()) {
            table.problem("min", "expected a number, or one for each class");
        } else if (table.has("release") && release.size() != 1 && release.size() != from.size()) {
            table.problem("release", "expected a number, or one for each of min, which has " + from.size());
        } else {
            for (int i = 0; i < from.size(); i++) {
                if (to.get(i % to.size()) > from.get(i)) {
                    table.problem("release", "expected at most min, which is " + TableReader.plain(from.get(i)));
                }
            }
        }
        return new PostprocessSettings.Threshold(from, to, table.text("otherwise", "uncertain"));
    }

    private static PostprocessSettings anomaly(TableReader table) {
        PostprocessSettings.Anomaly.Measure error = table.choice(
                "error", PostprocessSettings.Anomaly.Measure.MSE, PostprocessSettings.Anomaly.Measure.class);
        Double threshold = table.optionalNumber("threshold", 0, LARGEST);
        double deviations = table.number("deviations", 4, 0.1, 1_000);
        int memory = table.integer("memory", 1_000, 2, 1_000_000_000);
        int warmUp = table.integer("warm_up", 100, 2, 1_000_000);
        for (String key : List.of("deviations", "memory", "warm_up")) {
            if (threshold != null && table.has(key)) {
                table.problem(key, "belongs to a threshold that the frames before tell; leave threshold out");
            }
        }
        return new PostprocessSettings.Anomaly(error, threshold, deviations, memory, warmUp);
    }

    private static PostprocessSettings boxes(TableReader table) {
        PostprocessSettings.Boxes.Format format = table.choice("format", PostprocessSettings.Boxes.Format.class);
        boolean merged = format == PostprocessSettings.Boxes.Format.SSD;
        for (String key : List.of("iou", "scores", "pixels")) {
            if (merged && table.has(key)) {
                table.problem(key, "belongs to the other formats; the model's own operator has done this");
            }
        }
        PostprocessSettings.Boxes boxes = new PostprocessSettings.Boxes(
                format,
                outputs(table, format.outputs(), format.outputs()),
                table.number("min", PLAIN_MIN, 0, 1),
                table.number("iou", PLAIN_MIN, 0, 1),
                table.integer("max", 20, 1, Limits.OBJECTS),
                table.integer("label_offset", 0, -1, 1),
                table.texts("only"),
                table.choice("scores", PostprocessSettings.Boxes.Scores.PLAIN, PostprocessSettings.Boxes.Scores.class),
                table.flag("pixels", false),
                table.text("otherwise", "nothing"));
        if (boxes.pixels() && format == PostprocessSettings.Boxes.Format.SSD_RAW) {
            table.problem("pixels", "belongs to YOLO: boxes as they differ from anchors have no pixels");
        }
        return boxes;
    }

    /** Which outputs a step takes; the first ones where it does not say. */
    private static List<Integer> outputs(TableReader table, int least, int most) {
        List<Integer> outputs = new ArrayList<>();
        for (double index : table.numbers("outputs", 0, Limits.OUTPUTS - 1)) {
            outputs.add((int) index);
            if (index != (int) index) {
                table.problem("outputs", "expected whole numbers, counted from 0");
            }
        }
        if (!table.has("outputs")) {
            for (int i = 0; i < least; i++) {
                outputs.add(i);
            }
        } else if (outputs.size() < least || outputs.size() > most) {
            table.problem(
                    "outputs",
                    "expected " + (least == most ? "" : least + " or ") + most + " numbers, not " + outputs.size());
        }
        return outputs;
    }

    private static PostprocessSettings keypoints(TableReader table) {
        PostprocessSettings.Keypoints.Form format = table.choice(
                "format", PostprocessSettings.Keypoints.Form.COORDINATES, PostprocessSettings.Keypoints.Form.class);
        boolean maps = format == PostprocessSettings.Keypoints.Form.HEATMAPS;
        if (!maps && table.has("logits")) {
            table.problem("logits", "belongs to heatmaps");
        }
        return new PostprocessSettings.Keypoints(
                format,
                outputs(table, 1, maps ? 2 : 1),
                table.flag("logits", false),
                names(table, false),
                table.number("min", 0.3, 0, 1),
                table.text("label", "pose"),
                table.text("otherwise", "nothing"));
    }

    private static List<String> names(TableReader table, boolean needed) {
        List<String> names = table.texts("names");
        if (names.size() > Limits.OBJECTS) {
            table.problem("names", "expected at most " + Limits.OBJECTS);
        } else if (needed && names.isEmpty()) {
            table.problem(table.has("names") ? "names" : "type", "needs names, one for each number of the model");
        } else if (new LinkedHashSet<>(names).size() < names.size()) {
            table.problem("names", "names one of them twice");
        }
        return names;
    }

    private static PostprocessSettings regression(TableReader table) {
        List<String> names = names(table, true);
        List<String> units = table.texts("units");
        perName(table, "units", units, names);
        List<List<Double>> numbers = new ArrayList<>();
        for (String key : List.of("factor", "offset", "low", "high")) {
            List<Double> values = table.numbers(key, -LARGEST, LARGEST);
            perName(table, key, values, names);
            numbers.add(values);
        }
        List<Double> low = numbers.get(2);
        List<Double> high = numbers.get(3);
        for (int i = 0; !low.isEmpty() && !high.isEmpty() && i < names.size(); i++) {
            if (low.get(i % low.size()) > high.get(i % high.size())) {
                table.problem("high", "expected at least low, which is " + TableReader.plain(low.get(i % low.size())));
            }
        }
        return new PostprocessSettings.Regression(names, units, numbers.get(0), numbers.get(1), low, high);
    }

    private static void perName(TableReader table, String key, List<?> values, List<String> names) {
        if (table.has(key) && values.size() != 1 && values.size() != names.size()) {
            table.problem(key, "expected one for all, or one for each of names, which has " + names.size());
        }
    }

    private static PostprocessSettings debounce(TableReader table) {
        int n = table.integer("n", 5, 1, 1_000);
        int k = table.integer("k", Math.min(3, n), 1, 1_000);
        if (k > n) {
            table.problem(table.has("k") ? "k" : "n", "k of n: " + k + " frames cannot agree among " + n);
        }
        return new PostprocessSettings.Debounce(k, n);
    }
}
