package io.fulmar.fleet.broker;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.apache.activemq.artemis.api.core.ActiveMQDisconnectedException;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An MQTT 5 broker inside this process, so that a fleet needs nothing else to be installed.
 *
 * <p>It keeps everything in memory and may lose all of it: what was not committed by the ingest is not acknowledged, and the
 * device sends it again. For the same reason a topic whose subscriber is too slow drops messages instead of growing. Without
 * {@link Protection} everybody who reaches it may do everything: it is for one machine then. Thread-safe.
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

    /**
     * Warnings that a queue has no place for expired and for undeliverable messages, which are dropped on purpose, and that
     * somebody was not let in, which the doorkeeper tells.
     */
    private static final List<String> EXPECTED = List.of("AMQ222165", "AMQ222166", "AMQ222216");

    private static final java.util.logging.Logger WILL_LOG =
            java.util.logging.Logger.getLogger("org.apache.activemq.artemis.core.protocol.mqtt");

    /** The last will of somebody who was sent away is not published, which is as it should be. */
    private static final String REVOKED_WILL = "AMQ834007";

    private final EmbeddedActiveMQ server;
    private final String scheme;
    private final String bindAddress;
    private final int port;

    private EmbeddedBroker(EmbeddedActiveMQ server, String scheme, String bindAddress, int port) {
        this.server = server;
        this.scheme = scheme;
        this.bindAddress = bindAddress;
        this.port = port;
    }

    /** Starts a broker that anybody may use; port 0 takes any free one. */
    public static EmbeddedBroker start(String bindAddress, int port) {
        return start(bindAddress, port, null);
    }

    /** Starts a broker; port 0 takes any free one. */
    public static EmbeddedBroker start(String bindAddress, int port, @Nullable Protection protection) {
        requireFree(bindAddress, port);
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
        WILL_LOG.setFilter(entry -> !String.valueOf(entry.getMessage()).startsWith(REVOKED_WILL));
        SERVER_LOG.setFilter(entry -> EXPECTED.stream()
                .noneMatch(code -> String.valueOf(entry.getMessage()).startsWith(code)));
        var server = new EmbeddedActiveMQ();
        Configuration configuration = configuration(bindAddress, port, protection);
        server.setConfiguration(configuration);
        Doorkeeper doorkeeper =
                protection == null ? null : new Doorkeeper(protection, configuration.getWildcardConfiguration());
        if (doorkeeper != null) {
            server.setSecurityManager(doorkeeper);
        }
        try {
            server.start();
            var acceptor = (NettyAcceptor)
                    server.getActiveMQServer().getRemotingService().getAcceptor(ACCEPTOR);
            if (acceptor == null || !acceptor.isStarted() || acceptor.getActualPort() <= 0) {
                server.stop();
                throw cannotListen(bindAddress, port, null);
            }
            if (doorkeeper != null) {
                sendAwayWhoIsOut(server.getActiveMQServer(), doorkeeper);
            }
            return new EmbeddedBroker(
                    server, protection == null ? "mqtt" : "mqtts", bindAddress, acceptor.getActualPort());
        } catch (FleetException e) {
            throw e;
        } catch (Exception e) { // all that the broker declares
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
        return URI.create(scheme + "://" + host + ":" + port);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) { // all that the broker declares; whoever stops the service goes on
            LOG.warn("the embedded MQTT broker did not stop cleanly: {}", e.toString());
        }
    }

    private static void sendAwayWhoIsOut(ActiveMQServer server, Doorkeeper doorkeeper) {
        long every = Limits.SEND_AWAY_CHECK.toMillis();
        // ends with the server, whose pool it is
        var unused = server.getScheduledPool()
                .scheduleWithFixedDelay(() -> sendAway(server, doorkeeper), every, every, TimeUnit.MILLISECONDS);
    }

    private static void sendAway(ActiveMQServer server, Doorkeeper doorkeeper) {
        try {
            Set<Object> connected = new HashSet<>();
            for (RemotingConnection connection : server.getRemotingService().getConnections()) {
                connected.add(connection.getID());
                if (doorkeeper.isOut(connection)) {
                    LOG.info("client {} is sent away: what it may do has changed", connection.getClientID());
                    connection.fail(new ActiveMQDisconnectedException("what this client may do has changed"));
                }
            }
            doorkeeper.keep(connected);
        } catch (RuntimeException e) {
            // the next round tries again; an exception would end all of them
            LOG.warn("could not see who may stay at the broker: {}", e.toString());
        }
    }

    private static Configuration configuration(String bindAddress, int port, @Nullable Protection protection) {
        var configuration = new ConfigurationImpl();
        configuration.setName("fulmar");
        configuration.setPersistenceEnabled(false);
        configuration.setSecurityEnabled(protection != null);
        // who may do what changes at once when it is changed
        configuration.setAuthenticationCacheSize(0);
        configuration.setAuthorizationCacheSize(0);
        configuration.setJMXManagementEnabled(false);
        configuration.setMaxDiskUsage(-1);
        configuration.setCriticalAnalyzer(false);
        configuration.setGracefulShutdownEnabled(false);
        configuration.setThreadPoolMaxSize(8);
        configuration.setScheduledThreadPoolMaxSize(1);
        configuration.setGlobalMaxSize(Limits.MAX_WAITING_BYTES);
        configuration.addAcceptorConfiguration(acceptor(bindAddress, port, protection));
        configuration.addAddressSetting("#", boundedTopic());
        return configuration;
    }

    private static TransportConfiguration acceptor(String bindAddress, int port, @Nullable Protection protection) {
        Map<String, Object> transport = new HashMap<>(Map.of(
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
                2_000));
        if (protection != null) {
            transport.putAll(encryption(protection));
        }
        Map<String, Object> mqtt = Map.of(
                "receiveMaximum",
                Limits.MAX_IN_FLIGHT,
                "maximumPacketSize",
                Limits.MAX_PACKET_BYTES,
                "topicAliasMaximum",
                0);
        return new TransportConfiguration(NettyAcceptorFactory.class.getName(), transport, ACCEPTOR, mqtt);
    }

    private static Map<String, Object> encryption(Protection protection) {
        return Map.of(
                TransportConstants.SSL_ENABLED_PROP_NAME,
                true,
                TransportConstants.NEED_CLIENT_AUTH_PROP_NAME,
                true,
                TransportConstants.ENABLED_PROTOCOLS_PROP_NAME,
                "TLSv1.3,TLSv1.2",
                TransportConstants.KEYSTORE_TYPE_PROP_NAME,
                "PEM",
                TransportConstants.KEYSTORE_PATH_PROP_NAME,
                protection.certificate().toString(),
                TransportConstants.TRUSTSTORE_TYPE_PROP_NAME,
                "PEMCA",
                TransportConstants.TRUSTSTORE_PATH_PROP_NAME,
                protection.ca().toString(),
                TransportConstants.SSL_AUTO_RELOAD_PROP_NAME,
                true);
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
