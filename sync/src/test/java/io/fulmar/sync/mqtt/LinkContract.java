package io.fulmar.sync.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Link} does, whatever carries it. A subclass says which broker it runs against.
 *
 * <p>An inbound message at QoS 1 is never dropped for a slow listener: while the connection lasts, the broker keeps back
 * what exceeds the inbound queue, and the listener gets everything in the end.
 */
public abstract class LinkContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Party> parties = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private TestBroker broker;

    /** Starts a fresh broker for one test. */
    protected abstract TestBroker startBroker();

    /** A link together with what it told its listener. Owned by the test. */
    private final class Party {
        final List<LinkEvent> events = new ArrayList<>();
        final Link link;

        Party(LinkConfig config) {
            this.link = broker.open(config, events::add);
            parties.add(this);
        }

        @Override
        public String toString() {
            return events.size() + " events, the last: "
                    + events.subList(Math.max(0, events.size() - 3), events.size());
        }

        Party connect() {
            await("connected", link::connected);
            return this;
        }

        <T> List<T> all(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        List<InboundMessage> received() {
            return all(LinkEvent.Received.class).stream()
                    .map(LinkEvent.Received::message)
                    .toList();
        }

        List<String> texts() {
            return received().stream().map(m -> new String(m.payload(), UTF_8)).toList();
        }

        List<Long> settled() {
            return all(LinkEvent.Published.class).stream()
                    .map(LinkEvent.Published::token)
                    .toList();
        }

        LinkEvent.Disconnected lastLoss() {
            return all(LinkEvent.Disconnected.class).getLast();
        }

        /** Publishes as soon as the window allows, letting the link work meanwhile. */
        void publish(OutboundMessage message) {
            await("accepted", () -> link.publish(message) == PublishOutcome.ACCEPTED);
        }
    }

    @BeforeEach
    final void start() {
        broker = startBroker();
    }

    @AfterEach
    final void stop() {
        broker.hold(false);
        parties.forEach(party -> party.link.close());
        broker.close();
    }

    private LinkConfig.Builder config(String clientId) {
        return LinkConfig.builder(broker.url(), clientId)
                .tls(broker.tls())
                .inboundPacketBytes(2 << 20)
                .keepAlive(Duration.ofSeconds(20))
                .connectTimeout(Duration.ofSeconds(10))
                .backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200), Duration.ofSeconds(1)));
    }

    private Party party(String clientId, String... filters) {
        return new Party(config(clientId).subscriptions(filters).build());
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = broker.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(broker.nanoTime())
                    .as("waiting until %s, so far %s", what, parties)
                    .isLessThan(deadline);
            step(parties);
        }
    }

    private void step(List<Party> working) {
        working.forEach(party -> party.link.work(broker.nanoTime()));
        broker.advance();
    }

    private void letPass(Duration time) {
        long until = broker.nanoTime() + time.toNanos();
        while (broker.nanoTime() - until < 0) {
            step(parties);
        }
    }

    private static OutboundMessage message(String topic, String text, long token) {
        return OutboundMessage.of(topic, text.getBytes(UTF_8), 1, false, token);
    }

    @Test
    void messagesTravelInBothDirections() {
        Party device = party("device", "d/device/down").connect();
        Party fleet = party("fleet", "d/+/up/#").connect();

        device.publish(message("d/device/up/data", "hello", 1));
        await("fleet heard", () -> !fleet.received().isEmpty());
        fleet.publish(message("d/device/down", "welcome", 2));
        await("device heard", () -> !device.received().isEmpty());
        await("both settled", () -> device.settled().size() + fleet.settled().size() == 2);

        assertThat(fleet.received().getFirst().topic()).isEqualTo("d/device/up/data");
        assertThat(fleet.texts()).containsExactly("hello");
        assertThat(device.texts()).containsExactly("welcome");
        assertThat(device.settled()).containsExactly(1L);
        assertThat(device.all(LinkEvent.Published.class)).allMatch(LinkEvent.Published::taken);
        assertThat(device.link.counters().published()).isEqualTo(1);
        assertThat(device.link.counters().received()).isEqualTo(1);
    }

    @Test
    void everythingThatDescribesAMessageTravelsWithIt() {
        Party fleet = party("fleet", "described").connect();
        Party device = party("device").connect();
        byte[] correlation = {1, 0, -1, 127};

        device.publish(new OutboundMessage(
                "described",
                new byte[] {0, 1, 2, -1},
                1,
                false,
                "application/x-protobuf",
                Map.of("encoding", "deflate", "größe", "3 µm"),
                "d/device/answers",
                correlation,
                Duration.ofMinutes(10),
                7));
        await("heard", () -> !fleet.received().isEmpty());

        InboundMessage message = fleet.received().getFirst();
        assertThat(message.payload()).containsExactly(0, 1, 2, -1);
        assertThat(message.contentType()).isEqualTo("application/x-protobuf");
        assertThat(message.userProperties()).isEqualTo(Map.of("encoding", "deflate", "größe", "3 µm"));
        assertThat(message.responseTopic()).isEqualTo("d/device/answers");
        assertThat(message.correlation()).containsExactly(correlation);
        assertThat(message.retained()).isFalse();
    }

    @Test
    void aMessageAtQosZeroArrivesAndIsSettledWhenItWasSent() {
        Party fleet = party("fleet", "t").connect();
        Party device = party("device").connect();

        device.publish(OutboundMessage.of("t", "once".getBytes(UTF_8), 0, false, 5));
        await(
                "heard and settled",
                () -> !fleet.received().isEmpty() && !device.settled().isEmpty());

        assertThat(device.settled()).containsExactly(5L);
        assertThat(fleet.texts()).containsExactly("once");
    }

    @Test
    void anEmptyPayloadIsAMessageToo() {
        Party fleet = party("fleet", "t").connect();
        Party device = party("device").connect();

        device.publish(message("t", "", 1));
        await("heard", () -> !fleet.received().isEmpty());

        assertThat(fleet.received().getFirst().payload()).isEmpty();
    }

    @Test
    void aRetainedMessageReachesWhoSubscribesLaterAndIsMarked() {
        Party device = party("device").connect();
        device.publish(OutboundMessage.of("status/device", "old".getBytes(UTF_8), 1, true, 1));
        device.publish(OutboundMessage.of("status/device", "new".getBytes(UTF_8), 1, true, 2));
        await("settled", () -> device.settled().size() == 2);

        Party fleet = party("fleet", "status/+").connect();
        await("heard", () -> !fleet.received().isEmpty());
        device.publish(OutboundMessage.of("status/device", "live".getBytes(UTF_8), 1, true, 3));
        await("heard live", () -> fleet.received().size() == 2);

        assertThat(fleet.texts()).containsExactly("new", "live");
        assertThat(fleet.received()).extracting(InboundMessage::retained).containsExactly(true, false);
    }

    @Test
    void anEmptyRetainedMessageTakesTheRetainedOneAway() {
        Party device = party("device").connect();
        device.publish(OutboundMessage.of("status/device", "old".getBytes(UTF_8), 1, true, 1));
        device.publish(OutboundMessage.of("status/device", new byte[0], 1, true, 2));
        await("settled", () -> device.settled().size() == 2);

        Party fleet = party("fleet", "status/+", "marker").connect();
        device.publish(message("marker", "after", 3));
        await("heard", () -> !fleet.received().isEmpty());

        assertThat(fleet.texts()).containsExactly("after");
    }

    @Test
    void furtherFiltersAreHeardFromNowOnAndAfterEachConnectUntilOthersTakeTheirPlace() {
        Party fleet = party("fleet").connect();
        Party device = party("device", "always").connect();
        device.link.listen(List.of("b/one"));
        await("b/one is heard", () -> {
            fleet.publish(message("b/one", "first", 1));
            return device.texts().contains("first");
        });

        broker.cut();
        await("device noticed", () -> !device.all(LinkEvent.Disconnected.class).isEmpty());
        await("all are back", () -> device.link.connected() && fleet.link.connected());
        await("b/one is heard again", () -> {
            fleet.publish(message("b/one", "second", 2));
            return device.texts().contains("second");
        });

        device.link.listen(List.of("b/two"));
        await("b/two is heard", () -> {
            fleet.publish(message("b/two", "third", 3));
            return device.texts().contains("third");
        });
        fleet.publish(message("b/one", "nobody hears this", 4));
        fleet.publish(message("always", "last", 5));
        await("the last", () -> device.texts().contains("last"));
        letPass(Duration.ofMillis(100));

        assertThat(device.texts()).doesNotContain("nobody hears this");
    }

    @Test
    void theWillIsPublishedWhenTheConnectionDies() {
        Party device = new Party(config("device")
                .will(new Will("status/device", "offline".getBytes(UTF_8), 1, true, "application/json"))
                .build());
        device.connect();

        broker.refuse(true);
        broker.cut();
        await("device noticed", () -> !device.all(LinkEvent.Disconnected.class).isEmpty());
        broker.refuse(false);
        Party fleet = party("fleet", "status/+").connect();
        await("heard", () -> !fleet.received().isEmpty());

        assertThat(fleet.texts()).contains("offline");
        // Artemis publishes a will without its content type, so nobody may rely on it
        assertThat(fleet.received().getFirst().contentType()).isIn("application/json", null);
    }

    @Test
    void theWillIsNotPublishedAfterACleanClose() {
        Party fleet = party("fleet", "#").connect();
        Party device = new Party(config("device")
                .will(new Will("status/device", "offline".getBytes(UTF_8), 1, true, null))
                .build());
        device.connect();
        device.publish(message("last", "words", 1));
        device.link.close();
        parties.remove(device);

        Party other = party("other").connect();
        other.publish(message("marker", "after", 1));
        await("heard", () -> fleet.texts().contains("after"));
        letPass(Duration.ofMillis(200));

        assertThat(fleet.texts()).containsExactly("words", "after");
    }

    @Test
    void publishingWithoutAConnectionIsOffline() {
        Party device = party("device");

        assertThat(device.link.publish(message("t", "too early", 1))).isEqualTo(PublishOutcome.OFFLINE);
        device.connect();
        broker.refuse(true);
        broker.cut();
        await("noticed", () -> !device.link.connected());

        assertThat(device.link.publish(message("t", "too late", 2))).isEqualTo(PublishOutcome.OFFLINE);
        assertThat(device.settled()).isEmpty();
    }

    @Test
    void aPacketThatTheBrokerWouldNotTakeIsRefusedBeforeItIsSent() {
        Party fleet = party("fleet", "t").connect();
        Party device = party("device").connect();
        long limit = device.all(LinkEvent.Connected.class).getFirst().maximumPacketSize();
        assumeTrue(limit < 1 << 20, "the broker of this test names no packet limit");
        int overhead = (int) PacketSize.atMost(message("t", "", 1)) + 2;

        OutboundMessage fits = OutboundMessage.of("t", new byte[(int) limit - overhead], 1, false, 1);
        OutboundMessage tooLarge = OutboundMessage.of("t", new byte[(int) limit - overhead + 1], 1, false, 2);
        assertThat(PacketSize.atMost(fits)).isEqualTo(limit);

        assertThat(device.link.publish(tooLarge)).isEqualTo(PublishOutcome.TOO_LARGE);
        device.publish(fits);
        await("heard", () -> !fleet.received().isEmpty());

        assertThat(fleet.received().getFirst().payload()).hasSameSizeAs(fits.payload());
        assertThat(device.all(LinkEvent.Disconnected.class)).isEmpty();
    }

    @Test
    void aFullWindowIsBusyUntilSomethingIsSettled() {
        Party device = party("device").connect();
        broker.hold(true);

        List<PublishOutcome> outcomes = IntStream.range(0, Limits.WINDOW + 1)
                .mapToObj(i -> device.link.publish(message("t", "m" + i, i)))
                .toList();
        broker.hold(false);
        await("settled", () -> device.settled().size() >= Limits.WINDOW);

        assertThat(outcomes.getLast()).isEqualTo(PublishOutcome.BUSY);
        assertThat(outcomes.subList(0, Limits.WINDOW)).containsOnly(PublishOutcome.ACCEPTED);
        assertThat(device.settled())
                .containsExactlyElementsOf(IntStream.range(0, Limits.WINDOW)
                        .mapToObj(i -> (long) i)
                        .toList());
        assertThat(device.link.publish(message("t", "again", 99))).isEqualTo(PublishOutcome.ACCEPTED);
    }

    @Test
    void theLinkComesBackByItselfAndSubscribesAgain() {
        Party device = party("device", "down").connect();
        Party fleet = party("fleet").connect();

        for (int round = 1; round <= 5; round++) {
            int connects = round;
            broker.cut();
            await("lost", () -> device.all(LinkEvent.Disconnected.class).size() >= connects);
            device.connect();
            fleet.connect();
            fleet.publish(message("down", "round " + round, round));
            await("heard", () -> device.texts().contains("round " + connects));
        }

        assertThat(device.lastLoss().reason()).isNotBlank();
        assertThat(device.lastLoss().hint()).isNotBlank();
        assertThat(device.link.counters().connects()).isEqualTo(6);
    }

    @Test
    void whatWasAcceptedIsEitherSettledBeforeTheLossOrNeverHeardOfAgain() {
        Party device = party("device").connect();
        broker.hold(true);
        for (int i = 0; i < 5; i++) {
            device.link.publish(message("t", "unknown", i));
        }
        broker.cut();
        broker.hold(false);
        await("lost", () -> !device.all(LinkEvent.Disconnected.class).isEmpty());
        device.connect();
        letPass(Duration.ofMillis(200));

        int loss =
                device.events.indexOf(device.all(LinkEvent.Disconnected.class).getFirst());
        assertThat(device.events.subList(loss, device.events.size())).noneMatch(LinkEvent.Published.class::isInstance);
    }

    @Test
    void theOrderOfEachTopicIsKept() {
        Party fleet = party("fleet", "a/#", "b").connect();
        Party device = party("device").connect();
        Map<String, List<String>> sent = new TreeMap<>();

        for (int i = 0; i < 500; i++) {
            String topic = i % 3 == 0 ? "b" : "a/" + i % 20;
            sent.computeIfAbsent(topic, t -> new ArrayList<>()).add("m" + i);
            device.publish(message(topic, "m" + i, i));
        }
        await("all heard", () -> fleet.received().size() >= 500);

        // MQTT keeps the order of a topic; across topics Artemis does not keep it
        Map<String, List<String>> heard = new TreeMap<>();
        fleet.received()
                .forEach(m ->
                        heard.computeIfAbsent(m.topic(), t -> new ArrayList<>()).add(new String(m.payload(), UTF_8)));
        assertThat(heard).isEqualTo(sent);
        assertThat(device.settled()).isSorted();
    }

    @Test
    void aSlowListenerGetsEverythingAndTheQueueStaysBounded() {
        Party slow = new Party(config("slow").subscriptions("t").inboundQueue(4).build());
        slow.connect();
        Party device = party("device").connect();
        List<String> sent = new ArrayList<>();

        parties.remove(slow);
        for (int i = 0; i < 200; i++) {
            sent.add("m" + i);
            device.publish(message("t", "m" + i, i));
        }
        await("settled", () -> device.settled().size() == 200);
        assertThat(slow.received()).isEmpty();
        int atOnce = slow.link.work(broker.nanoTime());
        parties.add(slow);
        await("all heard", () -> slow.received().size() >= 200);

        assertThat(atOnce).isLessThanOrEqualTo(4);
        assertThat(slow.texts()).isEqualTo(sent);
        assertThat(slow.all(LinkEvent.Disconnected.class)).isEmpty();
    }

    @Test
    void aSecondClientWithTheSameIdTakesOverAndTheFirstIsToldSo() {
        Party first = new Party(config("same")
                .backoff(new Backoff(Duration.ofSeconds(4), Duration.ofHours(1), Duration.ofHours(1)))
                .build());
        first.connect();

        Party second = party("same").connect();
        await("first lost", () -> !first.all(LinkEvent.Disconnected.class).isEmpty());
        letPass(Duration.ofMillis(100));

        assertThat(first.lastLoss().reason()).isNotBlank();
        assertThat(first.lastLoss().hint()).contains("the id 'same'");
        assertThat(first.link.connected()).isFalse();
        assertThat(second.link.connected()).isTrue();
        assertThat(first.link.counters().attempts())
                .as("a kicked link waits like any other")
                .isEqualTo(1);
    }

    @Test
    void closingIsCleanAndFinal() {
        Party device = party("closing-device", "down").connect();
        device.publish(message("t", "x", 1));
        device.link.close();
        int heard = device.events.size();

        device.link.close();
        assertThat(device.link.connected()).isFalse();
        assertThat(device.link.publish(message("t", "y", 2))).isEqualTo(PublishOutcome.OFFLINE);
        assertThat(device.link.work(broker.nanoTime())).isZero();
        assertThat(device.events).hasSize(heard);
        await("no thread of it is left", () -> threadsNaming("closing-device").isEmpty());
    }

    @Test
    void closingBeforeOrWhileConnectingLeavesNothingBehind() {
        Party never = party("closing-never");
        never.link.close();
        Party early = party("closing-early");
        early.link.work(broker.nanoTime());
        early.link.close();

        await("no thread of them is left", () -> threadsNaming("closing-").isEmpty());
        letPass(Duration.ofMillis(100));
        assertThat(early.events).isEmpty();
    }

    private static List<String> threadsNaming(String clientId) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains(clientId))
                .toList();
    }

    /** Makes a payload whose content is checked at the other end. */
    private static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    @Test
    void aLargePayloadArrivesWhole() {
        Party fleet = party("fleet", "t").connect();
        Party device = party("device").connect();
        long limit = device.all(LinkEvent.Connected.class).getFirst().maximumPacketSize();
        byte[] payload = pattern((int) Math.min(1 << 20, limit - 100));

        device.publish(OutboundMessage.of("t", payload, 1, false, 1));
        await("heard", () -> !fleet.received().isEmpty());

        assertThat(Arrays.equals(fleet.received().getFirst().payload(), payload))
                .isTrue();
    }
}
