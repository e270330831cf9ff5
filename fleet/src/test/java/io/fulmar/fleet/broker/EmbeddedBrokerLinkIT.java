package io.fulmar.fleet.broker;

import io.fulmar.sync.mqtt.LinkContract;
import io.fulmar.sync.mqtt.RealBroker;
import io.fulmar.sync.mqtt.TestBroker;

/** The link's contract over the embedded broker. */
class EmbeddedBrokerLinkIT extends LinkContract {
    @Override
    protected TestBroker startBroker() {
        EmbeddedBroker broker = EmbeddedBroker.start("127.0.0.1", 0);
        return RealBroker.before(broker.url(), broker::close);
    }
}
