package io.fulmar.config;

import io.fulmar.config.PreprocessSettings.ResampleSeries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns the tables of the steps before a model into records, those of a pipeline and those of a package alike. Immutable. */
final class PreprocessBinder {
    private static final List<String> TYPES = List.of(
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
    private static final double LARGEST = 1e30;
    private static final double SMALLEST = 1e-30;
    private static final int MAX_SIDE = 4_096;
    private static final int LOWEST_RATE = 1_000;
    private static final int HIGHEST_RATE = 192_000;
    private static final double LARGEST_SERIES_RATE = 1e6;
    private static final int MAX_BANDS = 256;

    private PreprocessBinder() {}

    /** The steps before the model under {@code preprocess}, none if it is absent. */
    static List<PreprocessSettings> steps(TableReader pipeline) {
        List<PreprocessSettings> steps = new ArrayList<>();
        for (TableReader table : pipeline.tables("preprocess", Limits.STEPS)) {
            PreprocessSettings step = step(table);
            if (step != null) {
                steps.add(step);
            }
        }
        return steps;
    }

    private static @Nullable PreprocessSettings step(TableReader table) {
        String type = table.oneOf("type", TYPES);
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
}
