package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.Receipt;

/** Hears what becomes of a record, once, on whatever thread knows it, so it must not wait. */
public interface Fate {
    /** It is durable. */
    void recorded(Receipt receipt);

    /** It was dropped, and counted. */
    void refused();
}
