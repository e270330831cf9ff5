package io.fulmar.sync.mqtt;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a real Mosquitto with TLS on both sides. */
class EncryptedMosquittoLinkIT extends LinkContract {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @Override
    protected TestBroker startBroker() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        assumeTrue(TestCa.available(), "openssl is not installed");
        TestCa ca = TestCa.in(dir.resolve("ca"), "test");
        Mosquitto mosquitto = Mosquitto.startEncrypted(dir, ca, "max_packet_size 20000");
        return RealBroker.before(mosquitto.url(), ca.client("tester").tls(ca), mosquitto::close);
    }
}
