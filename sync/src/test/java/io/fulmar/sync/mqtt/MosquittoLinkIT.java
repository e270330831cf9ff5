package io.fulmar.sync.mqtt;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a real Mosquitto, which offers topic aliases (10) and a receive maximum (20). */
class MosquittoLinkIT extends LinkContract {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @Override
    protected TestBroker startBroker() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        Mosquitto mosquitto = Mosquitto.start(dir, "max_packet_size 20000");
        return RealBroker.before(mosquitto.url(), mosquitto::close);
    }
}
