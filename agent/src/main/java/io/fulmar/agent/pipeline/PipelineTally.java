package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import java.util.Map;

/**
 * What a pipeline's present model has done since it came to it.
 *
 * @param predictions frames that it judged
 * @param failures frames that failed in it or in a stage after it
 * @param latencies how long its runs took; goes on counting
 * @param labels how often each label was decided; the empty one where it does not classify
 * @param framesDropped how many of the source's frames lie between the last of the model before and its first; -1 as long as
 *     it has had none
 * @param inModel how long the model has been running on the frame of now; zero if it does not
 *     <p>Immutable but for the latencies.
 */
public record PipelineTally(
        String pipeline,
        ModelRef model,
        long predictions,
        long failures,
        Latencies latencies,
        Map<String, Long> labels,
        long framesDropped,
        Duration inModel) {
    public PipelineTally {
        labels = Map.copyOf(labels);
    }
}
