package io.fulmar.config;

import io.fulmar.config.SourceSettings.Broker;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns the addresses of brokers into records. Owned by the one load that builds it. */
final class BrokerBinder {
    private static final String USUAL = "mqtt://127.0.0.1:1883";
    private static final String EXPECTED =
            "expected mqtt://HOST:PORT or mqtts://HOST:PORT, such as mqtt://127.0.0.1:1883";
    /** What others call the same. */
    private static final Map<String, String> SCHEMES = Map.of("tcp", "mqtt", "ssl", "mqtts", "tls", "mqtts");

    private final Secrets secrets;
    private final Path state;
    private final Device device;
    private final Mqtt mqtt;

    /** @param state the device's own folder */
    BrokerBinder(Secrets secrets, Path state, Device device, Mqtt mqtt) {
        this.secrets = secrets;
        this.state = state;
        this.device = device;
        this.mqtt = mqtt;
    }

    /** The broker that a source takes messages from: its own, or that of the device. */
    Broker source(TableReader source, String pipeline) {
        TableReader table = source.table("broker");
        // whoever may say these can have the device connect, and send a password, to anybody
        SourceBinder.ownFileAlone(table, table.keys());
        URI url = url(table);
        TlsSettings tls = new TlsBinder(secrets).settings(table, url, state);
        SourceBinder.ownFileAlone(table.table("tls"), table.table("tls").keys());
        String username = table.optional("username");
        Secret password = secrets.passwordFile(table);
        String id = table.optionalName("client_id");
        table.done();
        String client = Objects.requireNonNullElse(id, device.id() + "-" + pipeline);
        return source.has("broker")
                ? new Broker(true, url, client, tls, username, password)
                : new Broker(false, mqtt.url(), client, mqtt.tls(), mqtt.username(), mqtt.password());
    }

    /** What a table says under {@code url}. */
    static URI url(TableReader table) {
        String text = table.text("url", USUAL);
        try {
            URI url = new URI(text);
            String scheme = url.getScheme();
            if (scheme != null && SCHEMES.containsKey(scheme)) {
                table.problem("url", EXPECTED, SCHEMES.get(scheme) + "://");
            } else if (!List.of("mqtt", "mqtts").contains(String.valueOf(scheme))
                    || url.getHost() == null
                    || !pathless(url)) {
                table.problem("url", EXPECTED);
            } else if (url.getPort() == 0 || url.getPort() > 65_535) {
                table.problem("url", EXPECTED + "; a port lies between 1 and 65535");
            } else if (url.getUserInfo() != null) {
                table.problem(
                        "url", EXPECTED + "; user and password do not belong in it but in username and password_file");
            }
            return url;
        } catch (URISyntaxException e) {
            table.problem("url", EXPECTED);
            return URI.create(USUAL);
        }
    }

    private static boolean pathless(URI url) {
        return (url.getPath() == null
                        || url.getPath().isEmpty()
                        || url.getPath().equals("/"))
                && url.getQuery() == null
                && url.getFragment() == null;
    }
}
