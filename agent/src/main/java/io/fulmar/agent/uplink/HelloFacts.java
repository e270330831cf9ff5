package io.fulmar.agent.uplink;

import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.StreamPosition;
import java.util.List;

/** What the uplink's hello says beside the positions of the streams. */
@FunctionalInterface
public interface HelloFacts {
    /** The hello of now. */
    Hello hello(List<StreamPosition> positions);
}
