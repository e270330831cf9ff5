package io.fulmar.sync.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two ends on one clock over a broker that drops, delays, doubles, reorders, disconnects and forgets. As in Fulmar, the
 * receiver's own answer settles a message, not the broker's.
 */
class SeededWorldTest {
    private static final int MESSAGES = 300;
    private static final Duration RESEND_AFTER = Duration.ofSeconds(2);
    private static final Duration STEP = Duration.ofMillis(5);

    /** The sending end: what is not answered in time is sent again. */
    private static final class Sender {
        final Map<Integer, Long> open = new TreeMap<>();
        final InMemoryLink link;

        Sender(InMemoryBroker broker, Random random) {
            for (int i = 0; i < MESSAGES; i++) {
                open.put(i, Long.MIN_VALUE);
            }
            link = new InMemoryLink(broker, config("device", "answers"), random, this::onEvent);
        }

        private void onEvent(LinkEvent event) {
            if (event instanceof LinkEvent.Received received) {
                open.remove(Integer.parseInt(new String(received.message().payload(), UTF_8)));
            }
        }

        void work(long now) {
            link.work(now);
            for (Map.Entry<Integer, Long> entry : open.entrySet()) {
                boolean due = entry.getValue() == Long.MIN_VALUE || now - entry.getValue() > RESEND_AFTER.toNanos();
                if (due && link.publish(message("data", entry.getKey())) == PublishOutcome.ACCEPTED) {
                    entry.setValue(now);
                }
            }
        }
    }

    /** The receiving end: answers everything it hears, also what it knows. */
    private static final class Receiver {
        final Set<Integer> heard = new TreeSet<>();
        final Set<Integer> unanswered = new TreeSet<>();
        final InMemoryLink link;

        Receiver(InMemoryBroker broker, Random random) {
            link = new InMemoryLink(broker, config("fleet", "data"), random, this::onEvent);
        }

        private void onEvent(LinkEvent event) {
            if (event instanceof LinkEvent.Received received) {
                int number = Integer.parseInt(new String(received.message().payload(), UTF_8));
                heard.add(number);
                unanswered.add(number);
            }
        }

        void work(long now) {
            link.work(now);
            unanswered.removeIf(number -> link.publish(message("answers", number)) == PublishOutcome.ACCEPTED);
        }
    }

    private static LinkConfig config(String clientId, String filter) {
        return LinkConfig.builder(InMemoryBroker.URL, clientId)
                .subscriptions(filter)
                .backoff(Backoff.between(Duration.ofMillis(100), Duration.ofSeconds(5)))
                .inboundQueue(8)
                .build();
    }

    private static OutboundMessage message(String topic, int number) {
        return OutboundMessage.of(topic, Integer.toString(number).getBytes(UTF_8), 1, false, number);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 42, 4711, 123_456_789, -1, Long.MAX_VALUE})
    void everythingArrivesInAWorldThatFailsInEveryWay(long seed) {
        World world = run(seed);

        assertThat(world.receiver.heard).as("heard, seed %d", seed).hasSize(MESSAGES);
        assertThat(world.sender.open).as("unanswered, seed %d", seed).isEmpty();
        assertThat(world.sender.link.counters().connects()
                        + world.receiver.link.counters().connects())
                .as("connections, seed %d", seed)
                .isGreaterThan(2);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 99})
    void aSeedMakesTheSameWorldAgain(long seed) {
        World first = run(seed);
        World second = run(seed);

        assertThat(second.now).isEqualTo(first.now);
        assertThat(second.sender.link.counters()).isEqualTo(first.sender.link.counters());
        assertThat(second.receiver.link.counters()).isEqualTo(first.receiver.link.counters());
    }

    private record World(Sender sender, Receiver receiver, long now) {}

    private static World run(long seed) {
        InMemoryBroker broker = new InMemoryBroker(Faults.everything(seed));
        Sender sender = new Sender(broker, new Random(seed + 1));
        Receiver receiver = new Receiver(broker, new Random(seed + 2));
        long now = 0;
        long limit = Duration.ofHours(1).toNanos();
        while (!sender.open.isEmpty() && now < limit) {
            now += STEP.toNanos();
            sender.work(now);
            receiver.work(now);
            broker.work(now);
        }
        return new World(sender, receiver, now);
    }
}
