package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.media.MediaException;
import io.fulmar.agent.media.View;
import io.fulmar.agent.signal.Features;
import io.fulmar.agent.signal.MicroFrontend;
import io.fulmar.agent.signal.Spectra;
import io.fulmar.config.PreprocessSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stage between a source's frame and the model's input. Owned by the pipeline's thread. */
final class Preprocess {
    private final List<Step> steps;
    private final FrameForm.Values output;
    private final boolean files;
    /** Whether one frame can give several inputs. */
    private final boolean several;

    /** One step. Owned by the pipeline's thread. */
    interface Step {
        /** What the next step sees, or null if there is nothing for it yet. */
        @Nullable
        Content apply(Content content);

        /** What else came of what was applied last; null if that was all. */
        default @Nullable Content more() {
            return null;
        }

        /** What of the picture that it was given last is still to be seen. */
        default View view() {
            return View.ALL;
        }

        /** Forgets what came before: what comes next is the beginning of another series. */
        default void anew() {}
    }

    /** A step that changes numbers in place. Owned by the pipeline's thread. */
    interface NumberStep extends Step {
        void change(float[] values);

        @Override
        default Content apply(Content content) {
            change(((Content.Values) content).values());
            return content;
        }
    }

    /** A step and what it gives. */
    private record Built(Step step, FrameForm gives) {}

    private Preprocess(List<Step> steps, FrameForm frames, FrameForm.Values output) {
        this.steps = steps;
        this.files = frames instanceof FrameForm.Encoded;
        this.output = output;
        this.several = steps.stream().anyMatch(step -> step instanceof AudioSteps.Window || step instanceof SeriesStep);
    }

    /**
     * The steps for frames of that form.
     *
     * @throws PipelineException if they do not fit
     */
    static Preprocess of(String pipeline, List<PreprocessSettings> settings, FrameForm frames) {
        List<Step> steps = new ArrayList<>();
        FrameForm form = frames;
        for (int i = 0; i < settings.size(); i++) {
            Place place = new Place(pipeline, i + 1, settings.get(i).type());
            Built built = built(place, settings.get(i), form);
            steps.add(built.step());
            form = built.gives();
        }
        if (!(form instanceof FrameForm.Values values)) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": a model takes numbers, but "
                            + (settings.isEmpty() ? "its source gives " : "the last step of its preprocessing gives ")
                            + form.text(),
                    "add [[pipeline.preprocess]] steps that make numbers of it");
        }
        return new Preprocess(steps, frames, values);
    }

    private static Built built(Place place, PreprocessSettings setting, FrameForm form) {
        return switch (setting) {
            case PreprocessSettings.Normalise normalise -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("mean", normalise.mean().size(), values.size());
                place.divides("std", normalise.std().size(), values.size());
                yield new Built(Affine.normalise(normalise.mean(), normalise.std()), values);
            }
            case PreprocessSettings.ZScore _ -> new Built(new ZScore(), place.numbers(form));
            case PreprocessSettings.Scale scale ->
                new Built(Affine.scale(scale.factor(), scale.offset()), place.numbers(form));
            case PreprocessSettings.Range range -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("min", range.min().size(), values.size());
                place.divides("max", range.max().size(), values.size());
                yield new Built(Affine.range(range.min(), range.max()), values);
            }
            case PreprocessSettings.MovingAverage average -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("channels", average.channels(), values.size());
                yield new Built(SignalSteps.average(average), values);
            }
            case PreprocessSettings.Pass pass -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("channels", pass.channels(), values.size());
                yield new Built(SignalSteps.pass(pass), values);
            }
            case PreprocessSettings.Features settings -> {
                int size = place.numbers(form).size();
                place.divides("channels", settings.channels(), size);
                Features features = SignalSteps.features(settings, size);
                yield new Built(SignalSteps.step(features), new FrameForm.Values(features.width()));
            }
            case PreprocessSettings.DecodeImage decode -> {
                if (!(form instanceof FrameForm.Encoded)) {
                    throw place.takes("files", form, "leave it out, or choose a source of files");
                }
                yield new Built(ImageSteps.decode(decode), new FrameForm.Image(FrameForm.ANY, FrameForm.ANY));
            }
            case PreprocessSettings.Resize resize -> {
                place.picture(form);
                yield new Built(ImageSteps.resize(resize), new FrameForm.Image(resize.width(), resize.height()));
            }
            case PreprocessSettings.Pixels pixels -> {
                FrameForm.Image picture = place.picture(form);
                if (picture.width() == FrameForm.ANY) {
                    throw place.wrong(
                            "gets pictures of any size, and a model takes one",
                            "put a step of type = \"resize\" before it");
                }
                int count = picture.width() * picture.height();
                yield new Built(
                        new ImageSteps.Pixels(pixels, count),
                        new FrameForm.Values(count * ImageSteps.Pixels.channels(pixels), pixels.raw()));
            }
            case PreprocessSettings.DecodeAudio _ -> {
                if (!(form instanceof FrameForm.Encoded)) {
                    throw place.takes("files", form, "leave it out, or choose a source of files");
                }
                yield new Built(AudioSteps.decode(), new FrameForm.Audio(FrameForm.ANY, FrameForm.ANY, true));
            }
            case PreprocessSettings.Resample resample -> {
                FrameForm.Audio sound = place.sound(form);
                yield new Built(
                        new AudioSteps.Resample(resample.rate(), sound.clip()),
                        new FrameForm.Audio(resample.rate(), FrameForm.ANY, sound.clip()));
            }
            case PreprocessSettings.ResampleSeries series -> {
                int channels = place.channels(series, place.numbers(form).size());
                yield new Built(SeriesStep.of(series, channels), new FrameForm.Values(channels));
            }
            case PreprocessSettings.Samples _ -> {
                FrameForm.Audio sound = place.window(form);
                yield new Built(
                        content -> new Content.Values(((Content.Audio) content).samples()),
                        new FrameForm.Values(sound.samples()));
            }
            case PreprocessSettings.Spectrum spectrum -> {
                FrameForm.Audio sound = place.window(form);
                Spectra spectra = AudioSteps.spectra(spectrum, sound.rate());
                place.reaches(spectrum.mel() == null ? 0 : spectrum.mel().high(), sound.rate());
                place.fills(spectra.frames(sound.samples()), sound);
                yield new Built(
                        AudioSteps.spectra(spectra, sound.samples()),
                        new FrameForm.Values(spectra.frames(sound.samples()) * spectra.width()));
            }
            case PreprocessSettings.MicroFrontend settings -> {
                FrameForm.Audio sound = place.window(form);
                place.reaches(settings.high(), sound.rate());
                MicroFrontend frontend =
                        new MicroFrontend(sound.rate(), settings.channels(), settings.low(), settings.high());
                int frames = frontend.frames(sound.samples());
                place.fills(frames, sound);
                yield new Built(
                        AudioSteps.frontend(frontend, settings, sound.samples()),
                        new FrameForm.Values(frames * settings.channels(), settings.raw()));
            }
            case PreprocessSettings.Window window
            when form instanceof FrameForm.Audio sound -> {
                if (sound.rate() == FrameForm.ANY) {
                    throw place.rate();
                }
                yield new Built(
                        new AudioSteps.Window(window.size(), window.hop(), sound),
                        new FrameForm.Audio(sound.rate(), window.size(), true));
            }
            case PreprocessSettings.Window window -> {
                place.hop(window.hop(), place.numbers(form).size());
                yield new Built(new Window(window.size(), window.hop()), new FrameForm.Values(window.size()));
            }
        };
    }

    /** A file that is not what it should be, as what this stage says of a frame. */
    static StageException failure(MediaException e) {
        return new StageException("preprocess", e.kind(), String.valueOf(e.getMessage()));
    }

    /** Whether an input is made of one frame, or of a file; else it is made of several, or is a part of one. */
    boolean takesWholeFrames() {
        return files || steps.stream().noneMatch(step -> step instanceof Window || step instanceof AudioSteps.Window);
    }

    /** How many numbers the model gets. */
    int outputSize() {
        return output.size();
    }

    /** Whether they are bytes that go into the model as they are. */
    boolean raw() {
        return output.raw();
    }

    /** What the model gets to see of the picture in the frame that was applied last. */
    View view() {
        View view = View.ALL;
        for (Step step : steps) {
            view = step.view().within(view);
        }
        return view;
    }

    /** The model's input, valid until the next frame; null if the window is not full yet. */
    float @Nullable [] apply(Content frame) {
        float[] values = from(0, frame);
        return values == null ? more() : values;
    }

    /** Another input of the frame that was applied last; null if there is none. */
    float @Nullable [] more() {
        int i = several ? steps.size() - 1 : -1;
        while (i >= 0) {
            Content content = steps.get(i).more();
            float[] values = content == null ? null : from(i + 1, content);
            if (values != null) {
                return values;
            }
            i = content == null ? i - 1 : steps.size() - 1; // those behind it may have more now
        }
        return null;
    }

    private float @Nullable [] from(int step, Content given) {
        Content content = given;
        for (int i = step; i < steps.size(); i++) {
            try {
                content = steps.get(i).apply(content);
            } catch (SeriesStep.Gap e) {
                steps.subList(i + 1, steps.size()).forEach(Step::anew);
                throw e;
            }
            if (content == null) {
                return null;
            }
        }
        return ((Content.Values) content).values();
    }

    /** Where a step stands, for whoever has to change it. Immutable. */
    record Place(String pipeline, int number, String type) {

        /** What comes in, which must be numbers. */
        FrameForm.Values numbers(FrameForm form) {
            if (!(form instanceof FrameForm.Values values)) {
                throw takes("numbers", form, "put a step before it that makes numbers of that");
            }
            if (values.raw()) {
                throw takes("numbers", form, "leave raw = true out of the step before it, or this step");
            }
            return values;
        }

        FrameForm.Image picture(FrameForm form) {
            if (form instanceof FrameForm.Image image) {
                return image;
            }
            throw takes(
                    "pictures",
                    form,
                    form instanceof FrameForm.Encoded
                            ? "put a step of type = \"decode-image\" before it"
                            : "choose a source of pictures");
        }

        FrameForm.Audio sound(FrameForm form) {
            if (form instanceof FrameForm.Audio sound) {
                return sound;
            }
            throw takes(
                    "sound",
                    form,
                    switch (form) {
                        case FrameForm.Encoded _ -> "put a step of type = \"decode-audio\" before it";
                        case FrameForm.Values _
                        when type.equals("resample") -> "say from or time, which tell when numbers come";
                        default -> "choose a source of sound";
                    });
        }

        /** Sound of one length and rate. */
        private FrameForm.Audio window(FrameForm form) {
            FrameForm.Audio sound = sound(form);
            if (sound.rate() == FrameForm.ANY) {
                throw rate();
            }
            if (sound.samples() == FrameForm.ANY) {
                throw wrong(
                        "gets sound of any length, and a model takes one",
                        "put a step of type = \"window\" before it, with size in samples");
            }
            return sound;
        }

        private PipelineException rate() {
            return wrong("gets sound of any rate", "put a step of type = \"resample\" before it");
        }

        private void reaches(double high, int rate) {
            if (high > rate / 2.0) {
                throw wrong(
                        "goes up to " + high + " Hz, and sound of " + rate + " Hz has nothing above " + rate / 2.0,
                        "say high = " + rate / 2.0 + " or less, or resample to a higher rate");
            }
        }

        private void fills(int frames, FrameForm.Audio sound) {
            if (frames == 0) {
                throw wrong(
                        "needs more than " + sound.samples() + " samples for one frame",
                        "make size of the window before it larger, or its own frame shorter");
            }
        }

        PipelineException takes(String wanted, FrameForm form, String hint) {
            return wrong("takes " + wanted + ", but gets " + form.text(), hint);
        }

        PipelineException wrong(String what, String hint) {
            return new PipelineException(
                    "pipeline " + pipeline + ": preprocess step " + number + " (" + type + ") " + what, hint);
        }

        private void divides(String key, int channels, int size) {
            if (channels == 0 || size % channels != 0) {
                throw wrong(
                        "does not fit: " + key + " has " + channels + " values, which does not divide a frame of "
                                + size,
                        "give one value for all, or one for each channel of the source");
            }
        }

        /** How many numbers a sample has. */
        private int channels(PreprocessSettings.ResampleSeries series, int size) {
            Double from = series.from();
            if (from == null) {
                if (size < 2) {
                    throw wrong(
                            "needs a time and at least one value in a frame, but gets " + size + " numbers",
                            "let the source give the time first, as in columns = 2");
                }
                return size - 1;
            }
            divides("channels", series.channels(), size);
            if (series.method() == PreprocessSettings.ResampleSeries.Means.FILTER
                    && !SeriesStep.possible(from, series.rate())) {
                throw wrong(
                        "cannot bring " + from + " to " + series.rate() + " samples a second through a filter",
                        "say method = \"linear\" or \"mean\", or rates whose quotient is simpler");
            }
            return series.channels();
        }

        private void hop(int hop, int frameSize) {
            if (hop < frameSize) {
                throw wrong(
                        "does not fit: a frame of " + frameSize + " values would complete several windows with hop "
                                + hop,
                        "make hop at least " + frameSize + ", or the source's frames smaller");
            }
        }
    }
}
