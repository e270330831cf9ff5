package io.fulmar.config;

/** Where a value can be said; each layer lies over those before it. */
public enum Layer {
    /** The device's own file. */
    FILE,
    /** A file in the folder {@code conf.d} beside it. */
    FRAGMENT,
    /** What the fleet sent. */
    REMOTE,
    /** {@code --set} on the command line. */
    OVERRIDE
}
