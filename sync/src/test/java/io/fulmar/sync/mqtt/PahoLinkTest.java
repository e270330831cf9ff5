package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What the Paho adapter makes of brokers that misbehave, without a real one. */
class PahoLinkTest {
    private static final byte[] CONNACK = {0x20, 3, 0, 0, 0};
    private static final byte[] SUBACK = {(byte) 0x90, 4, 0, 1, 0, 1};

    private final List<LinkEvent> events = new ArrayList<>();

    private LinkConfig.Builder config(URI url, String clientId) {
        return LinkConfig.builder(url, clientId)
                .subscriptions("down")
                .connectTimeout(Duration.ofSeconds(2))
                .keepAlive(Duration.ofSeconds(1))
                .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMinutes(1)));
    }

    private void workUntil(Link link, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time, events %s", events).isLessThan(deadline);
            link.work(System.nanoTime());
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    private LinkEvent.Disconnected firstLoss(StubBroker broker) throws IOException {
        try (broker;
                Link link = new PahoLink(config(broker.url(), "stub").build(), new Random(1), events::add)) {
            workUntil(link, () -> !events.isEmpty());
            assertThat(link.connected()).isFalse();
            return (LinkEvent.Disconnected) events.getFirst();
        }
    }

    private static List<String> threadsOf(String clientId) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("MQTT") && name.contains(clientId))
                .toList();
    }

    @Test
    void aReceiveMaximumThatPahoReadsAsNegativeIsNamed() throws IOException {
        byte[] connack = {0x20, 6, 0, 0, 3, 0x21, (byte) 0x9C, 0x40};

        LinkEvent.Disconnected loss = firstLoss(new StubBroker(connack, SUBACK));

        assertThat(loss.reason()).contains("receive maximum of 40000");
        assertThat(loss.hint()).contains("32767");
    }

    @Test
    void aRefusedSubscriptionIsAFailureThatNamesTheFilter() throws IOException {
        byte[] refusing = {(byte) 0x90, 4, 0, 1, 0, (byte) 0x87};

        LinkEvent.Disconnected loss = firstLoss(new StubBroker(CONNACK, refusing));

        assertThat(loss.reason()).contains("'down'").contains("not authorized");
        assertThat(loss.hint()).contains("access list");
    }

    @Test
    void aRefusedWishIsToldAndTheConnectionStays() throws IOException {
        byte[] refusing = {(byte) 0x90, 5, 0, 1, 0, 1, (byte) 0x87};
        try (StubBroker broker = new StubBroker(CONNACK, refusing);
                Link link = new PahoLink(
                        config(broker.url(), "stub").wishes(List.of("g/cmd")).build(), new Random(1), events::add)) {
            workUntil(link, () -> events.size() >= 2);

            assertThat(link.connected()).isTrue();
            assertThat(events.getFirst()).isInstanceOf(LinkEvent.Connected.class);
            assertThat(events.get(1)).isInstanceOfSatisfying(LinkEvent.Unsubscribed.class, refused -> {
                assertThat(refused.filter()).isEqualTo("g/cmd");
                assertThat(refused.reason()).contains("'g/cmd'").contains("not authorized");
            });
        }
    }

    @Test
    void aRefusedConnectionSaysWhy() throws IOException {
        byte[] refusing = {0x20, 3, 0, (byte) 0x86, 0};

        LinkEvent.Disconnected loss = firstLoss(new StubBroker(refusing, SUBACK));

        assertThat(loss.reason()).contains("is not let in").contains("134");
        assertThat(loss.hint()).contains("user name and password");
        assertThat(loss.kind()).isEqualTo(LinkEvent.Kind.NOT_AUTHORISED);
    }

    @Test
    void aTakeoverIsToldWithAHint() throws IOException {
        byte[] kick = {(byte) 0xE0, 2, (byte) 0x8E, 0};

        LinkEvent.Disconnected loss = firstLoss(new StubBroker(CONNACK, kick));

        assertThat(loss.kind()).isEqualTo(LinkEvent.Kind.TAKEN_OVER);
        assertThat(loss.reason()).contains("another client").contains("142");
        assertThat(loss.hint()).contains("the id 'stub'");
    }

    @Test
    void aBrokerThatTakesOnlyQosZeroIsRefused() throws IOException {
        byte[] connack = {0x20, 5, 0, 0, 2, 0x24, 0};

        LinkEvent.Disconnected loss = firstLoss(new StubBroker(connack, SUBACK));

        assertThat(loss.reason()).contains("QoS 0 only");
    }

    @Test
    void aPacketOverTheLimitEndsTheConnectionAtItsHeader() throws IOException {
        // the header of a PUBLISH of 10 MiB, and not one byte of it: whoever waits for it or makes room for it fails
        // here
        byte[] flooding = {(byte) 0x90, 4, 0, 1, 0, 1, 0x30, (byte) 0x80, (byte) 0x80, (byte) 0x80, 5};
        try (StubBroker broker = new StubBroker(CONNACK, flooding);
                Link link = new PahoLink(config(broker.url(), "stub").build(), new Random(1), events::add)) {
            workUntil(link, () -> events.stream().anyMatch(LinkEvent.Disconnected.class::isInstance));
        }

        LinkEvent.Disconnected loss = events.stream()
                .filter(LinkEvent.Disconnected.class::isInstance)
                .map(LinkEvent.Disconnected.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(loss.kind()).isEqualTo(LinkEvent.Kind.LIMIT);
        assertThat(loss.reason()).contains("10485765 bytes").contains("at most 1048576");
    }

    @Test
    void aServerThatClosesAtOnceCostsNoThreads() throws IOException {
        try (FaultyProxy proxy = new FaultyProxy("127.0.0.1", 1);
                Link link = new PahoLink(
                        config(URI.create("mqtt://127.0.0.1:" + proxy.port()), "slammed")
                                .build(),
                        new Random(1),
                        events::add)) {
            proxy.mode(FaultyProxy.Mode.REFUSE);
            workUntil(link, () -> events.size() >= 30);
            workUntil(link, () -> threadsOf("slammed").size() <= 4);
        }
        assertThat(events).allMatch(LinkEvent.Disconnected.class::isInstance);
    }

    @Test
    void aServerThatNeverSpeaksIsGivenUpInTimeAndWorkDoesNotBlock() throws IOException {
        try (FaultyProxy proxy = new FaultyProxy("127.0.0.1", 1);
                Link link = new PahoLink(
                        config(URI.create("mqtt://127.0.0.1:" + proxy.port()), "mute")
                                .build(),
                        new Random(1),
                        events::add)) {
            proxy.mode(FaultyProxy.Mode.MUTE);
            long started = System.nanoTime();
            long[] longest = {0};
            workUntil(link, () -> {
                long before = System.nanoTime();
                link.work(before);
                longest[0] = Math.max(longest[0], System.nanoTime() - before);
                return events.size() >= 2;
            });

            Duration took = Duration.ofNanos(System.nanoTime() - started);
            assertThat(took).as("two attempts, each with its whole time").isGreaterThan(Duration.ofSeconds(4));
            assertThat(longest[0]).as("the waiting is not done inside work").isLessThan(took.toNanos() / 2);
            assertThat(((LinkEvent.Disconnected) events.getFirst()).reason()).contains("no complete answer");
            workUntil(link, () -> threadsOf("mute").size() <= 4);
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!threadsOf("mute").isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    @Test
    void aLinkThatIsClosedAtAnyMomentOfItsConnectingCostsNoThreads() throws IOException {
        // Paho starts its threads one after the other and looks every 100 ms whether the one before runs
        try (StubBroker broker = new StubBroker(CONNACK, SUBACK)) {
            Map<Link, Long> closings = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                Link link = new PahoLink(config(broker.url(), "closed" + i).build(), new Random(1), events::add);
                closings.put(link, Duration.ofMillis(4L * i).toNanos());
            }
            Map<Link, Long> started = new HashMap<>();
            while (!closings.isEmpty()) {
                closings.entrySet().removeIf(each -> {
                    Link link = each.getKey();
                    link.work(System.nanoTime());
                    if (link.counters().attempts() > 0) {
                        started.putIfAbsent(link, System.nanoTime());
                    }
                    Long since = started.get(link);
                    boolean due = since != null && System.nanoTime() - since >= each.getValue();
                    if (due) {
                        link.close();
                    }
                    return due;
                });
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }

            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (!threadsOf("closed").isEmpty()) {
                assertThat(System.nanoTime())
                        .as("threads that are left: %s", threadsOf("closed"))
                        .isLessThan(deadline);
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
        }
    }

    @Test
    void nobodyListeningIsToldWithTheAddress() throws IOException {
        int port;
        try (StubBroker gone = new StubBroker(CONNACK, SUBACK)) {
            port = gone.url().getPort();
        }
        try (Link link = new PahoLink(
                config(URI.create("mqtt://127.0.0.1:" + port), "alone").build(), new Random(1), events::add)) {
            workUntil(link, () -> !events.isEmpty());
        }

        LinkEvent.Disconnected loss = (LinkEvent.Disconnected) events.getFirst();
        assertThat(loss.reason()).contains("127.0.0.1:" + port).containsIgnoringCase("refused");
        assertThat(loss.hint()).contains("broker runs");
    }

    @Test
    void anUnknownHostIsNamed() {
        try (Link link = new PahoLink(
                config(URI.create("mqtt://no-such-host.invalid"), "lost").build(), new Random(1), events::add)) {
            workUntil(link, () -> !events.isEmpty());
        }

        assertThat(((LinkEvent.Disconnected) events.getFirst()).reason()).contains("no-such-host.invalid");
    }
}
