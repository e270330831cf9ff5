package io.fulmar.sync.wire;

/** Why a device gave rows up. Immutable. */
public enum GapReason {
    /** They were older than the configured age. */
    AGE(1),
    /** The store had reached its quota. */
    QUOTA(2),
    /** The disk was full before the quota was reached. */
    DISK_FULL(3),
    /** The fleet had acknowledged them, so the device deleted them, and then the fleet forgot them. */
    FORGOTTEN(4),
    /** Neighbouring gaps with different reasons, merged because there were too many. */
    SEVERAL(5),
    /** One record that is larger than the broker's largest packet. */
    TOO_LARGE(6),
    /** They were in a store that was damaged, and could not be read back. */
    DAMAGED(7);

    private final int number;

    GapReason(int number) {
        this.number = number;
    }

    /** The number that the wire and the database know this reason by. */
    public int number() {
        return number;
    }

    /** The reason with that number. */
    public static GapReason of(int number) {
        for (GapReason reason : values()) {
            if (reason.number == number) {
                return reason;
            }
        }
        throw new WireException("no such gap reason: " + number);
    }
}
