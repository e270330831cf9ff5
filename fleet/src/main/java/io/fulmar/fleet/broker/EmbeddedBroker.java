package io.fulmar.fleet.broker;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An MQTT 5 broker inside this process, so that a fleet needs nothing else to be installed.
 *
 * <p>It keeps everything in memory and may lose all of it: what was not committed by the ingest is not acknowledged, and the
 * device sends it again. For the same reason a topic whose subscriber is too slow drops messages instead of growing.
 * Thread-safe.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final String ACCEPTOR = "mqtt";

    /** Kept, because java.util.logging forgets the level of a logger that nobody holds. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("org.apache.activemq", "io.netty")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private static final java.util.logging.Logger SERVER_LOG =
            java.util.logging.Logger.getLogger("org.apache.activemq.artemis.core.server");

    /** Warnings that a queue has no place for expired and for undeliverable messages: they are dropped on purpose. */
    private static final List<String> EXPECTED = List.of("AMQ222165", "AMQ222166");

    private final EmbeddedActiveMQ server;
    private final String bindAddress;
    private final int port;

    private EmbeddedBroker(EmbeddedActiveMQ server, String bindAddress, int port) {
        this.server = server;
        this.bindAddress = bindAddress;
        this.port = port;
    }

    /** Starts a broker; port 0 takes any free one. */
    public static EmbeddedBroker start(String bindAddress, int port) {
        requireFree(bindAddress, port);
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
        SERVER_LOG.setFilter(entry -> EXPECTED.stream()
                .noneMatch(code -> String.valueOf(entry.getMessage()).startsWith(code)));
        var server = new EmbeddedActiveMQ();
        server.setConfiguration(configuration(bindAddress, port));
        try {
            server.start();
            var acceptor = (NettyAcceptor)
                    server.getActiveMQServer().getRemotingService().getAcceptor(ACCEPTOR);
            if (acceptor == null || !acceptor.isStarted() || acceptor.getActualPort() <= 0) {
                server.stop();
                throw cannotListen(bindAddress, port, null);
            }
            return new EmbeddedBroker(server, bindAddress, acceptor.getActualPort());
        } catch (FleetException e) {
            throw e;
        } catch (Exception e) {
            throw new FleetException(
                    Category.FATAL,
                    "the embedded MQTT broker did not start: " + e.getMessage(),
                    "use --broker URL to connect to a broker of your own",
                    e);
        }
    }

    public int port() {
        return port;
    }

    /** Where clients on this machine reach it. */
    public URI url() {
        boolean any = bindAddress.equals("0.0.0.0") || bindAddress.equals("::");
        String host = any ? "127.0.0.1" : bindAddress.contains(":") ? "[" + bindAddress + "]" : bindAddress;
        return URI.create("mqtt://" + host + ":" + port);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the embedded MQTT broker did not stop cleanly: {}", e.toString());
        }
    }

    private static Configuration configuration(String bindAddress, int port) {
        var configuration = new ConfigurationImpl();
        configuration.setName("fulmar");
        configuration.setPersistenceEnabled(false);
        configuration.setSecurityEnabled(false);
        configuration.setJMXManagementEnabled(false);
        configuration.setMaxDiskUsage(-1);
        configuration.setCriticalAnalyzer(false);
        configuration.setGracefulShutdownEnabled(false);
        configuration.setThreadPoolMaxSize(8);
        configuration.setScheduledThreadPoolMaxSize(1);
        configuration.setGlobalMaxSize(Limits.MAX_WAITING_BYTES);
        configuration.addAcceptorConfiguration(acceptor(bindAddress, port));
        configuration.addAddressSetting("#", boundedTopic());
        return configuration;
    }

    private static TransportConfiguration acceptor(String bindAddress, int port) {
        Map<String, Object> transport = Map.of(
                TransportConstants.HOST_PROP_NAME,
                bindAddress,
                TransportConstants.PORT_PROP_NAME,
                port,
                TransportConstants.PROTOCOLS_PROP_NAME,
                "MQTT",
                TransportConstants.REMOTING_THREADS_PROPNAME,
                2,
                TransportConstants.TCP_NODELAY_PROPNAME,
                true,
                TransportConstants.QUIET_PERIOD,
                0,
                TransportConstants.SHUTDOWN_TIMEOUT,
                2_000);
        Map<String, Object> mqtt = Map.of(
                "receiveMaximum",
                Limits.MAX_IN_FLIGHT,
                "maximumPacketSize",
                Limits.MAX_PACKET_BYTES,
                "topicAliasMaximum",
                0);
        return new TransportConfiguration(NettyAcceptorFactory.class.getName(), transport, ACCEPTOR, mqtt);
    }

    private static AddressSettings boundedTopic() {
        return new AddressSettings()
                .setMaxSizeBytes(Limits.MAX_WAITING_BYTES_PER_TOPIC)
                .setAddressFullMessagePolicy(AddressFullMessagePolicy.DROP)
                .setAutoCreateDeadLetterResources(false)
                .setAutoCreateExpiryResources(false)
                .setMaxDeliveryAttempts(-1);
    }

    /** Artemis only logs when the port is taken, so that is found out before. */
    private static void requireFree(String bindAddress, int port) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(bindAddress), port));
        } catch (IOException e) {
            throw cannotListen(bindAddress, port, e);
        }
    }

    private static FleetException cannotListen(String bindAddress, int port, @Nullable Exception cause) {
        return new FleetException(
                Category.FATAL,
                "cannot listen for MQTT on " + bindAddress + ":" + port
                        + (cause == null ? "" : ": " + cause.getMessage()),
                "another broker may be running there: stop it, choose --mqtt-port, or connect to it with --broker mqtt://"
                        + bindAddress + ":" + port,
                cause);
    }
}
