package io.fulmar.agent.pipeline;

import java.util.Locale;

/** Why an input is kept. Immutable. */
public enum SampleRule {
    /** What the model saw or said was away from its reference. */
    DRIFT,
    /** A release that ran beside the active one said something else. */
    DISAGREEMENT,
    /** The model was not sure. */
    CONFIDENCE,
    /** By chance. */
    RANDOM;

    /** As it is written. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The rule that is written so. */
    public static SampleRule of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
