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

    @Test
    void aLinkSaysHowLongItNeedsNothingAndWakesItsDriver() {
        int[] rings = {0};
        LinkConfig config = LinkConfig.builder(InMemoryBroker.URL, "sleeper")
                .connectTimeout(Duration.ofSeconds(5))
                .backoff(new Backoff(BASE, CAP, STABLE))
                .wakeUp(() -> rings[0]++)
                .build();
        InMemoryLink sleeper = new InMemoryLink(broker, config, new Random(7), event -> {});

        assertThat(sleeper.idleNanos(now)).isZero();
        sleeper.work(now);
        now += sleeper.idleNanos(now);
        sleeper.work(now);
        assertThat(sleeper.idleNanos(now)).isEqualTo(Duration.ofSeconds(5).toNanos());
        broker.work(now);
        assertThat(rings[0]).isPositive();
        assertThat(sleeper.idleNanos(now)).isZero();
        sleeper.work(now);
        assertThat(sleeper.connected()).isTrue();
        assertThat(sleeper.idleNanos(now)).isEqualTo(Long.MAX_VALUE);

        int before = rings[0];
        broker.cut();
        broker.work(now);
        assertThat(rings[0]).isGreaterThan(before);
    }

    private void passUntilConnected() {
        while (!link.connected()) {
            pass(Duration.ofMillis(10));
        }
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
        untilNextAttempt();
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
    void theFirstAttemptsOfManyDevicesThatStartTogetherAreSpread() {
        List<Link> site = new ArrayList<>();
        for (int device = 0; device < 50; device++) {
            LinkConfig config = LinkConfig.builder(InMemoryBroker.URL, "device-" + device)
                    .backoff(new Backoff(BASE, CAP, STABLE))
                    .build();
            site.add(new InMemoryLink(broker, config, new Random(device), event -> {}));
        }
        List<Integer> inTenths = new ArrayList<>();
        for (int tenth = 0; tenth <= 10; tenth++) {
            long now = BASE.toNanos() * tenth / 10;
            int before = attempts(site);
            site.forEach(link -> link.work(now));
            inTenths.add(attempts(site) - before);
        }

        assertThat(attempts(site)).isEqualTo(50);
        assertThat(inTenths).as("attempts in each tenth of the base delay").allMatch(n -> n < 20);
    }

    private static int attempts(List<Link> links) {
        return links.stream().mapToInt(link -> (int) link.counters().attempts()).sum();
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

        assertThat(unlucky.work(0)).isZero();
        long first = unlucky.idleNanos(0);
        assertThatThrownBy(() -> unlucky.work(first)).isInstanceOf(LinkException.class);
        assertThat(unlucky.work(first + Duration.ofSeconds(5).toNanos())).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOf(LinkEvent.Disconnected.class);
        assertThatThrownBy(() -> unlucky.work(Duration.ofMinutes(5).toNanos())).isInstanceOf(LinkException.class);
        assertThat(begun).hasSize(2);
    }

    @Test
    void beingKickedEarlyCountsAsAFailure() {
        for (int kicks = 0; kicks < 12; kicks++) {
            passUntilConnected();
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
    void twoThatThrowEachOtherOutStepBackFurtherEachTime() {
        List<LinkEvent.Disconnected> thrownOut = new ArrayList<>();
        InMemoryLink second = new InMemoryLink(
                broker,
                LinkConfig.builder(InMemoryBroker.URL, "device")
                        .backoff(new Backoff(BASE, CAP, STABLE))
                        .build(),
                new Random(8),
                event -> {
                    if (event instanceof LinkEvent.Disconnected lost) {
                        thrownOut.add(lost);
                    }
                });
        int inTheFirstHour = 0;
        for (int minute = 0; minute < 120; minute++) {
            for (int step = 0; step < 600; step++) {
                pass(Duration.ofMillis(100));
                second.work(now);
            }
            if (minute == 59) {
                inTheFirstHour = thrownOut.size();
            }
        }

        assertThat(thrownOut).allMatch(lost -> lost.kind() == LinkEvent.Kind.TAKEN_OVER);
        assertThat(inTheFirstHour).isBetween(5, 40);
        assertThat(thrownOut.size() - inTheFirstHour).isLessThan(30);
    }

    @Test
    void aConnectionThatIsClosedWithoutAWordAgainAndAgainIsToldAsATakeOver() {
        TakeOvers takeOvers = new TakeOvers(new Backoff(BASE, CAP, STABLE), "device");
        Loss closed = new Loss(LinkEvent.Kind.CLOSED, "closed", "either");
        Loss away = new Loss(LinkEvent.Kind.NETWORK, "away", "wait");
        Duration briefly = Duration.ofMillis(500);
        Duration never = Duration.ofNanos(-1);

        assertThat(takeOvers.note(closed, briefly)).isEqualTo(closed);
        assertThat(takeOvers.note(closed, briefly)).isEqualTo(closed);
        assertThat(takeOvers.note(away, never)).as("a broker that restarts").isEqualTo(away);
        assertThat(takeOvers.note(closed, briefly)).isEqualTo(closed);
        assertThat(takeOvers.note(closed, briefly)).isEqualTo(closed);
        Loss told = takeOvers.note(closed, briefly);

        assertThat(told.kind()).isEqualTo(LinkEvent.Kind.TAKEN_OVER);
        assertThat(told.hint()).contains("the id 'device'");
        assertThat(takeOvers.note(closed, Duration.ofDays(1))).isEqualTo(closed);
    }

    @Test
    void aConnectionThatHeldResetsTheDelay() {
        broker.mood(InMemoryBroker.Mood.REFUSING);
        pass(Duration.ofMinutes(5));
        broker.mood(InMemoryBroker.Mood.ANSWERING);
        passUntilConnected();
        pass(STABLE.plusSeconds(1));
        broker.cut();
        pass(Duration.ofMillis(20));
        Duration wait = untilNextAttempt();

        assertThat(wait).isLessThanOrEqualTo(BASE);
    }

    @Test
    void aBrokerThatNeverAnswersIsGivenUpAfterTheDeadline() {
        broker.mood(InMemoryBroker.Mood.MUTE);
        untilNextAttempt();
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
        now += link.idleNanos(now);
        assertThat(link.work(now)).isZero();
        broker.work(now);
        assertThat(link.work(now)).isZero();
        broker.work(now);
        assertThat(link.work(now)).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOf(LinkEvent.Connected.class);
    }

    @Test
    void aFloodAtQosZeroIsDroppedAndCountedButNeverHeld() {
        passUntilConnected();
        List<LinkEvent> ignored = new ArrayList<>();
        InMemoryLink flooder = new InMemoryLink(
                broker, LinkConfig.builder(InMemoryBroker.URL, "flooder").build(), new Random(1), ignored::add);
        for (long at = now; !flooder.connected(); at += Duration.ofMillis(10).toNanos()) {
            flooder.work(at);
            broker.work(at);
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
