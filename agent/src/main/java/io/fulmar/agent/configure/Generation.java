package io.fulmar.agent.configure;

import io.fulmar.sync.wire.Desired;

/**
 * One configuration that was, is or shall be laid over the device's own.
 *
 * @param number rises with every configuration that is taken over
 * @param version of the desired state that it came with; 0 for none
 * @param toml the fragment
 *     <p>Immutable.
 */
record Generation(long number, long version, String toml) {
    /** The device's own configuration, with nothing over it. */
    static final Generation OWN = new Generation(0, 0, "");

    String sha256() {
        return Desired.Config.of(toml).sha256();
    }
}
