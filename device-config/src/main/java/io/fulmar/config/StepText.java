package io.fulmar.config;

/** Writes the steps around a model. Owned by the call that makes it. */
final class StepText {
    private final TomlLines toml;

    StepText(TomlLines toml) {
        this.toml = toml;
    }

    void preprocess(PreprocessSettings step) {
        toml.line("type", step.type());
        switch (step) {
            case PreprocessSettings.Normalise normalise -> {
                toml.numbers("mean", normalise.mean());
                toml.numbers("std", normalise.std());
            }
            case PreprocessSettings.ZScore _ -> {}
            case PreprocessSettings.DecodeImage decode -> toml.raw("max_pixels", Integer.toString(decode.maxPixels()));
            case PreprocessSettings.Resize resize -> {
                toml.raw("width", Integer.toString(resize.width()));
                toml.raw("height", Integer.toString(resize.height()));
                toml.line("method", resize.method());
                toml.line("fit", resize.fit());
                if (resize.fit() == PreprocessSettings.Resize.Fit.LETTERBOX) {
                    toml.raw("fill", resize.fill().toString());
                }
            }
            case PreprocessSettings.MovingAverage average -> {
                toml.raw("size", Integer.toString(average.size()));
                toml.raw("channels", Integer.toString(average.channels()));
            }
            case PreprocessSettings.Pass pass -> {
                toml.number("rate", pass.rate());
                toml.number("cutoff", pass.cutoff());
                toml.number("q", pass.q());
                toml.raw("channels", Integer.toString(pass.channels()));
            }
            case PreprocessSettings.Features features -> {
                toml.strings(
                        "list",
                        features.features().stream().map(TableReader::nameOf).toList());
                if (!features.bands().isEmpty()) {
                    toml.numbers("bands", features.bands());
                    toml.number("rate", features.rate());
                }
                toml.raw("channels", Integer.toString(features.channels()));
            }
            case PreprocessSettings.DecodeAudio _, PreprocessSettings.Samples _ -> {}
            case PreprocessSettings.ResampleSeries series -> series(series);
            case PreprocessSettings.Resample resample -> toml.raw("rate", Integer.toString(resample.rate()));
            case PreprocessSettings.Spectrum spectrum -> spectrum(spectrum);
            case PreprocessSettings.MicroFrontend frontend -> {
                toml.raw("channels", Integer.toString(frontend.channels()));
                toml.number("low", frontend.low());
                toml.number("high", frontend.high());
                toml.raw("raw", Boolean.toString(frontend.raw()));
            }
            case PreprocessSettings.Pixels pixels -> {
                toml.line("order", pixels.order());
                toml.raw("raw", Boolean.toString(pixels.raw()));
            }
            case PreprocessSettings.Scale scale -> {
                toml.number("factor", scale.factor());
                toml.number("offset", scale.offset());
            }
            case PreprocessSettings.Range range -> {
                toml.numbers("min", range.min());
                toml.numbers("max", range.max());
            }
            case PreprocessSettings.Window window -> {
                toml.raw("size", Integer.toString(window.size()));
                toml.raw("hop", Integer.toString(window.hop()));
            }
        }
    }

    private void series(PreprocessSettings.ResampleSeries series) {
        toml.number("rate", series.rate());
        if (series.from() != null) {
            toml.number("from", series.from());
            toml.raw("channels", Integer.toString(series.channels()));
        }
        if (series.clock() != null) {
            toml.line("time", series.clock());
            toml.line("gap", series.gap());
        }
        toml.line("method", series.method());
    }

    private void spectrum(PreprocessSettings.Spectrum spectrum) {
        toml.line("frame", spectrum.frame());
        toml.line("hop", spectrum.hop());
        toml.line("curve", spectrum.curve());
        toml.line("values", spectrum.values());
        toml.line("scale", spectrum.scale());
        toml.number("offset", spectrum.offset());
        PreprocessSettings.Spectrum.Mel mel = spectrum.mel();
        if (mel != null) {
            toml.raw("bands", Integer.toString(mel.bands()));
            toml.number("low", mel.low());
            toml.number("high", mel.high());
            if (mel.coefficients() > 0) {
                toml.raw("coefficients", Integer.toString(mel.coefficients()));
            }
        }
    }

    void postprocess(PostprocessSettings step) {
        toml.line("type", step.type());
        switch (step) {
            case PostprocessSettings.Output output -> toml.raw("index", Integer.toString(output.index()));
            case PostprocessSettings.Softmax _,
                    PostprocessSettings.Sigmoid _,
                    PostprocessSettings.Segments _,
                    PostprocessSettings.Label _ -> {}
            case PostprocessSettings.TopK top -> {
                toml.raw("k", Integer.toString(top.k()));
            }
            case PostprocessSettings.Threshold threshold -> {
                toml.numbers("min", threshold.min());
                toml.numbers("release", threshold.release());
                toml.line("otherwise", threshold.otherwise());
            }
            case PostprocessSettings.Anomaly anomaly -> {
                toml.line("error", anomaly.error());
                if (anomaly.threshold() != null) {
                    toml.number("threshold", anomaly.threshold());
                } else {
                    toml.number("deviations", anomaly.deviations());
                    toml.raw("memory", Integer.toString(anomaly.memory()));
                    toml.raw("warm_up", Integer.toString(anomaly.warmUp()));
                }
            }
            case PostprocessSettings.Boxes boxes -> {
                toml.line("format", boxes.format());
                toml.raw("outputs", boxes.outputs().toString());
                toml.number("min", boxes.min());
                toml.raw("max", Integer.toString(boxes.max()));
                toml.raw("label_offset", Integer.toString(boxes.labelOffset()));
                if (!boxes.only().isEmpty()) {
                    toml.strings("only", boxes.only());
                }
                toml.line("otherwise", boxes.otherwise());
                if (boxes.format() != PostprocessSettings.Boxes.Format.SSD) {
                    toml.number("iou", boxes.iou());
                    toml.line("scores", boxes.scores());
                    toml.raw("pixels", Boolean.toString(boxes.pixels()));
                }
            }
            case PostprocessSettings.Keypoints keypoints -> {
                toml.line("format", keypoints.format());
                if (keypoints.format() == PostprocessSettings.Keypoints.Form.HEATMAPS) {
                    toml.raw("logits", Boolean.toString(keypoints.logits()));
                }
                toml.raw("outputs", keypoints.outputs().toString());
                if (!keypoints.names().isEmpty()) {
                    toml.strings("names", keypoints.names());
                }
                toml.number("min", keypoints.min());
                toml.line("label", keypoints.label());
                toml.line("otherwise", keypoints.otherwise());
            }
            case PostprocessSettings.Regression regression -> {
                toml.strings("names", regression.names());
                if (!regression.units().isEmpty()) {
                    toml.strings("units", regression.units());
                }
                toml.numbersIfAny("factor", regression.factor());
                toml.numbersIfAny("offset", regression.offset());
                toml.numbersIfAny("low", regression.low());
                toml.numbersIfAny("high", regression.high());
            }
            case PostprocessSettings.Debounce debounce -> {
                toml.raw("k", Integer.toString(debounce.k()));
                toml.raw("n", Integer.toString(debounce.n()));
            }
        }
    }
}
