package io.fulmar.agent.world;

import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.FromDevice;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The least fleet that keeps the protocol: it stores each row once, acknowledges only what it stored, and asks for what is
 * missing. Owned by the test's thread.
 */
public final class TestFleet {
    /** A stream of one epoch as the fleet has it. */
    public static final class Stored {
        /** Sequence to record, or to null where a gap covers it. */
        public final Map<Long, byte @Nullable []> rows = new LinkedHashMap<>();

        /** Gaps in their order. */
        public final List<Row.Gap> gaps = new ArrayList<>();

        long next = 1;
        ChainHash hash = ChainHash.ZERO;

        Stored copy() {
            Stored copy = new Stored();
            copy.rows.putAll(rows);
            copy.gaps.addAll(gaps);
            copy.next = next;
            copy.hash = hash;
            return copy;
        }

        /** The next row that is missing. */
        public long next() {
            return next;
        }
    }

    /** Which stream of which epoch. */
    public record Key(long epoch, Stream stream) {}

    private final Wire wire;
    private final InMemoryBroker broker;
    private final LinkConfig linkConfig;
    private Map<Key, Stored> database = new LinkedHashMap<>();
    private Link link;
    private int credit = 8;
    private int retryAfterMillis;
    private @Nullable Stream held;
    private int heldMillis;
    private long duplicates;
    private long batches;
    private boolean silent;
    private final List<Stream> arrivals = new ArrayList<>();
    private final List<Status> statuses = new ArrayList<>();
    private int generation;

    public TestFleet(Wire wire, InMemoryBroker broker) {
        this.wire = wire;
        this.broker = broker;
        this.linkConfig = LinkConfig.builder(InMemoryBroker.URL, "fleet")
                .subscriptions(
                        wire.topics().everyUp(),
                        wire.topics().everyHello(),
                        wire.topics().everyStatus())
                .backoff(Backoff.between(Duration.ofMillis(100), Duration.ofSeconds(1)))
                .build();
        this.link = connect();
    }

    private Link connect() {
        int mine = generation;
        return new InMemoryLink(broker, linkConfig, new SplittableRandom(generation), event -> {
            if (mine == generation) {
                onEvent(event);
            }
        });
    }

    public void work(long nowNanos) {
        link.work(nowNanos);
    }

    /** SIGKILL: the process and all that it had not committed are gone; the database stays. */
    public void kill() {
        generation++;
        link.close();
        link = connect();
    }

    /** A copy of the database, to restore from later. */
    public Map<Key, Stored> backup() {
        Map<Key, Stored> copy = new LinkedHashMap<>();
        database.forEach((key, stored) -> copy.put(key, stored.copy()));
        return copy;
    }

    public void restore(Map<Key, Stored> backup) {
        database = backup;
    }

    /** Makes the fleet believe that the last row of a stream was another one. */
    public void forgeTail(long epoch, Stream stream) {
        stored(epoch, stream).hash = new ChainHash(1, 2);
    }

    public void credit(int batches) {
        credit = batches;
    }

    public void retryAfterMillis(int millis) {
        retryAfterMillis = millis;
    }

    /** From the next hello on that stream is told to wait, before the welcome. */
    public void hold(Stream stream, Duration howLong) {
        held = stream;
        heldMillis = (int) howLong.toMillis();
    }

    /** Tells a stream that was told to wait to go on. */
    public void goOn(String device, long epoch, Stream stream) {
        Stored stored = stored(epoch, stream);
        say(device, new Acknowledge(epoch, stream, stored.next - 1, stored.hash, credit, 0, 0));
    }

    /** While on, everything is received and nothing is stored or answered. */
    public void silent(boolean on) {
        silent = on;
    }

    public Map<Key, Stored> database() {
        return database;
    }

    public Stored stored(long epoch, Stream stream) {
        return database.computeIfAbsent(new Key(epoch, stream), key -> new Stored());
    }

    public long duplicates() {
        return duplicates;
    }

    public long batches() {
        return batches;
    }

    /** The streams of the batches that were stored, in their order. */
    public List<Stream> arrivals() {
        return arrivals;
    }

    public List<Status> statuses() {
        return statuses;
    }

    private void onEvent(LinkEvent event) {
        if (event instanceof LinkEvent.Received received && !silent) {
            InboundMessage message = received.message();
            FromDevice from = wire.decodeUplink(new Envelope(
                    message.topic(),
                    message.payload(),
                    message.contentType() == null ? "" : message.contentType(),
                    message.userProperties()));
            switch (from.message()) {
                case Hello hello -> welcome(from.device(), hello);
                case Batch batch -> ingest(from.device(), batch);
                case Status status -> statuses.add(status);
                case Reported reported -> throw new AssertionError("not asked for: " + reported);
            }
        }
    }

    private void welcome(String device, Hello hello) {
        for (StreamPosition position : hello.streams()) {
            if (position.stream() == held) {
                Stored stored = stored(position.epoch(), held);
                say(
                        device,
                        new Acknowledge(position.epoch(), held, stored.next - 1, stored.hash, credit, heldMillis, 0));
            }
        }
        say(device, new Welcome("test", credit, retryAfterMillis, 0));
        for (StreamPosition position : hello.streams()) {
            Stored stored = stored(position.epoch(), position.stream());
            if (position.next() == stored.next && !position.tailHash().equals(stored.hash)) {
                say(device, new Renew(position.epoch(), "the last row differs", 0));
            } else if (position.firstBuffered() != stored.next) {
                say(
                        device,
                        position(position.epoch(), position.stream(), stored, position.firstBuffered() > stored.next));
            }
        }
    }

    private void ingest(String device, Batch batch) {
        batches++;
        Stored stored = stored(batch.epoch(), batch.stream());
        if (batch.first() > stored.next) {
            say(device, position(batch.epoch(), batch.stream(), stored, true));
            return;
        }
        if (batch.last() < stored.next) {
            duplicates++;
            say(device, position(batch.epoch(), batch.stream(), stored, false));
            return;
        }
        Batch fresh = batch.from(stored.next);
        if (fresh.previous() != null && !fresh.previous().equals(stored.hash)) {
            say(device, new Renew(batch.epoch(), "row " + (stored.next - 1) + " differs", 0));
            return;
        }
        store(stored, fresh);
        arrivals.add(batch.stream());
        say(device, position(batch.epoch(), batch.stream(), stored, false));
    }

    private static void store(Stored stored, Batch batch) {
        for (Row row : batch.rows()) {
            switch (row) {
                case Row.Data data -> stored.rows.put(stored.next++, data.record());
                case Row.Gap gap -> {
                    stored.gaps.add(gap);
                    while (stored.next <= gap.last()) {
                        stored.rows.put(stored.next++, null);
                    }
                }
            }
        }
        stored.hash = batch.tailHash();
    }

    private DownlinkMessage position(long epoch, Stream stream, Stored stored, boolean expected) {
        return expected
                ? new Expected(epoch, stream, stored.next, stored.hash, credit, retryAfterMillis, 0)
                : new Acknowledge(epoch, stream, stored.next - 1, stored.hash, credit, retryAfterMillis, 0);
    }

    private void say(String device, DownlinkMessage message) {
        Envelope envelope = wire.encode(device, message);
        link.publish(OutboundMessage.of(envelope.topic(), envelope.payload(), 0, false, 0)
                .describedAs(envelope.contentType(), envelope.userProperties()));
    }
}
