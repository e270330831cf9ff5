package io.fulmar.fleet.broker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.mqtt.LinkContract;
import io.fulmar.sync.mqtt.RealBroker;
import io.fulmar.sync.mqtt.TestBroker;
import io.fulmar.sync.mqtt.TestCa;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The link's contract over the embedded broker with TLS on both sides. */
class ProtectedBrokerLinkIT extends LinkContract {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @Override
    protected TestBroker startBroker() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        TestCa ca = TestCa.in(dir.resolve("ca"), "fleet");
        EmbeddedBroker broker = EmbeddedBroker.start("127.0.0.1", 0, ProtectedBrokerIT.everythingAllowed(dir, ca));
        return RealBroker.before(broker.url(), ca.client("fleet:test").tls(ca), broker::close);
    }
}
