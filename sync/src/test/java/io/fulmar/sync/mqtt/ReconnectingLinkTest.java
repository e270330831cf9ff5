package io.fulmar.sync.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The life of a link, on a clock of its own. */
class ReconnectingLinkTest {
    private static final Duration BASE = Duration.ofSeconds(1);
    private static final Duration CAP = Duration.ofSeconds(30);
    private static final Duration STABLE = Duration.ofSeconds(10);

    private final InMemoryBroker broker = new InMemoryBroker(Faults.none());
    private final List<LinkEvent> events = new ArrayList<>();
    private final InMemoryLink link = link("device");
    private long now;

    private InMemoryLink link(String clientId) {
        LinkConfig config = LinkConfig.builder(InMemoryBroker.URL, clientId)
                .subscriptions("down")
                .connectTimeout(Duration.ofSeconds(5))
                .backoff(new Backoff(BASE, CAP, STABLE))
                .inboundQueue(3)
                .build();
        return new InMemoryLink(broker, config, new Random(7), events::add);
    }

    private void pass(Duration time) {
        long until = now + time.toNanos();
        while (now < until) {
            now += Duration.ofMillis(10).toNanos();
            link.work(now);
            broker.work(now);
        }
    }

    private long attempts() {
        return link.counters().attempts();
    }

    /** Lets time pass until the next attempt and says how long that took. */
    private Duration untilNextAttempt() {
        long before = attempts();
        long started = now;
        while (attempts() == before) {
            pass(Duration.ofMillis(10));
            assertThat(now - started).isLessThan(CAP.plusSeconds(1).toNanos());
        }
        return Duration.ofNanos(now - started);
    }

    @Test
    void attemptsAreSpreadWithinTheBackOffWhileTheBrokerIsAway() {
        broker.mood(InMemoryBroker.Mood.REFUSING);
        pass(Duration.ofMillis(10));
        Backoff backoff = new Backoff(BASE, CAP, STABLE);
        List<Duration> waits = new ArrayList<>();

        for (int failures = 0; failures < 40; failures++) {
            Duration wait = untilNextAttempt();
            assertThat(wait).isLessThanOrEqualTo(backoff.bound(failures).plusMillis(50));
            waits.add(wait);
        }

        assertThat(waits.subList(10, 40)).anyMatch(w -> w.compareTo(CAP.dividedBy(4)) < 0);
        assertThat(waits.subList(10, 40)).anyMatch(w -> w.compareTo(CAP.dividedBy(2)) > 0);
        assertThat(events).hasSizeGreaterThanOrEqualTo(40).allMatch(LinkEvent.Disconnected.class::isInstance);
    }

    @Test
    void anAttemptThatCannotEvenBeginIsGivenUpAndTriedAgain() {
        List<Connection.Observer> begun = new ArrayList<>();
        LinkConfig config = LinkConfig.builder(InMemoryBroker.URL, "device")
                .connectTimeout(Duration.ofSeconds(5))
                .build();
        ReconnectingLink unlucky = new ReconnectingLink(config, new Random(7), events::add) {
            @Override
            Connection open(LinkConfig settings, Connection.Observer observer) {
                begun.add(observer);
                throw new LinkException(LinkException.Category.TRANSIENT, "no thread is left", "free some");
            }
        };

        assertThatThrownBy(() -> unlucky.work(0)).isInstanceOf(LinkException.class);
        assertThat(unlucky.work(Duration.ofSeconds(5).toNanos())).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOf(LinkEvent.Disconnected.class);
        assertThatThrownBy(() -> unlucky.work(Duration.ofMinutes(5).toNanos())).isInstanceOf(LinkException.class);
        assertThat(begun).hasSize(2);
    }

    @Test
    void beingKickedEarlyCountsAsAFailure() {
        for (int kicks = 0; kicks < 12; kicks++) {
            while (!link.connected()) {
                pass(Duration.ofMillis(10));
            }
            pass(Duration.ofSeconds(1));
            broker.cut();
        }
        long before = attempts();
        pass(Duration.ofMinutes(10));

        broker.mood(InMemoryBroker.Mood.REFUSING);
        broker.cut();
        assertThat(before).isLessThanOrEqualTo(13);
        assertThat(events.stream().filter(LinkEvent.Connected.class::isInstance))
                .hasSizeGreaterThanOrEqualTo(12);
        assertThat(now)
                .as("twelve kicks took far longer than twelve base delays")
                .isGreaterThan(Duration.ofSeconds(60).plusMinutes(10).toNanos());
    }

    @Test
    void aConnectionThatHeldResetsTheDelay() {
        broker.mood(InMemoryBroker.Mood.REFUSING);
        pass(Duration.ofMinutes(5));
        broker.mood(InMemoryBroker.Mood.ANSWERING);
        while (!link.connected()) {
            pass(Duration.ofMillis(10));
        }
        pass(STABLE.plusSeconds(1));
        broker.cut();
        pass(Duration.ofMillis(20));
        Duration wait = untilNextAttempt();

        assertThat(wait).isLessThanOrEqualTo(BASE);
    }

    @Test
    void aBrokerThatNeverAnswersIsGivenUpAfterTheDeadline() {
        broker.mood(InMemoryBroker.Mood.MUTE);
        pass(Duration.ofMillis(4_900));
        assertThat(events).isEmpty();

        pass(Duration.ofMillis(200));
        assertThat(events).singleElement().isInstanceOfSatisfying(LinkEvent.Disconnected.class, loss -> {
            assertThat(loss.reason()).contains("mqtt://memory").contains("PT5S");
            assertThat(loss.hint()).isNotBlank();
        });

        broker.mood(InMemoryBroker.Mood.ANSWERING);
        pass(CAP);
        assertThat(link.connected()).isTrue();
    }

    @Test
    void workReturnsHowManyEventsItDelivered() {
        assertThat(link.work(now)).isZero();
        broker.work(now);
        assertThat(link.work(now)).isZero();
        broker.work(now);
        assertThat(link.work(now)).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOf(LinkEvent.Connected.class);
    }

    @Test
    void aFloodAtQosZeroIsDroppedAndCountedButNeverHeld() {
        pass(Duration.ofMillis(50));
        List<LinkEvent> ignored = new ArrayList<>();
        InMemoryLink flooder = new InMemoryLink(
                broker, LinkConfig.builder(InMemoryBroker.URL, "flooder").build(), new Random(1), ignored::add);
        for (int i = 0; i < 5; i++) {
            flooder.work(now);
            broker.work(now);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(flooder.publish(OutboundMessage.of("down", "flood".getBytes(UTF_8), 0, false, i)))
                    .isEqualTo(PublishOutcome.ACCEPTED);
        }
        broker.work(now);
        pass(Duration.ofMillis(50));

        assertThat(link.counters().received()).isEqualTo(3);
        assertThat(link.counters().dropped()).isEqualTo(7);
        assertThat(link.connected()).isTrue();
    }
}
