package io.fulmar.sync.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Paho link over TLS, against a real Mosquitto and certificates made by openssl, good and bad ones. */
class EncryptedLinkIT {
    private static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";
    private static final Duration YEAR = Duration.ofDays(365);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestCa ca;

    private final List<LinkEvent> events = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void start() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        assumeTrue(TestCa.available(), "openssl is not installed");
        ca = TestCa.in(dir.resolve("ca"), "fleet");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Mosquitto mosquitto(String... lines) {
        return opened(Mosquitto.startEncrypted(dir, ca, lines));
    }

    private <T extends AutoCloseable> T opened(T it) {
        opened.add(it);
        return it;
    }

    private LinkConfig.Builder config(URI url, @Nullable Tls tls) {
        return LinkConfig.builder(url, "device")
                .tls(tls)
                .connectTimeout(Duration.ofSeconds(10))
                .keepAlive(Duration.ofSeconds(20))
                .backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMinutes(1)));
    }

    private Link link(LinkConfig.Builder config) {
        return opened(new PahoLink(config.build(), new Random(1), events::add));
    }

    private void workUntil(Link link, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time, events %s", events).isLessThan(deadline);
            link.work(System.nanoTime());
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    private void connects(LinkConfig.Builder config) {
        Link link = link(config);
        workUntil(link, link::connected);
    }

    /** Why the first attempt fails. */
    private LinkEvent.Disconnected refused(LinkConfig.Builder config) {
        Link link = link(config);
        workUntil(link, () -> events.stream().anyMatch(LinkEvent.Disconnected.class::isInstance));
        LinkEvent.Disconnected loss = events.stream()
                .filter(LinkEvent.Disconnected.class::isInstance)
                .map(LinkEvent.Disconnected.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(events).noneMatch(LinkEvent.Connected.class::isInstance);
        return loss;
    }

    private static void assertTls(LinkEvent.Disconnected loss, String reason, String hint) {
        assertThat(loss.kind()).isEqualTo(LinkEvent.Kind.TLS);
        assertThat(loss.reason()).contains(reason);
        assertThat(loss.hint()).contains(hint);
    }

    // ---- what works

    @Test
    void theHostIsCheckedByNameAndByAddress() {
        Mosquitto broker = mosquitto();
        Tls tls = ca.client("device").tls(ca);

        connects(config(broker.url(), tls));
        connects(config(URI.create("mqtts://localhost:" + broker.port()), tls));
    }

    @Test
    void keysOfEveryKindThatIsNamedConnect() {
        Mosquitto broker = mosquitto();

        connects(config(broker.url(), ca.issue("ec", P256, Instant.now(), YEAR).tls(ca)));
        connects(config(
                broker.url(),
                ca.issue("rsa", "RSA -pkeyopt rsa_keygen_bits:2048", Instant.now(), YEAR)
                        .tls(ca)));
    }

    @Test
    void tls12IsEnough() {
        Mosquitto broker = mosquitto("tls_version tlsv1.2");

        connects(config(broker.url(), ca.client("device").tls(ca)));
    }

    @Test
    void aRenewedCertificateIsUsedAtTheNextConnect() throws IOException {
        Mosquitto broker = mosquitto();
        TestCa.Issued issued = ca.issue("device", P256, Instant.now().minus(YEAR), Duration.ofDays(364));
        Tls tls = issued.tls(ca);
        Link link = link(config(broker.url(), tls));
        workUntil(link, () -> !events.isEmpty());
        assertThat(link.connected()).isFalse();

        TestCa.Issued renewed = ca.client("device");
        Files.move(renewed.key(), issued.key(), StandardCopyOption.REPLACE_EXISTING);
        Files.move(renewed.certificate(), issued.certificate(), StandardCopyOption.REPLACE_EXISTING);

        workUntil(link, link::connected);
    }

    @Test
    void userNameAndPasswordAreGiven() throws IOException {
        Path passwords = dir.resolve("passwords");
        Files.writeString(passwords, "d7:hush\n");
        run("mosquitto_passwd", "-U", passwords.toString());
        Mosquitto broker = opened(Mosquitto.startWithPasswords(dir, passwords));

        connects(config(broker.url(), null).credentials(new Credentials("d7", () -> "hush")));
        events.clear();
        LinkEvent.Disconnected wrong =
                refused(config(broker.url(), null).credentials(new Credentials("d7", () -> "loud")));
        assertThat(wrong.kind()).isEqualTo(LinkEvent.Kind.NOT_AUTHORISED);
        assertThat(wrong.reason()).doesNotContain("loud");
        events.clear();
        assertThat(refused(config(broker.url(), null)).kind()).isEqualTo(LinkEvent.Kind.NOT_AUTHORISED);
    }

    private static void run(String... command) throws IOException {
        try {
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- what this client refuses

    @Test
    void aBrokerOfAnotherAuthorityIsRefused() {
        TestCa other = TestCa.in(dir.resolve("other"), "other");
        Mosquitto broker = mosquitto();
        TestCa.Issued client = ca.client("device");

        assertTls(
                refused(config(broker.url(), new Tls(other.certificate(), client.certificate(), client.key()))),
                "was issued by 'CN=fleet', which the CA file",
                "CA certificate");
    }

    @Test
    void aPrivateAuthorityIsNotTrustedUnlessItIsNamed() {
        Mosquitto broker = mosquitto();

        assertTls(refused(config(broker.url(), null)), "trust store of this Java runtime", "CA certificate");
    }

    @Test
    void aCertificateForAnotherHostIsRefused() {
        Mosquitto broker = opened(Mosquitto.startEncrypted(dir, ca, ca.server("broker.example")));

        assertTls(
                refused(config(broker.url(), ca.client("device").tls(ca))),
                "is for 'broker.example', not for '127.0.0.1'",
                "alternative names");
    }

    @Test
    void anExpiredBrokerIsRefused() {
        TestCa.Issued expired = ca.issue("localhost", P256, Instant.now().minus(YEAR), Duration.ofDays(364));
        Mosquitto broker = opened(Mosquitto.startEncrypted(dir, ca, expired));

        LinkEvent.Disconnected loss =
                refused(config(broker.url(), ca.client("device").tls(ca)));
        assertTls(loss, "expired on", "renew");
        assertThat(loss.doubtsTheClock()).isFalse();
    }

    @Test
    void aBrokerOfTheFutureIsRefusedWithAWordOnTheClock() {
        TestCa.Issued future = ca.issue("localhost", P256, Instant.now().plus(YEAR), YEAR);
        Mosquitto broker = opened(Mosquitto.startEncrypted(dir, ca, future));

        LinkEvent.Disconnected loss =
                refused(config(broker.url(), ca.client("device").tls(ca)));
        assertTls(loss, "is not valid before", "clock");
        assertThat(loss.doubtsTheClock()).isTrue();
    }

    @Test
    void aDeviceThatBootsIn1970ConnectsAndOneIn2100IsToldOfItsClock() {
        Mosquitto broker = mosquitto();
        Tls tls = ca.client("device").tls(ca);

        connects(config(broker.url(), tls).clock(() -> Instant.EPOCH));
        events.clear();
        assertTls(
                refused(config(broker.url(), tls).clock(() -> Instant.parse("2100-01-01T00:00:00Z"))),
                "this machine's clock says 2100-01-01",
                "if the clock is wrong");
    }

    @Test
    void aClockThatIsKnownToBeBehindMakesNoBrokerValidThatExpiredBeforeTheDeviceWasMade() {
        TestCa.Issued expired = ca.issue("localhost", P256, Instant.now().minus(YEAR), Duration.ofDays(300));
        Mosquitto broker = opened(Mosquitto.startEncrypted(dir, ca, expired));

        assertTls(
                refused(config(broker.url(), ca.client("device").tls(ca)).clock(() -> Instant.EPOCH)),
                "expired on",
                "renew");
    }

    // ---- what the broker refuses

    @Test
    void aBrokerThatWantsACertificateSaysSo() {
        Mosquitto broker = mosquitto();

        assertTls(
                refused(config(broker.url(), new Tls(ca.certificate(), null, null))),
                "asks for a certificate",
                "configure the client's certificate");
    }

    @Test
    void aRevokedCertificateIsToldAsRevokedAndTriedEverMoreSeldom() {
        TestCa.Issued client = ca.client("device");
        ca.revoke(client);
        Mosquitto broker = mosquitto("crlfile " + ca.revoked());
        LinkConfig.Builder config = config(broker.url(), client.tls(ca))
                .backoff(new Backoff(Duration.ofMillis(100), Duration.ofMinutes(2), Duration.ofMinutes(1)));
        Link link = link(config);
        long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        workUntil(link, () -> System.nanoTime() - until > 0);

        assertThat(link.counters().attempts()).isBetween(2L, 15L);
        assertThat(events).isNotEmpty().allSatisfy(event -> {
            assertThat(event).isInstanceOf(LinkEvent.Disconnected.class);
            assertTls((LinkEvent.Disconnected) event, "is revoked", "enrol");
        });
    }

    @Test
    void everyRefusalAfterTheHandshakeKeepsItsReason() {
        TestCa.Issued client = ca.client("device");
        ca.revoke(client);
        Mosquitto broker = mosquitto("crlfile " + ca.revoked());
        Link link = link(config(broker.url(), client.tls(ca)));
        workUntil(link, () -> events.size() >= 100);

        assertThat(events)
                .allSatisfy(event -> assertTls((LinkEvent.Disconnected) event, "certificate_revoked", "enrol"));
    }

    @Test
    void anExpiredClientIsToldSo() {
        Mosquitto broker = mosquitto();
        TestCa.Issued expired = ca.issue("device", P256, Instant.now().minus(YEAR), Duration.ofDays(364));

        assertTls(refused(config(broker.url(), expired.tls(ca))), "has expired", "renew the certificate");
    }

    @Test
    void aClientOfAnotherAuthorityIsToldSo() {
        TestCa other = TestCa.in(dir.resolve("other"), "other");
        Mosquitto broker = mosquitto();
        TestCa.Issued stranger = other.client("device");

        assertTls(
                refused(config(broker.url(), new Tls(ca.certificate(), stranger.certificate(), stranger.key()))),
                "does not know the authority 'CN=other'",
                "broker's own CA");
    }

    @Test
    void aBrokerWithOldTlsOnlyIsRefused() throws IOException {
        TestCa.Issued server = ca.server("localhost");
        int port = freePort();
        Process old = new ProcessBuilder(
                        "openssl",
                        "s_server",
                        "-accept",
                        "127.0.0.1:" + port,
                        "-cert",
                        server.certificate().toString(),
                        "-key",
                        server.key().toString(),
                        "-tls1_1",
                        "-cipher",
                        "ALL:@SECLEVEL=0",
                        "-quiet")
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("s_server.log").toFile())
                .start();
        opened.add(old::destroyForcibly);
        Link link = link(config(URI.create("mqtts://127.0.0.1:" + port), new Tls(ca.certificate(), null, null)));

        workUntil(
                link,
                () -> events.stream()
                        .anyMatch(e -> e instanceof LinkEvent.Disconnected lost && lost.kind() == LinkEvent.Kind.TLS));
        assertTls((LinkEvent.Disconnected) events.getLast(), "TLS 1", "TLS 1.2");
    }

    private static int freePort() throws IOException {
        try (var probe = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    // ---- the wrong port

    @Test
    void aPortWithoutTlsIsNamedAsSuch() {
        Mosquitto plain = opened(Mosquitto.start(dir));
        URI url = URI.create("mqtts://127.0.0.1:" + plain.port());

        LinkEvent.Disconnected loss = refused(config(url, new Tls(ca.certificate(), null, null)));

        assertThat(loss.hint()).contains("check that the port is the one for TLS");
    }

    @Test
    void aPlainClientAtAPortForTlsIsToldWhatToWrite() {
        Mosquitto broker = mosquitto();
        URI url = URI.create("mqtt://127.0.0.1:" + broker.port());

        assertThat(refused(config(url, null)).hint()).contains("mqtts://");
    }

    // ---- files that cannot be used

    @Test
    void filesThatCannotBeUsedAreToldAndTriedAgain() throws IOException {
        Mosquitto broker = mosquitto();
        TestCa.Issued client = ca.client("device");
        Path key = dir.resolve("late.key");
        Link link = link(config(broker.url(), new Tls(ca.certificate(), client.certificate(), key)));
        workUntil(link, () -> events.size() >= 3);

        assertThat(events).allSatisfy(event -> {
            assertThat(((LinkEvent.Disconnected) event).kind()).isEqualTo(LinkEvent.Kind.SETTINGS);
            assertThat(((LinkEvent.Disconnected) event).reason())
                    .contains(key.toString())
                    .contains("no such file");
        });
        Files.copy(client.key(), key);
        workUntil(link, link::connected);
    }

    // ---- a network that fails

    @Test
    void aServerThatClosesAtOnceCostsNoThreads() throws IOException {
        FaultyProxy proxy = opened(new FaultyProxy("127.0.0.1", 1));
        proxy.mode(FaultyProxy.Mode.REFUSE);
        Link link =
                link(config(URI.create("mqtts://127.0.0.1:" + proxy.port()), new Tls(ca.certificate(), null, null)));

        workUntil(link, () -> events.size() >= 50);
        link.close();
        workUntil(link, () -> pahoThreads().isEmpty());
        assertThat(events).allMatch(LinkEvent.Disconnected.class::isInstance);
    }

    @Test
    void aServerThatNeverSpeaksTlsIsGivenUpInTimeAndCostsNoThread() {
        FaultyProxy proxy = opened(new FaultyProxy("127.0.0.1", 1));
        proxy.mode(FaultyProxy.Mode.MUTE);
        Link link = link(config(URI.create("mqtts://127.0.0.1:" + proxy.port()), new Tls(ca.certificate(), null, null))
                .connectTimeout(Duration.ofSeconds(2)));
        long started = System.nanoTime();

        workUntil(link, () -> events.size() >= 2);

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThan(Duration.ofSeconds(3));
        link.close();
        workUntil(link, () -> pahoThreads().isEmpty());
    }

    @Test
    void aLinkThatIsClosedAtAnyMomentOfItsConnectingCostsNoThreads() {
        Mosquitto broker = mosquitto();
        Tls tls = ca.client("device").tls(ca);
        for (int i = 0; i < 40; i++) {
            Link link = new PahoLink(config(broker.url(), tls).build(), new Random(i), events::add);
            workUntil(link, () -> link.counters().attempts() > 0);
            LockSupport.parkNanos(Duration.ofMillis(10L * i).toNanos());
            link.close();
        }

        Link idle = link(config(broker.url(), tls));
        idle.close();
        workUntil(idle, () -> pahoThreads().isEmpty());
    }

    @Test
    void cutsAtAnyByteOfTheEncryptedStreamLoseNothingThatIsSentAgain() {
        Mosquitto broker = mosquitto("max_queued_messages 0");
        Tls tls = ca.client("device").tls(ca);
        FaultyProxy proxy = opened(new FaultyProxy("127.0.0.1", broker.port()));
        Set<String> heard = new HashSet<>();
        Link fleet = opened(new PahoLink(
                LinkConfig.builder(broker.url(), "fleet")
                        .tls(tls)
                        .subscriptions("up/#")
                        .backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMinutes(1)))
                        .build(),
                new Random(2),
                event -> {
                    if (event instanceof LinkEvent.Received received) {
                        heard.add(new String(received.message().payload(), UTF_8));
                    }
                }));
        workUntil(fleet, fleet::connected);
        Set<Long> open = new HashSet<>();
        long messages = 0;
        Set<Long> sent = new HashSet<>();
        Link device = opened(new PahoLink(
                config(URI.create("mqtts://127.0.0.1:" + proxy.port()), tls).build(), new Random(3), event -> {
                    events.add(event);
                    if (event instanceof LinkEvent.Published published) {
                        open.remove(published.token());
                    } else if (event instanceof LinkEvent.Disconnected) {
                        sent.clear();
                    }
                }));
        Random random = new Random(20_261_121);
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        int cuts = 0;
        long lossesBefore = -1;
        while (cuts < 40 || !open.isEmpty()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            while (messages < 3_000 || (cuts < 40 && open.size() < 500)) {
                open.add(messages++);
            }
            long losses = events.stream()
                    .filter(LinkEvent.Disconnected.class::isInstance)
                    .count();
            if (cuts < 40 && losses != lossesBefore) {
                lossesBefore = losses;
                // from the first byte of the handshake (about 3,000 bytes) to far into the messages
                proxy.cutAfter(1 + random.nextInt(12_000));
                cuts++;
            }
            for (long number : open) {
                if (!sent.contains(number)) {
                    if (device.publish(OutboundMessage.of(
                                    "up/" + number % 30, Long.toString(number).getBytes(UTF_8), 1, false, number))
                            != PublishOutcome.ACCEPTED) {
                        break;
                    }
                    sent.add(number);
                }
            }
            if (device.work(System.nanoTime()) + fleet.work(System.nanoTime()) == 0) {
                LockSupport.parkNanos(100_000);
            }
        }
        long all = messages;
        workUntil(fleet, () -> heard.size() == all);

        assertThat(events.stream()
                        .filter(LinkEvent.Disconnected.class::isInstance)
                        .count())
                .isGreaterThanOrEqualTo(39);
        device.close();
        fleet.close();
        workUntil(fleet, () -> pahoThreads().isEmpty());
    }

    private static List<String> pahoThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("MQTT"))
                .toList();
    }
}
