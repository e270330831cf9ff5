package io.fulmar.agent.api.oip;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to be inferred.
 *
 * @param id that the answer says again
 * @param patience how long it would wait for its turn
 * @param outputs those that are wanted; all of them if it names none
 * @param binary whether outputs come as bytes that do not say how they come
 *     <p>Immutable.
 */
record InferRequest(
        @Nullable String id,
        @Nullable Duration patience,
        List<TensorData> inputs,
        List<WantedOutput> outputs,
        boolean binary) {
    InferRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /**
     * One output.
     *
     * @param binary whether it comes as bytes; null as all
     * @param classes how many of the best classes are wanted instead of the numbers; 0 for the numbers
     */
    record WantedOutput(String name, @Nullable Boolean binary, int classes) {}
}
