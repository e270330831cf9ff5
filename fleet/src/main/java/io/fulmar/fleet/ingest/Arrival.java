package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Envelope;

/**
 * A batch that came in.
 *
 * @param device who sent it, as the topic says
 * @param envelope the batch as it travelled, kept when it contradicts what is stored
 *     <p>Immutable.
 */
public record Arrival(String device, Batch batch, Envelope envelope, long receivedMillis) {}
