package io.fulmar.agent.io.simulated;

/** What is wrong with the machine, in the order of the labels of the bearing-condition model. Immutable. */
public enum Condition {
    NORMAL("normal"),
    IMBALANCE("imbalance"),
    MISALIGNMENT("misalignment"),
    BEARING_FAULT("bearing-fault");

    private final String label;

    Condition(String label) {
        this.label = label;
    }

    /** The name that labels.txt and configuration files use. */
    public String label() {
        return label;
    }
}
