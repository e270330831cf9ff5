package io.fulmar.agent;

/**
 * What an agent has done so far, for a line on a screen.
 *
 * @param predictions frames that models have judged since the start
 * @param failures stages that failed since the start
 * @param recorded rows with a receipt since the state directory was made
 * @param refused records that got no receipt since the start
 * @param buffered rows in the store that the fleet has not acknowledged
 * @param acknowledged rows that the fleet has acknowledged since the state directory was made
 * @param label the last label of the first pipeline, empty if there is none
 *     <p>Immutable.
 */
public record AgentSnapshot(
        long predictions,
        long failures,
        long recorded,
        long refused,
        long buffered,
        long acknowledged,
        boolean connected,
        String label) {}
