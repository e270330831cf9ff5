package io.fulmar.agent.io.simulated;

/** A chip by its registers, which live in the chip's own time. Owned by the board that it is on. */
interface I2cChip {
    /** One register, which may change what the chip does next. */
    int read(int register, long nowNanos);

    /** Where a transfer goes on after this register. */
    int after(int register);

    void write(int register, int value, long nowNanos);

    /** Its power has failed. */
    void reset();

    /** Its id is that of another chip from now on, or its own again. */
    void impersonate(boolean another);

    /** As much time passes for it as overfills its FIFO, if it has one. */
    void neglect();
}
