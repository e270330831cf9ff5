package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.Stamp;

/** Tells when something was recorded. Thread-safe. */
public interface Stamper {
    Stamp now();
}
