package io.fulmar.sync.mqtt;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a Paho client that is used once.
 *
 * <p>The rules come from measured faults of Paho 1.2.5. A fresh client and memory for each connection (it resends unknown
 * topic aliases after its own reconnect). The window is kept outside (it throws instead of waiting) and one smaller than
 * the broker's (it frees a place a moment after it says so). Publishing is serialised (it hands out an alias before it
 * queues the packet, so two threads could send the use before the definition). {@code close()} is never called: it clears
 * state under threads that are still ending, which throws in one of them or lets another spin for ever, and it frees
 * nothing that the end of the socket does not. Callbacks only note things down.
 *
 * <p>{@link #send} is thread-safe; the rest belongs to the thread that drives the link.
 */
final class PahoConnection implements Connection {
    /** Kept, because a JUL logger that nobody holds forgets its level. Paho logs a stack trace for each lost connection. */
    private static final Logger PAHO = Logger.getLogger("org.eclipse.paho");

    private static final long QUIESCE_MILLIS = 1_000;
    private static final long DISCONNECT_MILLIS = 2_000;

    static {
        PAHO.setLevel(Level.OFF);
    }

    private final LinkConfig config;
    private final Observer observer;
    private final OneSocketFactory sockets;
    private final MqttAsyncClient client;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final ReentrantLock publishing = new ReentrantLock();
    private final MqttActionListener settling = new Settling();

    private PahoConnection(LinkConfig config, Observer observer) throws MqttException {
        this.config = config;
        this.observer = observer;
        this.sockets = new OneSocketFactory(Encryption.of(config), config.inboundPacketBytes());
        this.client = new MqttAsyncClient(
                "tcp://" + config.url().getHost() + ":" + config.port(), config.clientId(), new MemoryPersistence());
    }

    static Connection open(LinkConfig config, Observer observer) {
        try {
            PahoConnection connection = new PahoConnection(config, observer);
            try {
                connection.connect();
            } catch (LinkException e) {
                observer.lost(new Loss(LinkEvent.Kind.SETTINGS, String.valueOf(e.getMessage()), e.hint()));
            }
            return connection;
        } catch (MqttException e) {
            throw new LinkException(
                    LinkException.Category.PERMANENT,
                    "cannot connect to " + config.url() + ": " + e.getMessage(),
                    "check the broker URL and the client id",
                    e);
        }
    }

    private void connect() throws MqttException {
        client.setManualAcks(true);
        client.setCallback(new PahoCallback(observer, this::acknowledge, this::lossOf));
        MqttConnectionOptions options = new TellingPacketLimit(config.inboundPacketBytes());
        options.setAutomaticReconnect(false);
        options.setCleanStart(true);
        options.setSessionExpiryInterval(0L);
        options.setKeepAliveInterval((int) config.keepAlive().toSeconds());
        options.setConnectionTimeout((int) Math.max(1, config.connectTimeout().toSeconds()));
        options.setReceiveMaximum(config.inboundQueue());
        options.setUseSubscriptionIdentifiers(false);
        options.setSocketFactory(sockets);
        Credentials credentials = config.credentials();
        if (credentials != null) {
            options.setUserName(credentials.username());
            Supplier<String> password = credentials.password();
            options.setPassword(password == null ? null : password.get().getBytes(StandardCharsets.UTF_8));
        }
        Will will = config.will();
        if (will != null) {
            MqttProperties properties = new MqttProperties();
            properties.setContentType(will.contentType());
            options.setWill(will.topic(), new MqttMessage(will.payload(), will.qos(), will.retain(), properties));
            options.setWillMessageProperties(properties);
        }
        client.connect(options, null, new Connecting());
    }

    @Override
    public void subscribe(List<String> needs, List<String> wishes) {
        List<String> filters = Stream.concat(needs.stream(), wishes.stream()).toList();
        MqttSubscription[] subscriptions =
                filters.stream().map(filter -> new MqttSubscription(filter, 1)).toArray(MqttSubscription[]::new);
        try {
            client.subscribe(subscriptions, null, new Subscribing(filters, needs.size()), new MqttProperties());
        } catch (MqttException | IllegalArgumentException e) {
            observer.lost(Loss.ofFailure("subscribing at " + config.url(), String.valueOf(e.getMessage())));
        }
    }

    @Override
    public void unsubscribe(List<String> filters) {
        try {
            client.unsubscribe(filters.toArray(String[]::new), null, null, new MqttProperties());
        } catch (MqttException | IllegalArgumentException e) {
            PAHO.log(Level.FINE, "not unsubscribed", e); // what still comes is for nobody
        }
    }

    @Override
    public boolean send(OutboundMessage message) {
        MqttMessage paho =
                new MqttMessage(message.payload(), message.qos(), message.retain(), PahoMessages.properties(message));
        publishing.lock();
        try {
            client.publish(message.topic(), paho, message.token(), settling);
            return true;
        } catch (MqttException e) {
            if (!endsAnyway(e.getReasonCode())) {
                observer.lost(Loss.ofFailure("publishing at " + config.url(), String.valueOf(e.getMessage())));
            }
            return false;
        } finally {
            publishing.unlock();
        }
    }

    /** Whether Paho has ended the connection already and tells the reason by its callback. */
    private static boolean endsAnyway(int reasonCode) {
        return reasonCode == MqttClientException.REASON_CODE_CLIENT_NOT_CONNECTED
                || reasonCode == MqttClientException.REASON_CODE_CLIENT_DISCONNECTING
                || reasonCode == MqttClientException.REASON_CODE_CONNECTION_LOST;
    }

    private void acknowledge(int packetId) {
        try {
            client.messageArrivedComplete(packetId, 1);
        } catch (MqttException e) {
            // The connection is ending; without a session the broker forgets the message, and its sender repeats it.
            PAHO.log(Level.FINE, "not acknowledged", e);
        }
    }

    @Override
    public void finish() {
        sockets.expectGoodbye();
        try {
            client.disconnect(QUIESCE_MILLIS).waitForCompletion(DISCONNECT_MILLIS);
        } catch (MqttException e) {
            PAHO.log(Level.FINE, "no clean end", e);
        }
        abandon();
    }

    @Override
    public void abandon() {
        try {
            sockets.cut();
        } catch (IOException e) {
            PAHO.log(Level.FINE, "socket did not close cleanly", e);
        }
    }

    private Loss lossOf(int reasonCode, @Nullable Throwable failure) {
        String where = "broker " + config.url();
        Loss known = sockets.failure();
        if (known != null) {
            return known;
        }
        if (failure == null || (reasonCode >= 0x80 && reasonCode <= 0xFF) || reasonCode == 1) {
            return (reasonCode == 0x86 || reasonCode == 0x87) && !answered.get()
                    ? notLetIn(where, reasonCode)
                    : Loss.ofReasonCode(where, reasonCode, config.clientId());
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (cause instanceof UnknownHostException) {
            return new Loss(
                    LinkEvent.Kind.NETWORK,
                    where + ": host name not found",
                    "check the broker URL and this machine's DNS");
        }
        if (reasonCode == MqttClientException.REASON_CODE_SERVER_CONNECT_ERROR) {
            return new Loss(
                    LinkEvent.Kind.NETWORK,
                    where + ": " + cause.getMessage(),
                    "check that the broker runs and can be reached from here");
        }
        if (reasonCode == MqttClientException.REASON_CODE_CLIENT_TIMEOUT
                || reasonCode == MqttClientException.REASON_CODE_WRITE_TIMEOUT) {
            return new Loss(
                    LinkEvent.Kind.NETWORK,
                    where + ": no sign of life within the keep-alive of " + config.keepAlive(),
                    "the network or the broker is stuck; the link tries again by itself");
        }
        if ((cause instanceof EOFException || cause instanceof SocketException) && !answered.get()) {
            return new Loss(
                    LinkEvent.Kind.NETWORK,
                    where + ": the broker closed the connection without an answer",
                    config.tls() == null
                            ? "if this port is for TLS, write the URL as mqtts://; else the broker's log says why"
                            : "the broker's log says why; it may not accept this client's certificate");
        }
        if (cause instanceof EOFException) {
            return new Loss(
                    LinkEvent.Kind.CLOSED,
                    where + ": the broker closed the connection without a reason",
                    "it was stopped, or another client uses the id '" + config.clientId()
                            + "': the broker's log says which");
        }
        return Loss.ofFailure(where, String.valueOf(cause.getMessage()));
    }

    /** Brokers say "bad user name or password" of a certificate, too, and "not authorized" of a wrong password. */
    private Loss notLetIn(String where, int reasonCode) {
        Tls tls = config.tls();
        boolean byCertificate = tls != null && tls.certificate() != null && config.credentials() == null;
        return new Loss(
                LinkEvent.Kind.NOT_AUTHORISED,
                where + ": client '" + config.clientId() + "' is not let in (reason code " + reasonCode + ")",
                byCertificate
                        ? "its certificate may be revoked, or made for another id: enrol it anew if it is to take part"
                        : "check user name and password, and that the broker lets client '" + config.clientId()
                                + "' in");
    }

    /**
     * Tells the broker the largest packet that is taken. Paho's own setter would also refuse to send a larger one, since
     * it mixes up the two directions. Owned by the thread that connects.
     */
    private static final class TellingPacketLimit extends MqttConnectionOptions {
        private final long bytes;

        TellingPacketLimit(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public MqttProperties getConnectionProperties() {
            MqttProperties properties = super.getConnectionProperties();
            properties.setMaximumPacketSize(bytes);
            return properties;
        }
    }

    /** Hears the CONNACK. Thread-safe. */
    private final class Connecting implements MqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            answered.set(true);
            MqttProperties said = token.getResponseProperties();
            Integer receiveMaximum = said == null ? null : said.getReceiveMaximum();
            Integer maximumQos = said == null ? null : said.getMaximumQoS();
            Long packetSize = said == null ? null : said.getMaximumPacketSize();
            if (receiveMaximum != null && receiveMaximum < 0) {
                observer.lost(new Loss(
                        LinkEvent.Kind.REFUSED,
                        "broker " + config.url() + " announces a receive maximum of " + (receiveMaximum + 65_536)
                                + ", which the MQTT client cannot take",
                        "set the broker's receive maximum (max in-flight messages) to 32767 or less"));
            } else if (maximumQos != null && maximumQos < 1) {
                observer.lost(new Loss(
                        LinkEvent.Kind.REFUSED,
                        "broker " + config.url() + " takes messages at QoS 0 only",
                        "allow QoS 1 at the broker"));
            } else {
                observer.opened(
                        token.getSessionPresent(),
                        receiveMaximum == null ? Limits.WINDOW : Math.max(1, receiveMaximum - 1),
                        packetSize == null ? Limits.PACKET_BYTES : packetSize);
            }
        }

        @Override
        public void onFailure(IMqttToken token, Throwable failure) {
            observer.lost(lossOf(failure instanceof MqttException m ? m.getReasonCode() : 0, failure));
        }
    }

    /** Hears the SUBACK, whose refusals Paho does not report by itself. Thread-safe. */
    private final class Subscribing implements MqttActionListener {
        private final List<String> filters;
        private final int needs;

        /** @param needs how many of the filters, from the first, there is no connection without */
        Subscribing(List<String> filters, int needs) {
            this.filters = filters;
            this.needs = needs;
        }

        @Override
        public void onSuccess(IMqttToken token) {
            int[] granted = token.getReasonCodes();
            List<LinkEvent.Unsubscribed> refused = new ArrayList<>();
            for (int i = 0; i < filters.size(); i++) {
                int code = granted != null && i < granted.length ? granted[i] : 0x80;
                if (code == 1) {
                    continue;
                }
                Loss loss = Loss.ofReasonCode(
                        "broker " + config.url() + ", subscription '" + filters.get(i) + "'", code, config.clientId());
                if (i < needs) {
                    observer.lost(loss);
                    return;
                }
                refused.add(new LinkEvent.Unsubscribed(filters.get(i), loss.reason(), loss.hint()));
            }
            observer.subscribed(refused);
        }

        @Override
        public void onFailure(IMqttToken token, Throwable failure) {
            // told by the loss of the connection, which knows the reason better
        }
    }

    /** Hears the PUBACK. A failure is not told: the end of the connection, which causes it, is. Thread-safe. */
    private final class Settling implements MqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            int[] codes = token.getReasonCodes();
            observer.settled((Long) token.getUserContext(), codes == null || codes.length == 0 ? 0 : codes[0]);
        }

        @Override
        public void onFailure(IMqttToken token, Throwable failure) {
            // told by the loss of the connection
        }
    }
}
