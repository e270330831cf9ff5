package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.FrameForm;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Processing;
import java.util.ArrayList;
import java.util.List;

/** Whether the steps around a model fit each other and the model, before any source is known. Stateless. */
public final class StepsFit {
    private static final int[] RATES = {16_000, 8_000, 44_100, 48_000};
    private static final int SIZES = 256;

    private StepsFit() {}

    /**
     * Looks whether there is any source with which they fit.
     *
     * @param what what to call the model
     * @throws PipelineException if there is none; it says of the most likely one why
     */
    public static void require(String what, LoadedModel model) {
        Processing.Steps steps = model.processing();
        int wanted = model.interpreter().input(0).elements();
        if (steps.preprocess().isEmpty()) {
            fit(what, model, new FrameForm.Values(wanted));
            return;
        }
        PipelineException first = null;
        for (FrameForm form : forms(steps.preprocess().getFirst(), wanted)) {
            try {
                fit(what, model, form);
                return;
            } catch (PipelineException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new IllegalStateException("no form of frames") : first;
    }

    private static void fit(String what, LoadedModel model, FrameForm form) {
        Preprocess preprocess = Preprocess.of(what, model.processing().preprocess(), form);
        Inference inference = Inference.of(what, model, preprocess.outputSize(), preprocess.raw());
        Postprocess.of(what, model.processing().postprocess(), model, inference.outputSizes());
    }

    /** What a source may give to that step, the most likely first. */
    private static List<FrameForm> forms(PreprocessSettings first, int wanted) {
        List<FrameForm> forms = new ArrayList<>();
        switch (first) {
            case PreprocessSettings.DecodeImage _, PreprocessSettings.DecodeAudio _ ->
                forms.add(new FrameForm.Encoded());
            case PreprocessSettings.Resize _ -> forms.add(new FrameForm.Image(FrameForm.ANY, FrameForm.ANY));
            case PreprocessSettings.Pixels pixels -> {
                int side = (int) Math.round(Math.sqrt((double) wanted / ImageSteps.Pixels.channels(pixels)));
                forms.add(new FrameForm.Image(side, side));
                forms.add(new FrameForm.Image(wanted / ImageSteps.Pixels.channels(pixels), 1));
            }
            case PreprocessSettings.Samples _ -> {
                for (int rate : RATES) {
                    forms.add(new FrameForm.Audio(rate, wanted, true));
                    forms.add(new FrameForm.Audio(rate, rate, true));
                }
            }
            case PreprocessSettings.Resample _,
                    PreprocessSettings.Spectrum _,
                    PreprocessSettings.MicroFrontend _,
                    PreprocessSettings.Window _ -> {
                for (int rate : RATES) {
                    forms.add(new FrameForm.Audio(rate, FrameForm.ANY, true));
                    forms.add(new FrameForm.Audio(rate, rate, true));
                }
                numbers(forms, wanted);
            }
            default -> numbers(forms, wanted);
        }
        return forms;
    }

    private static void numbers(List<FrameForm> forms, int wanted) {
        forms.add(new FrameForm.Values(wanted));
        for (int size = 1; size <= SIZES; size++) {
            forms.add(new FrameForm.Values(size));
        }
        for (int size = 2 * SIZES; size <= 1 << 16; size *= 2) {
            forms.add(new FrameForm.Values(size));
        }
    }
}
