package io.fulmar.sync.mqtt;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * A broker without sockets, threads or a clock of its own: everything happens in {@link #work}, at the time given there.
 *
 * <p>It knows what Fulmar uses of MQTT 5: wildcards, retained messages, wills, QoS 0 and 1, receive maximum, takeover and
 * shared subscriptions. Its {@link Faults} are drawn from a seed, so a run can be repeated exactly.
 *
 * <p>Owned by the thread that calls {@link #work}; links may use it from other threads.
 */
public final class InMemoryBroker {
    /** Where its links pretend to connect to. */
    public static final URI URL = URI.create("mqtt://memory");

    /** How it meets a new connection. */
    public enum Mood {
        ANSWERING,
        REFUSING,
        MUTE
    }

    private record Due(long nanos, long order, Client client, Runnable effect) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(order, other.order);
        }
    }

    private record Waiting(InboundMessage message, int qos) {}

    private final Random random;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Due> agenda = new PriorityQueue<>();
    private final Map<String, Client> clients = new LinkedHashMap<>();
    private final Map<String, OutboundMessage> retained = new LinkedHashMap<>();
    private final Map<String, Integer> turns = new LinkedHashMap<>();
    private Faults faults;
    private Mood mood = Mood.ANSWERING;
    private int receiveMaximum = 20;
    private long maximumPacketSize = Limits.PACKET_BYTES;
    private boolean held;
    private long order;
    private long now;

    public InMemoryBroker(Faults faults) {
        this.faults = faults;
        this.random = new Random(faults.seed());
    }

    /** Lets everything happen that is due. Returns how much that was. */
    public int work(long nowNanos) {
        now = nowNanos;
        int done = 0;
        for (Runnable action = inbox.poll(); action != null; action = inbox.poll()) {
            action.run();
            done++;
        }
        while (!held && !agenda.isEmpty() && agenda.peek().nanos() - now <= 0) {
            Due due = agenda.remove();
            if (due.client().alive) {
                due.effect().run();
                done++;
            }
        }
        return done;
    }

    /** From now on it behaves like that; the seed stays the first one. */
    public void faults(Faults value) {
        faults = value;
    }

    public void mood(Mood value) {
        mood = value;
    }

    public void receiveMaximum(int value) {
        receiveMaximum = value;
    }

    public void maximumPacketSize(long value) {
        maximumPacketSize = value;
    }

    /** While on, nothing travels in either direction. */
    public void hold(boolean on) {
        held = on;
    }

    /** Ends all connections without a word. */
    public void cut() {
        List.copyOf(clients.values()).forEach(client -> client.end("cut", true));
    }

    /** Forgets everything that it knew, connections included. */
    public void loseEverything() {
        retained.clear();
        List.copyOf(clients.values()).forEach(client -> client.end("broker lost everything", false));
    }

    /** Client ids that are connected. */
    public List<String> connected() {
        return List.copyOf(clients.keySet());
    }

    Connection open(LinkConfig config, Connection.Observer observer) {
        Client client = new Client(config, observer);
        inbox.add(client::connect);
        return client;
    }

    private boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    private long delay() {
        return faults.maximumDelay().isZero()
                ? 0
                : random.nextLong(faults.maximumDelay().toNanos());
    }

    private int route(OutboundMessage message) {
        if (message.retain()) {
            if (message.payload().length == 0) {
                retained.remove(message.topic());
            } else {
                retained.put(message.topic(), message);
            }
        }
        Map<String, List<Client>> groups = new LinkedHashMap<>();
        List<Client> receivers = new ArrayList<>();
        for (Client client : clients.values()) {
            for (TopicFilter filter : client.filters) {
                if (filter.matches(message.topic())) {
                    if (filter.group() == null) {
                        receivers.add(client);
                    } else {
                        groups.computeIfAbsent(filter.group(), g -> new ArrayList<>())
                                .add(client);
                    }
                    break;
                }
            }
        }
        groups.forEach(
                (group, members) -> receivers.add(members.get(turns.merge(group, 1, Integer::sum) % members.size())));
        InboundMessage inbound = inbound(message, false);
        for (Client client : receivers) {
            if (!chance(faults.drop())) {
                client.deliver(inbound, message.qos());
                if (chance(faults.duplicate())) {
                    client.deliver(inbound, message.qos());
                }
            }
        }
        return receivers.size();
    }

    private static InboundMessage inbound(OutboundMessage m, boolean retained) {
        return new InboundMessage(
                m.topic(),
                m.payload(),
                m.contentType(),
                m.userProperties(),
                m.responseTopic(),
                m.correlation(),
                retained);
    }

    /** One connection, seen from both ends. Its fields belong to the thread of the broker. */
    private final class Client implements Connection {
        private final LinkConfig config;
        private final Observer observer;
        private final List<TopicFilter> filters = new ArrayList<>();
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private boolean alive = true;
        private int unacknowledged;
        private long lastUp = Long.MIN_VALUE;
        private long lastDown = Long.MIN_VALUE;

        Client(LinkConfig config, Observer observer) {
            this.config = config;
            this.observer = observer;
        }

        private void connect() {
            if (mood == Mood.MUTE || !alive) {
                return;
            }
            if (mood == Mood.REFUSING) {
                alive = false;
                observer.lost(Loss.ofFailure("broker " + config.url(), "connection refused"));
                return;
            }
            Client before = clients.get(config.clientId());
            if (before != null) {
                before.observer.lost(Loss.ofReasonCode("broker " + config.url(), 0x8E, config.clientId()));
                before.end("taken over", true);
            }
            clients.put(config.clientId(), this);
            down(false, () -> observer.opened(false, receiveMaximum, maximumPacketSize));
        }

        @Override
        public void subscribe(List<String> needs, List<String> wishes) {
            inbox.add(() -> up(() -> {
                List<TopicFilter> asked = Stream.concat(needs.stream(), wishes.stream())
                        .map(TopicFilter::parse)
                        .toList();
                filters.addAll(asked);
                down(false, () -> observer.subscribed(List.of()));
                for (OutboundMessage message : List.copyOf(retained.values())) {
                    if (asked.stream().anyMatch(f -> f.group() == null && f.matches(message.topic()))) {
                        deliver(inbound(message, true), message.qos());
                    }
                }
            }));
        }

        @Override
        public void unsubscribe(List<String> gone) {
            inbox.add(() -> up(() ->
                    filters.removeAll(gone.stream().map(TopicFilter::parse).toList())));
        }

        @Override
        public boolean send(OutboundMessage message) {
            inbox.add(() -> {
                if (message.qos() == 0 && alive) {
                    observer.settled(message.token(), 0);
                }
                up(() -> {
                    int receivers = route(message);
                    if (message.qos() > 0) {
                        down(false, () -> observer.settled(message.token(), receivers == 0 ? 0x10 : 0));
                    }
                });
            });
            return true;
        }

        @Override
        public void finish() {
            inbox.add(() -> {
                // what was sent before the DISCONNECT still arrives
                List<Due> mine = agenda.stream()
                        .filter(due -> due.client() == this)
                        .sorted()
                        .toList();
                agenda.removeAll(mine);
                mine.forEach(due -> due.effect().run());
                leave();
            });
        }

        @Override
        public void abandon() {
            inbox.add(() -> end("abandoned", true));
        }

        private void deliver(InboundMessage message, int qos) {
            if (qos == 0) {
                down(true, () -> observer.received(message, 0, () -> {}));
            } else {
                waiting.add(new Waiting(message, qos));
                pump();
            }
        }

        private void pump() {
            while (alive && unacknowledged < config.inboundQueue() && !waiting.isEmpty()) {
                Waiting next = waiting.remove();
                unacknowledged++;
                down(true, () -> observer.received(next.message(), next.qos(), this::acknowledge));
            }
        }

        private void acknowledge() {
            inbox.add(() -> up(() -> {
                unacknowledged--;
                pump();
            }));
        }

        private void up(Runnable effect) {
            lastUp = travel(false, lastUp, effect);
        }

        private void down(boolean message, Runnable effect) {
            lastDown = travel(message && chance(faults.reorder()), lastDown, effect);
        }

        private long travel(boolean overtaken, long last, Runnable effect) {
            if (!alive) {
                return last;
            }
            if (chance(faults.amnesia())) {
                loseEverything();
                return last;
            }
            if (chance(faults.disconnect())) {
                end("cut by a fault", true);
                return last;
            }
            long due = Math.max(now + delay(), last);
            agenda.add(new Due(overtaken ? due + delay() : due, order++, this, effect));
            return due;
        }

        private void end(String why, boolean withWill) {
            if (!alive) {
                return;
            }
            boolean known = leave();
            observer.lost(Loss.ofFailure("broker " + config.url(), why));
            Will will = config.will();
            if (withWill && known && will != null) {
                route(OutboundMessage.of(will.topic(), will.payload(), will.qos(), will.retain(), 0)
                        .describedAs(will.contentType(), Map.of()));
            }
        }

        private boolean leave() {
            alive = false;
            return clients.remove(config.clientId(), this);
        }
    }
}
