package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The life of a link, whatever carries it: wait, connect, subscribe, be up, lose the connection, wait again.
 *
 * <p>A subclass only opens connections. What happens on them arrives in one queue and is handled by {@link #work}, so that
 * the same rules hold over a socket and in a simulation.
 *
 * <p>Owned by the thread that calls {@link #work}, except {@link #publish}, {@link #connected} and {@link #counters}, which
 * are thread-safe.
 */
abstract class ReconnectingLink implements Link {
    /** What a publisher needs while the link is up. */
    private record Live(Connection connection, Session session, long maximumPacketSize) {}

    private enum Phase {
        WAITING,
        CONNECTING,
        UP,
        CLOSED
    }

    private final LinkConfig config;
    private final RandomGenerator random;
    private final Consumer<LinkEvent> listener;
    private final Queue<Session.Signal> signals = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Live> live = new AtomicReference<>();
    private final Tally tally = new Tally();

    private List<String> further = List.of();
    private List<String> furtherAsked = List.of();
    private Phase phase = Phase.WAITING;
    private @Nullable Session session;
    private @Nullable Connection connection;
    private Session.Signal.@Nullable Opened opened;
    private final TakeOvers takeOvers;
    private int failures;
    private boolean scheduled;
    private long connectAtNanos;
    private long giveUpAtNanos;
    private long upSinceNanos;

    ReconnectingLink(LinkConfig config, RandomGenerator random, Consumer<LinkEvent> listener) {
        this.config = config;
        this.random = random;
        this.listener = listener;
        this.takeOvers = new TakeOvers(config.backoff(), config.clientId());
    }

    /** Starts to connect in the background; the observer hears how it goes. Does not block. */
    abstract Connection open(LinkConfig settings, Connection.Observer observer);

    @Override
    public final int work(long nowNanos) {
        int delivered = handleSignals(nowNanos);
        if (!scheduled) {
            // After a power cut a whole site starts together; the first attempts are spread like all others.
            connectAfter(config.backoff().delay(0, random), nowNanos);
        }
        if (phase == Phase.WAITING && nowNanos - connectAtNanos >= 0) {
            connect(nowNanos);
        } else if (phase == Phase.CONNECTING && nowNanos - giveUpAtNanos >= 0) {
            delivered += lose(
                    new Loss(
                            LinkEvent.Kind.NETWORK,
                            "no complete answer from " + config.url() + " within " + config.connectTimeout(),
                            "something accepts connections there but does not speak "
                                    + (config.tls() == null ? "MQTT" : "MQTT over TLS")
                                    + " in time: check address, port and broker"),
                    nowNanos);
        }
        return delivered;
    }

    @Override
    public final long idleNanos(long nowNanos) {
        if (!signals.isEmpty()) {
            return 0;
        }
        return switch (phase) {
            case WAITING -> !scheduled ? 0 : Math.max(0, connectAtNanos - nowNanos);
            case CONNECTING -> Math.max(0, giveUpAtNanos - nowNanos);
            case UP, CLOSED -> Long.MAX_VALUE;
        };
    }

    private void connectAfter(Duration delay, long nowNanos) {
        scheduled = true;
        connectAtNanos = nowNanos + delay.toNanos();
    }

    private int handleSignals(long nowNanos) {
        int delivered = 0;
        // What arrives while this runs waits for the next round, so that a fast broker cannot keep the thread here.
        for (int left = signals.size(); left > 0; left--) {
            Session.Signal signal = signals.poll();
            if (signal == null) {
                break;
            }
            if (signal.session() == session) {
                delivered += handle(signal, nowNanos);
            }
        }
        return delivered;
    }

    private int handle(Session.Signal signal, long nowNanos) {
        return switch (signal) {
            case Session.Signal.Opened o -> subscribe(o, nowNanos);
            case Session.Signal.Subscribed s -> up(s.refused(), nowNanos);
            case Session.Signal.Received r -> deliver(r);
            case Session.Signal.Settled s -> settle(s);
            case Session.Signal.Lost l -> lose(l.loss(), nowNanos);
        };
    }

    private void connect(long nowNanos) {
        tally.attempts.increment();
        phase = Phase.CONNECTING;
        giveUpAtNanos = nowNanos + config.connectTimeout().toNanos();
        Session fresh = new Session(signals, tally, config.inboundQueue(), config.keepAlive(), config.wakeUp());
        session = fresh;
        connection = open(config, fresh);
    }

    private int subscribe(Session.Signal.Opened answer, long nowNanos) {
        opened = answer;
        furtherAsked = further;
        List<String> wishes =
                Stream.concat(config.wishes().stream(), further.stream()).toList();
        if (config.subscriptions().isEmpty() && wishes.isEmpty()) {
            return up(List.of(), nowNanos);
        }
        current().subscribe(config.subscriptions(), wishes);
        return 0;
    }

    private int up(List<LinkEvent.Unsubscribed> refused, long nowNanos) {
        Session.Signal.Opened answer = opened;
        if (answer == null) {
            return 0;
        }
        if (phase == Phase.UP) { // the answer to a later question
            refused.forEach(listener);
            return refused.size();
        }
        tally.connects.increment();
        phase = Phase.UP;
        upSinceNanos = nowNanos;
        answer.session().allow(Math.min(answer.receiveMaximum(), Limits.WINDOW));
        live.set(new Live(current(), answer.session(), answer.maximumPacketSize()));
        listener.accept(new LinkEvent.Connected(answer.sessionPresent(), answer.maximumPacketSize()));
        refused.forEach(listener);
        askForFurther();
        return 1 + refused.size();
    }

    @Override
    public final void listen(List<String> filters) {
        further = List.copyOf(filters);
        if (phase == Phase.UP) {
            askForFurther();
        }
    }

    /** Tells the broker what has changed since it was asked. */
    private void askForFurther() {
        List<String> wanted = further;
        List<String> asked = furtherAsked;
        furtherAsked = wanted;
        List<String> dropped = asked.stream().filter(it -> !wanted.contains(it)).toList();
        List<String> added = wanted.stream().filter(it -> !asked.contains(it)).toList();
        if (!dropped.isEmpty()) {
            current().unsubscribe(dropped);
        }
        if (!added.isEmpty()) {
            current().subscribe(List.of(), added);
        }
    }

    private int deliver(Session.Signal.Received received) {
        tally.received.increment();
        listener.accept(new LinkEvent.Received(received.message()));
        received.session().delivered(received);
        received.acknowledge().run();
        return 1;
    }

    private int settle(Session.Signal.Settled settled) {
        LinkEvent.Published event = new LinkEvent.Published(settled.token(), settled.reasonCode());
        (event.taken() ? tally.published : tally.rejected).increment();
        listener.accept(event);
        return 1;
    }

    private int lose(Loss loss, long nowNanos) {
        live.set(null);
        endSession();
        if (connection != null) {
            connection.abandon();
        }
        Duration held = Duration.ofNanos(phase == Phase.UP ? nowNanos - upSinceNanos : -1);
        if (held.compareTo(config.backoff().stableAfter()) >= 0) {
            failures = 0;
        }
        Loss told = takeOvers.note(loss, held);
        connectAfter(
                told.kind() == LinkEvent.Kind.TAKEN_OVER
                        ? takeOvers.delay(random)
                        : config.backoff().delay(failures, random),
                nowNanos);
        failures++;
        forget(Phase.WAITING);
        listener.accept(new LinkEvent.Disconnected(told.kind(), told.reason(), told.hint()));
        return 1;
    }

    private void endSession() {
        if (session != null) {
            session.end();
        }
    }

    private void forget(Phase next) {
        session = null;
        connection = null;
        opened = null;
        phase = next;
    }

    private Connection current() {
        Connection c = connection;
        if (c == null) {
            throw new IllegalStateException("no connection while " + phase);
        }
        return c;
    }

    @Override
    public final PublishOutcome publish(OutboundMessage message) {
        Live now = live.get();
        if (now == null || !now.session().intact()) {
            return PublishOutcome.OFFLINE;
        }
        if (PacketSize.atMost(message) > now.maximumPacketSize()) {
            return PublishOutcome.TOO_LARGE;
        }
        if (!now.session().take()) {
            return PublishOutcome.BUSY;
        }
        if (now.connection().send(message)) {
            return PublishOutcome.ACCEPTED;
        }
        now.session().giveBack();
        return PublishOutcome.OFFLINE;
    }

    @Override
    public final boolean connected() {
        Live now = live.get();
        return now != null && now.session().intact();
    }

    @Override
    public final LinkCounters counters() {
        return tally.read();
    }

    @Override
    public final void close() {
        live.set(null);
        endSession();
        Connection last = connection;
        Phase was = phase;
        forget(Phase.CLOSED);
        signals.clear();
        if (last != null && was == Phase.UP) {
            last.finish();
        } else if (last != null) {
            last.abandon();
        }
    }
}
