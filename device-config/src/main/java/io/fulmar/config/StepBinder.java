package io.fulmar.config;

import io.fulmar.config.PreprocessSettings.ResampleSeries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the tables of the steps around a model into records, those of a pipeline and those of a package alike. Immutable. */
final class StepBinder {
    private static final List<String> PREPROCESS = List.of(
            "decode-image",
            "resize",
            "pixels",
            "decode-audio",
            "resample",
            "samples",
            "spectrogram",
            "mel-spectrogram",
            "mfcc",
            "micro-frontend",
            "moving-average",
            "low-pass",
            "high-pass",
            "features",
            "normalise",
            "scale",
            "window");
    private static final List<String> POSTPROCESS = List.of(
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
    private static final double SMALLEST = 1e-30;
    private static final double PLAIN_MIN = 0.5;
    private static final int MAX_SIDE = 4_096;
    private static final int LOWEST_RATE = 1_000;
    private static final int HIGHEST_RATE = 192_000;
    private static final double LARGEST_SERIES_RATE = 1e6;
    private static final int MAX_BANDS = 256;

    private StepBinder() {}

    /** The steps before the model under {@code preprocess}, none if it is absent. */
    static List<PreprocessSettings> preprocess(TableReader pipeline) {
        List<PreprocessSettings> steps = new ArrayList<>();
        for (TableReader table : pipeline.tables("preprocess", Limits.STEPS)) {
            PreprocessSettings step = preprocessStep(table);
            if (step != null) {
                steps.add(step);
            }
        }
        return steps;
    }

    private static @Nullable PreprocessSettings preprocessStep(TableReader table) {
        String type = table.oneOf("type", PREPROCESS);
        return switch (type) {
            case "decode-image" -> decodeImage(table.as(type));
            case "resize" -> resize(table.as(type));
            case "pixels" -> pixels(table.as(type));
            case "decode-audio" -> {
                table.as(type).done();
                yield new PreprocessSettings.DecodeAudio();
            }
            case "resample" -> resample(table.as(type));
            case "samples" -> {
                table.as(type).done();
                yield new PreprocessSettings.Samples();
            }
            case "spectrogram", "mel-spectrogram", "mfcc" -> spectrum(table.as(type), type);
            case "micro-frontend" -> microFrontend(table.as(type));
            case "moving-average" -> movingAverage(table.as(type));
            case "low-pass", "high-pass" -> pass(table.as(type), type.equals("high-pass"));
            case "features" -> features(table.as(type));
            case "normalise" -> normalise(table.as(type));
            case "scale" -> scale(table.as(type));
            case "window" -> window(table.as(type));
            case null, default -> null;
        };
    }

    private static PreprocessSettings decodeImage(TableReader table) {
        int maxPixels = table.integer("max_pixels", 4_194_304, 1, 67_108_864);
        table.done();
        return new PreprocessSettings.DecodeImage(maxPixels);
    }

    private static PreprocessSettings resize(TableReader table) {
        int width = table.integer("width", 1, MAX_SIDE);
        int height = table.integer("height", 1, MAX_SIDE);
        PreprocessSettings.Resize.Method method = table.choice(
                "method", PreprocessSettings.Resize.Method.BILINEAR, PreprocessSettings.Resize.Method.class);
        PreprocessSettings.Resize.Fit fit =
                table.choice("fit", PreprocessSettings.Resize.Fit.STRETCH, PreprocessSettings.Resize.Fit.class);
        List<Double> fill = table.numbers("fill", 0, 255);
        if (table.has("fill") && fit != PreprocessSettings.Resize.Fit.LETTERBOX) {
            table.problem("fill", "belongs to fit \"letterbox\"");
        } else if (table.has("fill") && fill.size() != 1 && fill.size() != 3) {
            table.problem("fill", "expected a number, or three for red, green and blue");
        }
        if (3 * width * height > Limits.FRAME_VALUES) {
            table.problem(
                    "width",
                    "a picture of " + width + " x " + height + " is more than a frame can hold, " + Limits.FRAME_VALUES
                            + " values of three colours");
        }
        table.done();
        List<Integer> colours = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            colours.add(
                    fill.size() == 3
                            ? fill.get(i).intValue()
                            : fill.isEmpty() ? 0 : fill.getFirst().intValue());
        }
        return new PreprocessSettings.Resize(width, height, method, fit, colours);
    }

    private static PreprocessSettings pixels(TableReader table) {
        PreprocessSettings.Pixels.Order order =
                table.choice("order", PreprocessSettings.Pixels.Order.RGB, PreprocessSettings.Pixels.Order.class);
        boolean raw = table.flag("raw", false);
        table.done();
        return new PreprocessSettings.Pixels(order, raw);
    }

    private static PreprocessSettings resample(TableReader table) {
        double rate = table.number("rate", 0.0001, LARGEST_SERIES_RATE);
        Double from = table.optionalNumber("from", 0.0001, LARGEST_SERIES_RATE);
        String unit = table.optionalOf("time", List.of("s", "ms", "us"));
        boolean series = table.has("from") || table.has("time");
        ResampleSeries.Means method = table.choice(
                "method",
                table.has("time") ? ResampleSeries.Means.LINEAR : ResampleSeries.Means.FILTER,
                ResampleSeries.Means.class);
        int channels = channels(table);
        Duration gap = table.duration("gap", Duration.ofSeconds(1), Duration.ofMillis(1), Duration.ofHours(24));
        if (table.has("from") && table.has("time")) {
            table.problem("time", "cannot stand beside from: either the rate is fixed, or each frame says its time");
        }
        belongs(table, "gap", table.has("time"), "belongs to time");
        belongs(table, "channels", table.has("from"), "belongs to from; with time it is all that comes after the time");
        belongs(table, "method", series, "belongs to from or time, which say that numbers are resampled");
        if (table.has("time") && method == ResampleSeries.Means.FILTER) {
            table.problem("method", "expected linear or mean: what comes at any time cannot be filtered");
        }
        if (table.has("time") && gap.toNanos() / 1e9 * rate > Limits.VALUES) {
            table.problem("gap", "expected less: it would be filled with more than " + Limits.VALUES + " samples");
        }
        if (!series && (rate != Math.rint(rate) || rate < LOWEST_RATE || rate > HIGHEST_RATE)) {
            table.problem(
                    "rate",
                    "expected a whole number from " + LOWEST_RATE + " to " + HIGHEST_RATE
                            + " for sound; for numbers, from or time has to say when they come");
        }
        table.done();
        return series
                ? new ResampleSeries(
                        rate,
                        from,
                        unit == null ? null : ResampleSeries.Clock.valueOf(unit.toUpperCase(Locale.ROOT)),
                        method,
                        channels,
                        gap)
                : new PreprocessSettings.Resample((int) rate);
    }

    private static void belongs(TableReader table, String key, boolean here, String message) {
        if (!here && table.has(key)) {
            table.problem(key, message);
        }
    }

    private static PreprocessSettings spectrum(TableReader table, String type) {
        boolean plain = type.equals("spectrogram");
        Duration frame = table.duration("frame", Duration.ofMillis(30), Duration.ofMillis(1), Duration.ofSeconds(2));
        Duration hop = table.duration("hop", Duration.ofMillis(20), Duration.ofMillis(1), Duration.ofSeconds(10));
        PreprocessSettings.Spectrum.Curve curve =
                table.choice("curve", PreprocessSettings.Spectrum.Curve.HANN, PreprocessSettings.Spectrum.Curve.class);
        PreprocessSettings.Spectrum.Magnitude values = table.choice(
                "values", PreprocessSettings.Spectrum.Magnitude.MAGNITUDE, PreprocessSettings.Spectrum.Magnitude.class);
        PreprocessSettings.Spectrum.Levels scale = table.choice(
                "scale",
                plain ? PreprocessSettings.Spectrum.Levels.LINEAR : PreprocessSettings.Spectrum.Levels.LN,
                PreprocessSettings.Spectrum.Levels.class);
        double offset = table.number("offset", 1e-6, 0, 1);
        if (scale != PreprocessSettings.Spectrum.Levels.LINEAR && offset == 0) {
            table.problem("offset", "expected more than 0, because silence has no logarithm");
        }
        PreprocessSettings.Spectrum.Mel mel = null;
        if (!plain) {
            int bands = table.integer("bands", 40, 1, MAX_BANDS);
            double low = table.number("low", 20, 0, HIGHEST_RATE / 2.0);
            double high = table.number("high", 4_000, 1, HIGHEST_RATE / 2.0);
            if (low >= high) {
                table.problem(table.has("high") ? "high" : "low", "expected low below high");
            }
            int coefficients = type.equals("mfcc") ? table.integer("coefficients", 13, 1, MAX_BANDS) : 0;
            if (coefficients > bands) {
                table.problem("coefficients", "expected at most bands, which are " + bands);
            }
            mel = new PreprocessSettings.Spectrum.Mel(bands, low, high, coefficients);
        }
        table.done();
        return new PreprocessSettings.Spectrum(frame, hop, curve, values, scale, offset, mel);
    }

    private static PreprocessSettings microFrontend(TableReader table) {
        int channels = table.integer("channels", 40, 1, MAX_BANDS);
        double low = table.number("low", 125, 1, HIGHEST_RATE / 2.0);
        double high = table.number("high", 7_500, 1, HIGHEST_RATE / 2.0);
        if (low >= high) {
            table.problem(table.has("high") ? "high" : "low", "expected low below high");
        }
        boolean raw = table.flag("raw", false);
        table.done();
        return new PreprocessSettings.MicroFrontend(channels, low, high, raw);
    }

    private static PreprocessSettings movingAverage(TableReader table) {
        int size = table.integer("size", 1, Limits.VALUES);
        int channels = channels(table);
        table.done();
        return new PreprocessSettings.MovingAverage(size, channels);
    }

    private static PreprocessSettings pass(TableReader table, boolean high) {
        double rate = rate(table);
        double cutoff = table.number("cutoff", SMALLEST, LARGEST);
        if (cutoff >= rate / 2) {
            table.problem("cutoff", "expected less than half the rate, which is " + TableReader.plain(rate / 2));
        }
        double q = table.number("q", 0.7071, 0.01, 100);
        int channels = channels(table);
        table.done();
        return new PreprocessSettings.Pass(high, rate, cutoff, q, channels);
    }

    private static PreprocessSettings features(TableReader table) {
        List<PreprocessSettings.Features.Feature> features =
                table.choices("list", PreprocessSettings.Features.Feature.class);
        List<Double> bands = table.numbers("bands", 0, LARGEST);
        Double rate = table.optionalNumber("rate", SMALLEST, LARGEST);
        Binder.together(table, "bands", "rate");
        for (int i = 0; i + 1 < bands.size(); i++) {
            if (bands.get(i) >= bands.get(i + 1)) {
                table.problem(
                        "bands",
                        "expected rising frequencies, but after " + TableReader.plain(bands.get(i)) + " comes "
                                + TableReader.plain(bands.get(i + 1)));
            }
        }
        if (bands.size() == 1) {
            table.problem("bands", "expected at least two frequencies, between which a band lies");
        }
        if (features.isEmpty() && bands.isEmpty()) {
            table.problem(table.has("list") ? "list" : "type", "needs features in list, or bands");
        }
        int channels = channels(table);
        table.done();
        return new PreprocessSettings.Features(features, channels, rate == null ? 1 : rate, bands);
    }

    private static int channels(TableReader table) {
        return table.integer("channels", 1, 1, 64);
    }

    private static double rate(TableReader table) {
        return table.number("rate", SMALLEST, LARGEST);
    }

    private static PreprocessSettings normalise(TableReader table) {
        List<Double> mean = table.numbers("mean", -LARGEST, LARGEST);
        List<Double> std = table.numbers("std", SMALLEST, LARGEST);
        Binder.together(table, "mean", "std");
        table.done();
        return table.has("mean") ? new PreprocessSettings.Normalise(mean, std) : new PreprocessSettings.ZScore();
    }

    private static PreprocessSettings scale(TableReader table) {
        boolean range = table.has("min") || table.has("max");
        double factor = table.number("factor", 1, -LARGEST, LARGEST);
        double offset = table.number("offset", 0, -LARGEST, LARGEST);
        List<Double> min = table.numbers("min", -LARGEST, LARGEST);
        List<Double> max = table.numbers("max", -LARGEST, LARGEST);
        if (range && (table.has("factor") || table.has("offset"))) {
            table.problem(table.has("factor") ? "factor" : "offset", "cannot stand beside min and max");
        }
        if (!range && !table.has("factor") && !table.has("offset")) {
            table.problem("type", "a scale needs factor and offset, or min and max");
        }
        Binder.together(table, "min", "max");
        for (int i = 0; i < Math.min(min.size(), max.size()); i++) {
            if (min.get(i) >= max.get(i)) {
                table.problem("max", "expected more than min, which is " + min.get(i) + ", not " + max.get(i));
            }
        }
        table.done();
        return range ? new PreprocessSettings.Range(min, max) : new PreprocessSettings.Scale(factor, offset);
    }

    private static PreprocessSettings window(TableReader table) {
        int size = table.integer("size", 1, Limits.FRAME_VALUES);
        int hop = table.integer("hop", size, 1, Limits.FRAME_VALUES);
        table.done();
        return new PreprocessSettings.Window(size, hop);
    }

    /** The steps after the model under {@code postprocess}, none if it is absent. */
    static List<PostprocessSettings> postprocess(TableReader pipeline, @Nullable ModelSettings model) {
        List<PostprocessSettings> steps = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (TableReader table : pipeline.tables("postprocess", Limits.STEPS)) {
            String type = table.oneOf("type", POSTPROCESS);
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
            steps.add(postprocessStep(table.as(type), type));
        }
        return steps;
    }

    private static PostprocessSettings postprocessStep(TableReader table, String type) {
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
