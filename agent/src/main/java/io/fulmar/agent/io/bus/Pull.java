package io.fulmar.agent.io.bus;

/** Which way a resistor pulls a line that nobody drives. Immutable. */
public enum Pull {
    NONE,
    UP,
    DOWN
}
