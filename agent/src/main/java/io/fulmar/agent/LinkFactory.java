package io.fulmar.agent;

import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Makes the link of an agent: over Paho on a device, in memory in a test. */
@FunctionalInterface
public interface LinkFactory {
    /** A link that has not tried to connect yet. */
    Link open(LinkConfig config, RandomGenerator random, Consumer<LinkEvent> listener);
}
