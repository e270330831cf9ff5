package io.fulmar.sync.mqtt;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a link needs to know. Made with {@link #builder}, so that later settings do not touch every caller.
 *
 * @param url where the broker is: {@code mqtt://host:port}, or {@code mqtts://host:port} for an encrypted connection
 * @param tls how to encrypt; not null exactly when the URL says so
 * @param credentials null for a broker that asks for none, or that takes the certificate instead
 * @param subscriptions topic filters, subscribed at QoS 1 after every connect; without them there is no connection
 * @param wishes further filters: a broker that refuses one is told as {@link LinkEvent.Unsubscribed}
 * @param keepAlive the broker hears from the link at least this often; whole seconds
 * @param connectTimeout from the first byte to the last SUBACK
 * @param inboundQueue received messages that may wait for the listener; the broker is told as receive maximum
 * @param inboundPacketBytes the largest packet to take; the broker is told, and one that sends a larger one loses the
 *     connection
 * @param clock what time it is, for judging certificates
 * @param wakeUp run on any thread when {@link Link#work} has something to do; must not block
 *     <p>Immutable.
 */
public record LinkConfig(
        URI url,
        @Nullable Tls tls,
        @Nullable Credentials credentials,
        String clientId,
        List<String> subscriptions,
        List<String> wishes,
        @Nullable Will will,
        Duration keepAlive,
        Duration connectTimeout,
        Backoff backoff,
        int inboundQueue,
        long inboundPacketBytes,
        InstantSource clock,
        Runnable wakeUp) {
    private static final String URL_HINT = "write it as mqtt://host:1883, or as mqtts://host:8883 for TLS";

    public LinkConfig {
        subscriptions = List.copyOf(subscriptions);
        wishes = List.copyOf(wishes);
        boolean encrypted = "mqtts".equals(url.getScheme());
        require(encrypted || "mqtt".equals(url.getScheme()), "broker URL '" + url + "'", URL_HINT);
        require(url.getHost() != null, "broker URL '" + url + "' has no host", URL_HINT);
        require(
                url.getUserInfo() == null,
                "the broker URL for " + url.getHost() + " contains a user name",
                "URLs are printed and logged: give user name and password by their own settings");
        require(
                encrypted || tls == null,
                "TLS settings, but the broker URL is " + url,
                "write the URL as mqtts://" + url.getHost() + ", or remove the TLS settings");
        if (encrypted && tls == null) {
            tls = Tls.OF_THIS_MACHINE;
        }
        require(!clientId.isEmpty(), "the MQTT client id is empty", "give every device an id of its own");
        require(
                keepAlive.toSeconds() >= 1 && keepAlive.toSeconds() <= 65_535,
                "keep-alive of " + keepAlive,
                "choose 1 s to 18 h; 30 s suits most networks");
        require(
                !connectTimeout.isNegative() && !connectTimeout.isZero(),
                "connect timeout of " + connectTimeout,
                "choose a positive time; 10 s suits most networks");
        require(
                inboundQueue >= 1 && inboundQueue <= Limits.INBOUND_QUEUE_MAX,
                "inbound queue of " + inboundQueue,
                "choose 1 to " + Limits.INBOUND_QUEUE_MAX);
        require(
                inboundPacketBytes >= 1 && inboundPacketBytes <= Limits.PACKET_BYTES,
                "packets of at most " + inboundPacketBytes + " bytes",
                "choose 1 to " + Limits.PACKET_BYTES);
    }

    private static void require(boolean holds, String message, String hint) {
        if (!holds) {
            throw new LinkException(LinkException.Category.PERMANENT, message, hint);
        }
    }

    /** The port of the broker: as the URL says, else MQTT's own. */
    public int port() {
        if (url.getPort() >= 0) {
            return url.getPort();
        }
        return tls == null ? 1883 : 8883;
    }

    /** The host of the broker: a name, or an address without the brackets that a URL puts around IPv6. */
    public String host() {
        String host = url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Starts from sensible values; the two that have none are asked for. */
    public static Builder builder(URI url, String clientId) {
        return new Builder(url, clientId);
    }

    /** Collects settings. Owned by the thread that made it. */
    public static final class Builder {
        private final URI url;
        private final String clientId;
        private @Nullable Tls tls;
        private @Nullable Credentials credentials;
        private List<String> subscriptions = List.of();
        private List<String> wishes = List.of();
        private @Nullable Will will;
        private Duration keepAlive = Duration.ofSeconds(30);
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Backoff backoff = Backoff.between(Duration.ofSeconds(1), Duration.ofMinutes(2));
        private int inboundQueue = Limits.INBOUND_QUEUE;
        private long inboundPacketBytes = Limits.INBOUND_PACKET_BYTES;
        private InstantSource clock = InstantSource.system();
        private Runnable wakeUp = () -> {};

        private Builder(URI url, String clientId) {
            this.url = url;
            this.clientId = clientId;
        }

        public Builder subscriptions(List<String> filters) {
            this.subscriptions = filters;
            return this;
        }

        public Builder subscriptions(String... filters) {
            return subscriptions(List.of(filters));
        }

        /** Filters whose refusal does not end the connection. */
        public Builder wishes(List<String> filters) {
            this.wishes = filters;
            return this;
        }

        public Builder tls(@Nullable Tls value) {
            this.tls = value;
            return this;
        }

        public Builder credentials(@Nullable Credentials value) {
            this.credentials = value;
            return this;
        }

        public Builder will(Will value) {
            this.will = value;
            return this;
        }

        public Builder keepAlive(Duration value) {
            this.keepAlive = value;
            return this;
        }

        public Builder connectTimeout(Duration value) {
            this.connectTimeout = value;
            return this;
        }

        public Builder backoff(Backoff value) {
            this.backoff = value;
            return this;
        }

        public Builder inboundQueue(int value) {
            this.inboundQueue = value;
            return this;
        }

        public Builder inboundPacketBytes(long value) {
            this.inboundPacketBytes = value;
            return this;
        }

        public Builder clock(InstantSource value) {
            this.clock = value;
            return this;
        }

        public Builder wakeUp(Runnable value) {
            this.wakeUp = value;
            return this;
        }

        public LinkConfig build() {
            return new LinkConfig(
                    url,
                    tls,
                    credentials,
                    clientId,
                    subscriptions,
                    wishes,
                    will,
                    keepAlive,
                    connectTimeout,
                    backoff,
                    inboundQueue,
                    inboundPacketBytes,
                    clock,
                    wakeUp);
        }
    }
}
