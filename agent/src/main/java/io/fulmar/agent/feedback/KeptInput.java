package io.fulmar.agent.feedback;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.media.MediaException;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.Single;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.sync.wire.Sample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sample that is an input again: of the pipeline that it was kept of, for the model that this runs now. Immutable, as long as
 * nobody writes into the array.
 *
 * @param content as a file of the sample's format
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
public record KeptInput(Sample sample, byte[] content) {

    /**
     * The pipeline that it is of.
     *
     * @param pipelines that there are
     * @param pipeline that it has to be of; null for any
     * @param model that it has to be of; null for any
     * @throws PipelineException if it is of another one, or that is not there any more, or runs another model now
     */
    public PipelineSettings pipeline(
            List<PipelineSettings> pipelines, @Nullable String pipeline, @Nullable String model) {
        if (pipeline != null && !pipeline.equals(sample.pipeline())) {
            throw refused("is of the pipeline " + sample.pipeline() + ", not of " + pipeline, "leave the pipeline out");
        }
        if (model != null && !model.equals(sample.model().name())) {
            throw refused("is of the model " + sample.model().name() + ", not of " + model, "ask that one");
        }
        PipelineSettings own = pipelines.stream()
                .filter(it -> it.name().equals(sample.pipeline()))
                .findFirst()
                .orElseThrow(() -> refused(
                        "is of the pipeline " + sample.pipeline() + ", which is not there any more",
                        "take it out and send it as an input"));
        if (!own.model().equals(sample.model().name())) {
            throw refused(
                    "is of the model " + sample.model().name() + ", and the pipeline " + own.name() + " runs "
                            + own.model() + " now",
                    "take it out and send it as an input");
        }
        return own;
    }

    /**
     * What that model is given of it: what the steps of the pipeline make of what the source gave, or as it was kept.
     *
     * @throws PipelineException if it does not suit the steps or the model of now
     */
    public float[] prepared(PipelineSettings pipeline, LoadedModel model) {
        List<PreprocessSettings> steps = model.preprocess(pipeline.preprocess());
        boolean files = !steps.isEmpty()
                && (steps.getFirst() instanceof PreprocessSettings.DecodeImage
                        || steps.getFirst() instanceof PreprocessSettings.DecodeAudio);
        try {
            SampleFormat.Decoded decoded = SampleFormat.decoded(sample.format(), content, files);
            boolean parts = decoded.shape().length > 1
                    || (decoded.shape().length == 1
                            && steps.stream().anyMatch(step -> step instanceof PreprocessSettings.Window));
            return parts ? given(decoded, model) : Single.prepared(pipeline.name(), steps, model, decoded.content());
        } catch (PipelineException | MediaException e) {
            String now = model.ref().version().equals(sample.model().version())
                    ? "the steps before the model were others then"
                    : "version " + model.ref().version() + " runs now";
            throw refused("does not suit the pipeline of now: " + e.getMessage(), before() + "; " + now);
        }
    }

    /** What the model was given then, which is what it is given now. */
    private static float[] given(SampleFormat.Decoded decoded, LoadedModel model) {
        Tensor input = model.interpreter().input(0);
        if (!Arrays.equals(decoded.shape(), input.shape())
                || !(decoded.content() instanceof Content.Values(float[] values))) {
            throw new PipelineException(
                    "it holds an input of " + Arrays.toString(decoded.shape()) + ", and the model takes "
                            + Arrays.toString(input.shape()),
                    "");
        }
        return values;
    }

    /** Which it is, and what was said of it then. */
    public Map<String, Object> told() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("version", sample.model().version());
        if (sample.label() != null) {
            said.put("label", sample.label());
        }
        if (sample.labelIndex() >= 0 && Float.isFinite(sample.score())) {
            said.put("score", (double) sample.score());
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("sample", sample.name());
        told.put("receipt", sample.receipt().toString());
        told.put("frame", sample.frame());
        told.put("said", said);
        return told;
    }

    private String before() {
        return "it was kept of " + sample.model().name() + " " + sample.model().version();
    }

    private PipelineException refused(String what, String hint) {
        return new PipelineException("the sample " + sample.name() + " " + what, hint);
    }
}
