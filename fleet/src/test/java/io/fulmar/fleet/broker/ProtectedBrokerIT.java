package io.fulmar.fleet.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.identity.Permissions;
import io.fulmar.fleet.identity.Principal;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.mqtt.TestCa;
import io.fulmar.sync.mqtt.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the embedded broker lets each client do, when it is protected. */
class ProtectedBrokerIT {
    private static final String PREFIX = "fulmar/v1";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestCa ca;

    @SuppressWarnings("NullAway.Init")
    private EmbeddedBroker broker;

    private final Map<String, Principal> welcome = new ConcurrentHashMap<>();
    private final List<Client> clients = new ArrayList<>();

    /** A protection for tests of the transport: whoever has a certificate may do everything. */
    static Protection everythingAllowed(Path dir, TestCa ca) {
        return protection(dir, ca, (who, access, filter) -> true, it -> new Principal.Service("test"));
    }

    private static Protection protection(
            Path dir, TestCa ca, Protection.Rights rights, Function<X509Certificate, @Nullable Principal> welcome) {
        TestCa.Issued server = ca.server("localhost");
        Path both = dir.resolve("server-both.pem");
        try {
            Files.writeString(both, Files.readString(server.key()) + Files.readString(server.certificate()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Protection(ca.certificate(), both, rights, welcome);
    }

    private static String commonName(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName().substring("CN=".length());
    }

    @BeforeEach
    void start() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        ca = TestCa.in(dir.resolve("ca"), "fleet");
        broker = EmbeddedBroker.start(
                "127.0.0.1",
                0,
                protection(
                        dir,
                        ca,
                        Protection.Rights.of(new Permissions(PREFIX)),
                        certificate -> welcome.get(commonName(certificate))));
    }

    @AfterEach
    void stop() {
        clients.forEach(it -> it.link.close());
        if (broker != null) {
            broker.close();
        }
    }

    /** A link together with what it heard. Owned by the test. */
    private final class Client {
        final List<LinkEvent> events = new ArrayList<>();
        final Link link;
        private long token;

        Client(URI url, String clientId, Tls tls, String... filters) {
            this.link = new PahoLink(
                    LinkConfig.builder(url, clientId)
                            .tls(tls)
                            .wishes(List.of(filters))
                            .connectTimeout(Duration.ofSeconds(20))
                            .backoff(new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofMinutes(1)))
                            .build(),
                    new Random(1),
                    events::add);
            clients.add(this);
        }

        <T extends LinkEvent> List<T> all(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        List<String> heard() {
            return all(LinkEvent.Received.class).stream()
                    .map(it -> new String(it.message().payload(), UTF_8))
                    .toList();
        }

        List<String> refused() {
            return all(LinkEvent.Unsubscribed.class).stream()
                    .map(LinkEvent.Unsubscribed::filter)
                    .toList();
        }

        Client connected() {
            await("connected", link::connected);
            return this;
        }

        /** The broker's answer to a message. */
        LinkEvent.Published publish(String topic, String text) {
            long number = ++token;
            await(
                    "accepted",
                    () -> link.publish(OutboundMessage.of(topic, text.getBytes(UTF_8), 1, false, number))
                            == PublishOutcome.ACCEPTED);
            await("answered", () -> all(LinkEvent.Published.class).stream().anyMatch(it -> it.token() == number));
            return all(LinkEvent.Published.class).getLast();
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as(
                            "waiting until %s; %s",
                            what, clients.stream().map(it -> it.events).toList())
                    .isLessThan(deadline);
            clients.forEach(it -> it.link.work(System.nanoTime()));
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    private Client device(String id, Set<String> groups, String... filters) {
        welcome.put(id, new Principal.Device(id, groups));
        return new Client(broker.url(), id, ca.client(id).tls(ca), filters);
    }

    private Client fleet(String... filters) {
        welcome.put("fleet:ingest", new Principal.Service("ingest"));
        return new Client(
                broker.url(), "fulmar-fleet", ca.client("fleet:ingest").tls(ca), filters);
    }

    private static String of(String device, String rest) {
        return PREFIX + "/d/" + device + "/" + rest;
    }

    @Test
    void aDeviceAndItsFleetTalk() {
        Client fleet = fleet(PREFIX + "/d/+/up/+", PREFIX + "/d/+/hello").connected();
        Client device = device("dev.1", Set.of("north"), of("dev.1", "down"), PREFIX + "/g/north/cmd")
                .connected();

        assertThat(device.publish(of("dev.1", "hello"), "hello").taken()).isTrue();
        assertThat(device.publish(of("dev.1", "up/data"), "rows").taken()).isTrue();
        assertThat(fleet.publish(of("dev.1", "down"), "ack").taken()).isTrue();
        assertThat(fleet.publish(PREFIX + "/g/north/cmd", "all").taken()).isTrue();

        await("heard", () -> fleet.heard().size() == 2 && device.heard().size() == 2);
        assertThat(device.heard()).containsExactlyInAnyOrder("ack", "all");
        assertThat(device.refused()).isEmpty();
    }

    @Test
    void aDeviceNeitherReadsNorWritesWhatIsAnothers() {
        Client victim = device("victim", Set.of(), of("victim", "down"), of("victim", "cmd"))
                .connected();
        Client fleet = fleet(PREFIX + "/d/+/up/+", PREFIX + "/d/+/status").connected();
        String[] wanted = {
            of("victim", "down"),
            of("victim", "cmd"),
            of("victim", "up/data"),
            of("+", "down"),
            PREFIX + "/d/victim/#",
            PREFIX + "/#",
            "#",
            "+/+/+/+/+",
            PREFIX + "/g/south/cmd",
            PREFIX + "/g/+/cmd",
            "$share/x/" + of("victim", "cmd"),
            "$SYS/#"
        };
        Client thief = device("thief", Set.of("north"), wanted).connected();
        assertThat(thief.refused()).containsExactlyInAnyOrder(wanted);

        for (String topic : List.of(
                of("victim", "up/data"),
                of("victim", "hello"),
                of("victim", "status"),
                of("victim", "reported"),
                of("victim", "cmd"),
                of("victim", "cmd/result"),
                of("victim", "down"),
                of("thief", "down"),
                of("thief", "cmd"),
                PREFIX + "/g/north/cmd",
                "elsewhere")) {
            assertThat(thief.publish(topic, "forged").taken()).as(topic).isFalse();
        }
        assertThat(victim.link.connected()).isTrue();
        fleet.publish(of("victim", "cmd"), "real");
        await("heard", () -> !victim.heard().isEmpty());
        assertThat(victim.heard()).containsExactly("real");
        assertThat(thief.heard()).isEmpty();
        assertThat(fleet.heard()).isEmpty();
    }

    @Test
    void aDeviceCannotConnectAsAnother() {
        Client victim = device("victim", Set.of()).connected();
        welcome.put("thief", new Principal.Device("thief", Set.of()));
        Client thief = new Client(broker.url(), "victim", ca.client("thief").tls(ca));

        await("refused", () -> !thief.all(LinkEvent.Disconnected.class).isEmpty());

        assertThat(thief.all(LinkEvent.Disconnected.class).getFirst().kind()).isEqualTo(LinkEvent.Kind.NOT_AUTHORISED);
        assertThat(victim.link.connected()).isTrue();
        assertThat(victim.all(LinkEvent.Disconnected.class)).isEmpty();
    }

    @Test
    void whoIsNotWelcomeOrShowsNoCertificateOfTheAuthorityStaysOut() {
        Client stranger = new Client(broker.url(), "nobody", ca.client("nobody").tls(ca));
        await("refused", () -> !stranger.all(LinkEvent.Disconnected.class).isEmpty());
        assertThat(stranger.all(LinkEvent.Disconnected.class).getFirst().kind())
                .isEqualTo(LinkEvent.Kind.NOT_AUTHORISED);

        Client bare = new Client(broker.url(), "bare", new Tls(ca.certificate(), null, null));
        await("refused", () -> !bare.all(LinkEvent.Disconnected.class).isEmpty());
        assertThat(bare.all(LinkEvent.Disconnected.class).getFirst().kind()).isEqualTo(LinkEvent.Kind.TLS);

        TestCa other = TestCa.in(dir.resolve("other"), "other");
        TestCa.Issued forged = other.client("forged");
        welcome.put("forged", new Principal.Device("forged", Set.of()));
        Client forger =
                new Client(broker.url(), "forged", new Tls(ca.certificate(), forged.certificate(), forged.key()));
        await("refused", () -> !forger.all(LinkEvent.Disconnected.class).isEmpty());
        assertThat(forger.all(LinkEvent.Disconnected.class).getFirst().kind()).isEqualTo(LinkEvent.Kind.TLS);
    }

    @Test
    void aRevokedDeviceIsSentAwayWithinSecondsAndCanWriteNothingMeanwhile() {
        Client fleet = fleet(PREFIX + "/d/+/up/+").connected();
        Client device = device("d1", Set.of()).connected();
        Client other = device("d2", Set.of()).connected();

        welcome.remove("d1");
        long revoked = System.nanoTime();
        assertThat(device.link.publish(OutboundMessage.of(of("d1", "up/data"), "late".getBytes(UTF_8), 1, false, 99)))
                .isEqualTo(PublishOutcome.ACCEPTED);
        await("sent away", () -> !device.link.connected());
        assertThat(Duration.ofNanos(System.nanoTime() - revoked)).isLessThan(Duration.ofSeconds(5));

        other.publish(of("d2", "up/data"), "welcome");
        await("heard", () -> !fleet.heard().isEmpty());
        assertThat(fleet.heard()).containsExactly("welcome");
        await(
                "told",
                () -> device.all(LinkEvent.Disconnected.class).stream()
                        .anyMatch(it -> it.kind() == LinkEvent.Kind.NOT_AUTHORISED));
        assertThat(device.all(LinkEvent.Connected.class)).hasSize(1);
    }
}
