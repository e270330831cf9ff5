package io.fulmar.config;

/**
 * Which inputs of a pipeline are kept on the device, so that people can make a better model of them. Immutable.
 *
 * @param confidence a prediction whose score is below this is kept; 0 keeps none for that
 * @param disagreement whether one is kept of which a release that runs beside the active one says something else
 * @param random the share of predictions that is kept whatever they say
 * @param drift whether they are kept while what the model sees or says is away from its reference
 * @param perHour how many each of these rules keeps in an hour at most
 */
public record SamplesSettings(double confidence, boolean disagreement, double random, boolean drift, int perHour) {
    /** What holds where nothing is said: nothing is kept. */
    public static final SamplesSettings NONE = new SamplesSettings(0, false, 0, false, 60);

    /** Whether anything is ever kept. */
    public boolean any() {
        return confidence > 0 || disagreement || random > 0 || drift;
    }
}
