package io.fulmar.sync.mqtt;

/** The contract over the in-memory broker. */
class InMemoryLinkTest extends LinkContract {
    @Override
    protected TestBroker startBroker() {
        InMemoryTestBroker broker = new InMemoryTestBroker(Faults.none());
        broker.broker().maximumPacketSize(20_000);
        return broker;
    }
}
