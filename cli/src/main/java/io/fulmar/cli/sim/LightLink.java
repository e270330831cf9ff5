package io.fulmar.cli.sim;

import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5MessageException;
import com.hivemq.client.mqtt.mqtt5.message.Mqtt5Message;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuth;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.mqtt.TlsFactories;
import io.fulmar.sync.mqtt.Will;
import io.reactivex.Scheduler;
import io.reactivex.schedulers.Schedulers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * One device's connection to a broker. All of them together have two threads, which is why this is not the link of a real
 * device: that one has threads of its own. The only class that knows the MQTT client. A connection that ended is not used
 * again: each one has its own client. Owned by the simulation's thread; what happens is told on any.
 */
final class LightLink {
    private static final int NETWORK_THREADS = 2;
    private static final Scheduler AT_ONCE = Schedulers.from(Runnable::run);
    private static final int INBOUND = 64;

    private final LinkConfig config;
    private final BiConsumer<LightLink, LinkEvent> listener;
    private final Mqtt5AsyncClient client;
    private int inFlight;
    private boolean up;

    /** @param listener hears what happens, on any thread */
    LightLink(LinkConfig config, BiConsumer<LightLink, LinkEvent> listener) {
        this.config = config;
        this.listener = listener;
        this.client = client(config);
    }

    private Mqtt5AsyncClient client(LinkConfig config) {
        Mqtt5ClientBuilder builder = Mqtt5Client.builder()
                .identifier(config.clientId())
                .transportConfig()
                .serverHost(config.host())
                .serverPort(config.port())
                .socketConnectTimeout(config.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .mqttConnectTimeout(config.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .applyTransportConfig()
                .executorConfig(MqttClientExecutorConfig.builder()
                        .nettyThreads(NETWORK_THREADS)
                        .applicationScheduler(AT_ONCE)
                        .build())
                .addDisconnectedListener(context -> listener.accept(this, lost(context.getCause())));
        Tls tls = config.tls();
        if (tls != null) {
            var ssl = MqttClientSslConfig.builder()
                    .protocols(List.of("TLSv1.3", "TLSv1.2"))
                    .trustManagerFactory(TlsFactories.trust(tls));
            KeyManagerFactory identity = TlsFactories.identity(tls);
            builder = builder.sslConfig(
                    identity == null
                            ? ssl.build()
                            : ssl.keyManagerFactory(identity).build());
        }
        return builder.buildAsync();
    }

    /** Begins to connect, and to subscribe after it. */
    void connect() {
        client.publishes(MqttGlobalPublishFilter.ALL, this::received);
        var connect = Mqtt5Connect.builder()
                .cleanStart(true)
                .sessionExpiryInterval(0)
                .keepAlive((int) config.keepAlive().toSeconds())
                .restrictions()
                .receiveMaximum(INBOUND)
                .maximumPacketSize((int) config.inboundPacketBytes())
                .topicAliasMaximum(0)
                .sendTopicAliasMaximum(0)
                .applyRestrictions();
        Credentials credentials = config.credentials();
        if (credentials != null) {
            connect = connect.simpleAuth(auth(credentials));
        }
        Will will = config.will();
        if (will != null) {
            connect = connect.willPublish(Mqtt5Publish.builder()
                    .topic(will.topic())
                    .payload(will.payload())
                    .qos(qos(will.qos()))
                    .retain(will.retain())
                    .contentType(will.contentType())
                    .asWill()
                    .build());
        }
        var unused = client.connect(connect.build())
                .thenCompose(ack ->
                        client.subscribe(subscribe()).whenComplete((granted, failure) -> subscribed(ack, failure)));
    }

    private static Mqtt5SimpleAuth auth(Credentials credentials) {
        Mqtt5SimpleAuthBuilder.Complete auth = Mqtt5SimpleAuth.builder().username(credentials.username());
        var password = credentials.password();
        return password == null
                ? auth.build()
                : auth.password(password.get().getBytes(StandardCharsets.UTF_8)).build();
    }

    private Mqtt5Subscribe subscribe() {
        return Mqtt5Subscribe.builder()
                .addSubscriptions(config.subscriptions().stream()
                        .map(filter -> Mqtt5Subscription.builder()
                                .topicFilter(filter)
                                .qos(MqttQos.AT_LEAST_ONCE)
                                .build()))
                .build();
    }

    private void subscribed(Mqtt5ConnAck ack, @Nullable Throwable failure) {
        if (failure == null) {
            listener.accept(
                    this,
                    new LinkEvent.Connected(
                            ack.isSessionPresent(), ack.getRestrictions().getMaximumPacketSize()));
        } else {
            listener.accept(this, lost(failure));
            end(Mqtt5DisconnectReasonCode.NORMAL_DISCONNECTION);
        }
    }

    private void received(Mqtt5Publish publish) {
        listener.accept(
                this,
                new LinkEvent.Received(new InboundMessage(
                        publish.getTopic().toString(),
                        publish.getPayloadAsBytes(),
                        publish.getContentType().map(Object::toString).orElse(null),
                        properties(publish.getUserProperties()),
                        publish.getResponseTopic().map(Object::toString).orElse(null),
                        null,
                        publish.isRetain())));
    }

    private static Map<String, String> properties(Mqtt5UserProperties from) {
        Map<String, String> properties = new HashMap<>();
        for (Mqtt5UserProperty property : from.asList()) {
            properties.put(property.getName().toString(), property.getValue().toString());
        }
        return properties;
    }

    /** The simulation has heard that the connection is up, or gone. */
    void up(boolean value) {
        up = value;
        inFlight = 0;
    }

    /** The simulation has heard that the broker answered a message. */
    void settled() {
        inFlight--;
    }

    /** Hands a message over. */
    PublishOutcome publish(OutboundMessage message) {
        if (!up) {
            return PublishOutcome.OFFLINE;
        }
        if (inFlight >= Limits.IN_FLIGHT) {
            return PublishOutcome.BUSY;
        }
        inFlight++;
        Mqtt5UserProperties properties = Mqtt5UserProperties.of(message.userProperties().entrySet().stream()
                .map(entry -> Mqtt5UserProperty.of(entry.getKey(), entry.getValue()))
                .toList());
        var unused = client.publish(Mqtt5Publish.builder()
                        .topic(message.topic())
                        .payload(message.payload())
                        .qos(qos(message.qos()))
                        .retain(message.retain())
                        .contentType(message.contentType())
                        .userProperties(properties)
                        .build())
                .whenComplete((result, failure) -> published(message.token(), result, failure));
        return PublishOutcome.ACCEPTED;
    }

    private void published(long token, @Nullable Mqtt5PublishResult result, @Nullable Throwable failure) {
        Throwable refusal = failure != null
                ? failure
                : result == null ? null : result.getError().orElse(null);
        if (refusal == null) {
            listener.accept(this, new LinkEvent.Published(token, 0));
        } else if (refusal instanceof Mqtt5MessageException said) {
            listener.accept(this, new LinkEvent.Published(token, code(said.getMqttMessage())));
        }
        // else the connection is gone, which is told by itself
    }

    private static int code(Mqtt5Message message) {
        return switch (message) {
            case com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAck ack ->
                ack.getReasonCode().getCode();
            default -> 0x80;
        };
    }

    /** Ends the connection as if the network had: the broker publishes the last will. */
    void cut() {
        end(Mqtt5DisconnectReasonCode.DISCONNECT_WITH_WILL_MESSAGE);
    }

    /** Says goodbye. */
    void close() {
        end(Mqtt5DisconnectReasonCode.NORMAL_DISCONNECTION);
    }

    private void end(Mqtt5DisconnectReasonCode reason) {
        up = false;
        var unused = client.disconnect(
                        Mqtt5Disconnect.builder().reasonCode(reason).build())
                .exceptionally(alreadyGone -> null);
    }

    private LinkEvent.Disconnected lost(Throwable cause) {
        Throwable root = cause;
        while (!(root instanceof Mqtt5MessageException) && root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        if (root instanceof Mqtt5MessageException said) {
            return new LinkEvent.Disconnected(
                    LinkEvent.Kind.REFUSED,
                    "the broker at " + config.url() + " ended it: " + said.getMessage(),
                    "see the broker's log; may a client without a certificate or password of its own connect there?");
        }
        String message = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        return new LinkEvent.Disconnected(
                LinkEvent.Kind.NETWORK,
                "no connection to the broker at " + config.url() + ": " + message,
                "is it running, and is that its address?");
    }

    private static MqttQos qos(int number) {
        return number == 0 ? MqttQos.AT_MOST_ONCE : MqttQos.AT_LEAST_ONCE;
    }
}
