package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Receipt;

/** A draft with the place that it will have once its transaction is durable. Immutable. */
record Planned(Draft draft, Receipt receipt, ChainHash hash) {}
