package io.fulmar.sync.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model said about one frame, and what was done about it. Immutable.
 *
 * @param frame the number of the frame at its source
 * @param inputDigest a digest of the input tensors, to find the same input again
 * @param label of the best class; null where the model does not classify
 * @param labelIndex of the best class; -1 where the model does not classify
 * @param score of the best class
 * @param top the best classes, best first
 * @param values the outputs of a model that does not classify
 * @param inferMicros how long the model took
 * @param actions what the device did about it
 * @param alarm whether the label is one that the configuration calls an alarm
 * @param found what a model that does more than to classify found
 */
public record Prediction(
        Stamp at,
        String pipeline,
        String source,
        long frame,
        ModelRef model,
        long inputDigest,
        @Nullable String label,
        int labelIndex,
        float score,
        List<Score> top,
        List<Float> values,
        long inferMicros,
        List<String> actions,
        boolean alarm,
        String agentVersion,
        Found found)
        implements DeviceRecord {
    public Prediction {
        top = List.copyOf(top);
        values = List.copyOf(values);
        actions = List.copyOf(actions);
    }

    /** One of a model that finds nothing but classes. */
    public Prediction(
            Stamp at,
            String pipeline,
            String source,
            long frame,
            ModelRef model,
            long inputDigest,
            @Nullable String label,
            int labelIndex,
            float score,
            List<Score> top,
            List<Float> values,
            long inferMicros,
            List<String> actions,
            boolean alarm,
            String agentVersion) {
        this(
                at,
                pipeline,
                source,
                frame,
                model,
                inputDigest,
                label,
                labelIndex,
                score,
                top,
                values,
                inferMicros,
                actions,
                alarm,
                agentVersion,
                Found.NOTHING);
    }
}
