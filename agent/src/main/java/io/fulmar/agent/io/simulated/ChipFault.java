package io.fulmar.agent.io.simulated;

import java.util.Locale;

/** What can go wrong between a simulated chip and whoever asks it. Immutable. */
public enum ChipFault {
    NONE,
    /** The chip does not acknowledge: a loose wire, no power. */
    NACK,
    /** A line of the bus stays low. */
    STUCK,
    /** Another chip answers at its address. */
    WRONG_ID,
    /** Nobody fetched for longer than the FIFO lasts. */
    OVERRUN,
    /** Nobody drives the line: every bit reads as one. */
    GARBAGE,
    /** Every bit reads as zero. */
    ZEROS,
    /** Its power failed for a moment: the registers are as they were made, and it measures nothing. */
    RESET;

    /** As people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
