package io.fulmar.sync.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Paho link against a real Mosquitto, over a network that fails. */
class LinkIT {
    private static final int MESSAGES = 8_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private Mosquitto mosquitto;

    @SuppressWarnings("NullAway.Init")
    private FaultyProxy proxy;

    private final List<Link> links = new ArrayList<>();

    @BeforeEach
    void start() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        mosquitto = Mosquitto.start(dir);
        proxy = new FaultyProxy("127.0.0.1", mosquitto.port());
    }

    @AfterEach
    void stop() throws Exception {
        if (proxy != null) {
            links.forEach(Link::close);
            proxy.close();
            mosquitto.close();
        }
    }

    private LinkConfig.Builder config(String clientId, int port) {
        return LinkConfig.builder(URI.create("mqtt://127.0.0.1:" + port), clientId)
                .connectTimeout(Duration.ofSeconds(5))
                .keepAlive(Duration.ofSeconds(1))
                .backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofSeconds(5)));
    }

    private Link open(LinkConfig config, Consumer<LinkEvent> listener) {
        Link link = new PahoLink(config, new Random(1), listener);
        links.add(link);
        return link;
    }

    private void workUntil(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting until %s", what).isLessThan(deadline);
            int done = 0;
            for (Link link : links) {
                done += link.work(System.nanoTime());
            }
            if (done == 0) {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private static List<String> pahoThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("MQTT"))
                .sorted()
                .toList();
    }

    /** Sends numbered messages, up to the window at a time, and again what was unsettled when a connection ended. */
    private final class Resender {
        final Map<Long, Boolean> open = new TreeMap<>();
        final List<LinkEvent.Disconnected> losses = new ArrayList<>();
        final Link link;

        Resender(LinkConfig config, int messages) {
            for (long i = 0; i < messages; i++) {
                open.put(i, false);
            }
            link = open(config, this::onEvent);
        }

        private void onEvent(LinkEvent event) {
            switch (event) {
                case LinkEvent.Published published -> open.remove(published.token());
                case LinkEvent.Disconnected lost -> {
                    losses.add(lost);
                    open.replaceAll((number, sent) -> false);
                }
                case LinkEvent.Connected c -> {}
                case LinkEvent.Unsubscribed u -> {}
                case LinkEvent.Received r -> {}
            }
        }

        void send() {
            for (Map.Entry<Long, Boolean> entry : open.entrySet()) {
                if (!entry.getValue()) {
                    long number = entry.getKey();
                    // thirty topics: more than the ten aliases that Mosquitto offers
                    PublishOutcome outcome = link.publish(OutboundMessage.of(
                            "up/" + number % 30, Long.toString(number).getBytes(UTF_8), 1, false, number));
                    if (outcome != PublishOutcome.ACCEPTED) {
                        return;
                    }
                    entry.setValue(true);
                }
            }
        }
    }

    @Test
    void fortyCutsInMidFlightLoseNothingThatIsSentAgainAndLeaveNoThread() {
        Set<String> heard = new HashSet<>();
        Link fleet =
                open(config("fleet", mosquitto.port()).subscriptions("up/#").build(), event -> {
                    if (event instanceof LinkEvent.Received received) {
                        heard.add(new String(received.message().payload(), UTF_8));
                    }
                });
        workUntil("fleet connected", fleet::connected);
        Resender device = new Resender(config("device", proxy.port()).build(), MESSAGES);
        Random random = new Random(20_261_121);
        long cuts = 0;

        while (!device.open.isEmpty()) {
            long before = device.losses.size();
            workUntil("up again", device.link::connected);
            if (cuts < 45) {
                proxy.cutAfter(50 + random.nextInt(3_000));
                cuts++;
            }
            boolean cutting = cuts < 45;
            workUntil("cut or done", () -> {
                device.send();
                return device.open.isEmpty() || (device.losses.size() > before && cutting);
            });
        }
        workUntil("everything heard", () -> heard.size() == MESSAGES);

        assertThat(device.losses.size()).isGreaterThanOrEqualTo(40);
        assertThat(device.losses)
                .as("cut by the network, never thrown out by the broker for a wrong packet")
                .noneMatch(loss -> loss.reason().contains("reason code"));
        links.forEach(Link::close);
        workUntil("no thread is left", () -> pahoThreads().isEmpty());
    }

    @Test
    void aMessageOfTenMebibytesIsKeptBackByTheBrokerAndTheNextOneArrives() {
        List<LinkEvent> events = new ArrayList<>();
        Link device =
                open(config("device", mosquitto.port()).subscriptions("cmd").build(), events::add);
        Link careless = open(config("careless", mosquitto.port()).build(), event -> {});
        workUntil("connected", () -> device.connected() && careless.connected());

        careless.publish(OutboundMessage.of("cmd", new byte[10 << 20], 1, false, 1));
        careless.publish(OutboundMessage.of("cmd", "small".getBytes(UTF_8), 1, false, 2));
        workUntil("heard", () -> device.counters().received() > 0);

        assertThat(events).noneMatch(LinkEvent.Disconnected.class::isInstance);
        assertThat(events.stream().filter(LinkEvent.Received.class::isInstance))
                .singleElement()
                .isInstanceOfSatisfying(
                        LinkEvent.Received.class,
                        it -> assertThat(it.message().payload()).isEqualTo("small".getBytes(UTF_8)));
    }

    @Test
    void aHalfOpenConnectionIsNoticedByTheKeepAlive() {
        List<LinkEvent> events = new ArrayList<>();
        Link device = open(config("device", proxy.port()).build(), events::add);
        workUntil("connected", device::connected);
        proxy.mode(FaultyProxy.Mode.HOLD);
        device.publish(OutboundMessage.of("t", new byte[10], 1, false, 1));

        workUntil("noticed", () -> events.size() >= 2);

        assertThat(((LinkEvent.Disconnected) events.get(1)).reason()).contains("no sign of life");
        proxy.mode(FaultyProxy.Mode.PASS);
        workUntil("connected again", device::connected);
    }

    @Test
    void aHalfOpenConnectionWithFullSendBuffersIsNoticedToo() {
        List<LinkEvent> events = new ArrayList<>();
        Link device = open(config("device", proxy.port()).build(), events::add);
        workUntil("connected", device::connected);
        proxy.mode(FaultyProxy.Mode.HOLD);
        for (int i = 0; i < Limits.WINDOW; i++) {
            device.publish(OutboundMessage.of("t", new byte[2 << 20], 1, false, i));
        }

        workUntil("noticed", () -> events.stream().anyMatch(LinkEvent.Disconnected.class::isInstance));
        proxy.mode(FaultyProxy.Mode.PASS);
        workUntil("connected again", device::connected);
    }

    @Test
    void closingOverADeadNetworkTakesABoundedTime() {
        Link device = open(config("device", proxy.port()).build(), event -> {});
        workUntil("connected", device::connected);
        proxy.mode(FaultyProxy.Mode.HOLD);
        for (int i = 0; i < Limits.WINDOW; i++) {
            device.publish(OutboundMessage.of("t", new byte[2 << 20], 1, false, i));
        }
        long started = System.nanoTime();

        device.close();

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Limits.CLOSE_BOUND);
        proxy.mode(FaultyProxy.Mode.PASS);
        workUntil("no thread is left", () -> pahoThreads().isEmpty());
    }

    @Test
    void aBrokerThatIsKilledAndComesBackIsFoundAgain() {
        List<LinkEvent> events = new ArrayList<>();
        Link device = open(config("device", mosquitto.port()).build(), events::add);
        for (int round = 0; round < 5; round++) {
            workUntil("connected", device::connected);
            mosquitto.kill();
            workUntil("lost", () -> !device.connected() && events.getLast() instanceof LinkEvent.Disconnected);
            mosquitto.start();
        }
        workUntil("connected", device::connected);
        assertThat(device.counters().connects()).isEqualTo(6);
    }

    @Test
    void aConnectionCostsFourThreadsAndFiftyOfThemLeaveNone() {
        List<LinkEvent> events = new ArrayList<>();
        Link device = open(
                config("device", proxy.port())
                        .backoff(new Backoff(Duration.ofNanos(1), Duration.ofNanos(1), Duration.ofHours(1)))
                        .build(),
                events::add);
        workUntil("connected", device::connected);
        workUntil("settled", () -> pahoThreads().size() == 4);

        for (int i = 0; i < 50; i++) {
            long connects = device.counters().connects();
            proxy.cut();
            workUntil("back", () -> device.counters().connects() > connects);
        }
        workUntil(
                "only the last connection's threads are left",
                () -> pahoThreads().size() == 4);
    }

    @Test
    void publishingFromManyThreadsKeepsAliasesInOrder() throws Exception {
        List<LinkEvent> events = new ArrayList<>();
        Link device = open(config("device", mosquitto.port()).build(), events::add);
        workUntil("connected", device::connected);
        List<Thread> publishers = new ArrayList<>();
        for (int p = 0; p < 4; p++) {
            int publisher = p;
            publishers.add(Thread.ofVirtual().start(() -> publishFrom(publisher, device)));
        }

        workUntil("all settled", () -> device.counters().published() == 4 * 500);

        for (Thread publisher : publishers) {
            publisher.join();
        }
        assertThat(events).noneMatch(LinkEvent.Disconnected.class::isInstance);
    }

    private static void publishFrom(int publisher, Link link) {
        int sent = 0;
        while (sent < 500) {
            OutboundMessage message =
                    OutboundMessage.of("t/" + sent % 15, new byte[20], 1, false, publisher * 500L + sent);
            if (link.publish(message) == PublishOutcome.ACCEPTED) {
                sent++;
            } else {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    @Test
    @Tag("long")
    void throughput() {
        int[] heard = {0};
        Link fleet = open(
                config("fleet", mosquitto.port())
                        .keepAlive(Duration.ofSeconds(30))
                        .subscriptions("up")
                        .build(),
                event -> {
                    if (event instanceof LinkEvent.Received) {
                        heard[0]++;
                    }
                });
        Link device = open(
                config("device", mosquitto.port())
                        .keepAlive(Duration.ofSeconds(30))
                        .build(),
                event -> {});
        workUntil("connected", () -> fleet.connected() && device.connected());
        for (int round = 0; round < 4; round++) {
            measure(device, heard, round);
        }
    }

    private void measure(Link device, int[] heard, int round) {
        int messages = 20_000;
        byte[] payload = new byte[round % 2 == 0 ? 100 : 4_096];
        long started = System.nanoTime();
        int before = heard[0];
        int[] sent = {0};
        long settled = device.counters().published();
        workUntil("all heard", () -> {
            // no more ahead than Mosquitto queues: what exceeds that it acknowledges and drops
            while (sent[0] < messages
                    && sent[0] - (heard[0] - before) < 500
                    && device.publish(OutboundMessage.of("up", payload, 1, false, sent[0]))
                            == PublishOutcome.ACCEPTED) {
                sent[0]++;
            }
            return device.counters().published() - settled == messages && heard[0] - before >= messages;
        });
        double seconds = (System.nanoTime() - started) / 1e9;
        System.out.printf(
                "QoS 1 through Mosquitto, %d bytes, window %d: %.0f messages/s sent, settled and heard%n",
                payload.length, Limits.WINDOW, messages / seconds);
    }
}
