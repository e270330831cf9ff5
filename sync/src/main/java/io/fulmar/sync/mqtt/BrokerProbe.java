package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tries whether a broker can be reached, and encrypted where that is asked for, without a word of MQTT: it disturbs nobody
 * who is connected with the same identity. Immutable.
 */
public final class BrokerProbe {
    private BrokerProbe() {}

    /**
     * Connects, and closes the connection.
     *
     * @return the certificates that the broker showed, its own first; empty without encryption
     * @throws LinkException saying why it cannot be reached and what to do
     */
    public static List<CertificateInfo> connect(LinkConfig config) {
        AtomicReference<@Nullable Loss> known = new AtomicReference<>();
        Encryption encryption = Encryption.of(config);
        String where = "broker " + config.url();
        try (BrokerSocket socket = new BrokerSocket(encryption, config.inboundPacketBytes(), known::set)) {
            InetAddress address = InetAddress.getByName(config.host());
            socket.connect(
                    new InetSocketAddress(address, config.port()),
                    Math.toIntExact(config.connectTimeout().toMillis()));
            return encryption == null
                    ? List.of()
                    : encryption.shown().stream().map(CertificateInfo::of).toList();
        } catch (UnknownHostException e) {
            throw new LinkException(
                    LinkException.Category.TRANSIENT,
                    where + ": the name " + config.host() + " is not known",
                    "check the name in mqtt.url and the network's name server",
                    e);
        } catch (IOException e) {
            Loss loss = known.get();
            throw new LinkException(
                    LinkException.Category.TRANSIENT,
                    loss == null
                            ? where + ": " + Objects.requireNonNullElse(e.getMessage(), e.toString())
                            : loss.reason(),
                    loss == null ? "check that the broker runs and can be reached from here" : loss.hint(),
                    e);
        }
    }
}
