package io.fulmar.fleet.sink;

import java.util.List;

/**
 * Where stored records are sent on to. It connects when it is first needed, and again after a failure. Owned by the sink
 * thread.
 */
public interface RecordSink extends AutoCloseable {
    /** Under this name it is kept how far it has got; another name begins anew. */
    String name();

    /**
     * Sends records, those of each device in their order, and returns when all of them are safe there; within a few seconds,
     * as a service that is to stop waits for it.
     *
     * @throws io.fulmar.fleet.base.FleetException when that is not sure of each; then all of them are sent again later, or
     *     by another service
     */
    void send(List<SinkRecord> records);

    @Override
    void close();
}
