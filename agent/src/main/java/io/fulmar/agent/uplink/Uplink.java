package io.fulmar.agent.uplink;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.AckResult;
import io.fulmar.sync.outbox.RowStore;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import io.fulmar.sync.wire.Taken;
import io.fulmar.sync.wire.UplinkMessage;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Brings the rows of a device's store to the fleet: hello at every connection, batches per stream with the urgent first, and
 * deletes only what the fleet says it has committed.
 *
 * <p>The link may lose, repeat and reorder everything; whatever is not confirmed in time is sent again from the last
 * confirmed row, and the fleet refuses duplicates. Knows no thread, no socket and no clock but the one it is stepped with.
 * Owned by the store thread.
 */
public final class Uplink {
    private static final int PACKET_TOO_LARGE = 0x95;
    private static final long HELLO_TOKEN = 0;
    /** Tokens rise in these steps, so that the number of a stream fits beside. */
    private static final long TOKEN_STEP = 4;

    private static final Duration BUSY_PAUSE = Duration.ofMillis(20);
    private static final Duration GIVE_UP_PAUSE = Duration.ofMillis(500);
    private static final Duration READ_PAUSE = Duration.ofSeconds(1);

    private enum Phase {
        OFFLINE,
        GREETING,
        FLOWING
    }

    private final String device;
    private final Supplier<Wire> wire;
    private final RowStore outbox;
    private final Function<OutboundMessage, PublishOutcome> link;
    private final HelloFacts facts;
    private final UplinkSettings settings;
    private final Counters counters;
    private final FaultLog faults;
    private final Map<Stream, StreamCursor> cursors = new EnumMap<>(Stream.class);
    private final FairTurns turns = new FairTurns();
    private final Patience welcome;
    private final Courier courier;
    private final Allowance allowance;
    private Phase phase = Phase.OFFLINE;
    private int credit = 1;
    private long maximumPacketSize;
    private long lastToken = TOKEN_STEP;
    private boolean busy;
    /** Whether something would have been sent if more bytes were allowed. */
    private boolean rationed;

    /**
     * @param wire how messages are addressed on the link of now
     * @param link takes a message without blocking, as {@code Link::publish} does
     */
    public Uplink(
            String device,
            Supplier<Wire> wire,
            RowStore outbox,
            Function<OutboundMessage, PublishOutcome> link,
            HelloFacts facts,
            UplinkSettings settings,
            RandomGenerator random,
            Counters counters,
            FaultLog faults) {
        this.device = device;
        this.wire = wire;
        this.outbox = outbox;
        this.link = link;
        this.facts = facts;
        this.settings = settings;
        this.counters = counters;
        this.faults = faults;
        this.welcome = new Patience(settings.ackTimeout(), settings.ackTimeoutCap(), random);
        this.courier = new Courier(settings, random);
        this.allowance = new Allowance(settings.bytesPerSecond());
        for (Stream stream : Stream.values()) {
            cursors.put(stream, new StreamCursor(stream, settings, random));
        }
    }

    /** Takes what was read back of earlier epochs. */
    public Courier courier() {
        return courier;
    }

    /** A connection came up: it begins with a hello. */
    public void connected(long packetSize) {
        maximumPacketSize = packetSize;
        cursors.values().forEach(StreamCursor::connected);
        courier.startAgain();
        welcome.satisfied();
        phase = Phase.GREETING;
    }

    /** The connection is gone, and what was under way is unknown. */
    public void disconnected() {
        phase = Phase.OFFLINE;
        courier.startAgain();
    }

    /** The broker refused a message with a reason code of MQTT 5. */
    public void refused(long token, int reasonCode, long nowNanos) {
        counters.count(Counter.PUBLISH_REFUSED);
        StreamCursor cursor = cursorOf(token);
        if (reasonCode == PACKET_TOO_LARGE && cursor != null) {
            if (!cursor.shrink()) {
                giveUp(cursor, cursor.next(), nowNanos);
            }
            return;
        }
        if (reasonCode == PACKET_TOO_LARGE && courier.isOf(token)) {
            courier.tooLarge();
            return;
        }
        faults.record(
                "uplink",
                "the broker refused a message with reason code 0x" + Integer.toHexString(reasonCode),
                "look into the broker's log; 0x87 is a missing permission, 0x97 a quota");
    }

    /** The fleet said something. */
    public void received(DownlinkMessage message, long nowNanos) {
        if (courier.received(message, nowNanos)) {
            return;
        }
        switch (message) {
            case Welcome it -> welcomed(it, nowNanos);
            case Acknowledge it -> acknowledged(it, nowNanos);
            case Expected it -> expected(it, nowNanos);
            case Renew it -> renew(it);
            case Taken it -> {
                // the link's business
            }
            case NotEnrolled it -> {
                // likewise
            }
        }
    }

    /** Sends what is due, as far as the link takes it; returns how many messages it took. */
    public int work(long nowNanos) {
        busy = false;
        rationed = false;
        return switch (phase) {
            case OFFLINE -> 0;
            case GREETING -> greet(nowNanos);
            case FLOWING -> flow(nowNanos);
        };
    }

    /** How long nothing will be due unless something happens. */
    public long idleNanos(long nowNanos) {
        if (busy) {
            return BUSY_PAUSE.toNanos();
        }
        long idle = welcome.remaining(nowNanos);
        if (phase == Phase.FLOWING) {
            idle = Math.min(idle, courier.remaining(nowNanos));
            idle = Math.min(idle, rationed ? allowance.remaining(nowNanos) : Long.MAX_VALUE);
            for (StreamCursor cursor : cursors.values()) {
                idle = Math.min(idle, cursor.remaining(nowNanos));
            }
        }
        return phase == Phase.OFFLINE ? Long.MAX_VALUE : idle;
    }

    /** Whether an answer of the fleet is awaited. */
    public boolean awaitsAnswer() {
        return phase == Phase.GREETING || (phase == Phase.FLOWING && underWay() > 0);
    }

    // ---- hello

    private int greet(long nowNanos) {
        if (welcome.running() && !welcome.missed(nowNanos)) {
            return 0;
        }
        List<StreamPosition> positions = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            StreamState state = outbox.state(stream);
            if (state.epoch() != 0) {
                positions.add(new StreamPosition(
                        state.epoch(), stream, state.next(), state.tailHash(), state.firstBuffered()));
            }
        }
        if (publish(facts.hello(positions), HELLO_TOKEN) != PublishOutcome.ACCEPTED) {
            busy = true;
            return 0;
        }
        welcome.start(nowNanos);
        return 1;
    }

    private void welcomed(Welcome message, long nowNanos) {
        if (phase != Phase.GREETING) {
            return;
        }
        welcome.satisfied();
        phase = Phase.FLOWING;
        credit = message.credit();
        if (message.retryAfterMillis() > 0) { // else a stream that was told before to wait still does
            for (StreamCursor cursor : cursors.values()) {
                cursor.pause(message.retryAfterMillis(), nowNanos);
            }
        }
    }

    // ---- what the fleet has

    private void acknowledged(Acknowledge message, long nowNanos) {
        StreamCursor cursor = cursor(message.stream());
        StreamState state = outbox.state(message.stream());
        cursor.follow(state);
        if (message.epoch() != state.epoch()) {
            counters.count(Counter.ACKNOWLEDGEMENTS_REFUSED);
            return;
        }
        if (isOlderThan(message.upTo(), state)) {
            return;
        }
        credit = message.credit();
        cursor.pause(message.retryAfterMillis(), nowNanos);
        if (!cursor.wasSent(message.upTo()) || believed(message, cursor, nowNanos)) {
            cursor.confirmed(message.upTo(), nowNanos);
        }
    }

    /** Whether the fleet has these rows; deletes them if so. */
    private boolean believed(Acknowledge message, StreamCursor cursor, long nowNanos) {
        return switch (outbox.acknowledge(message)) {
            case AckResult.Advanced ignored -> {
                counters.count(Counter.ACKNOWLEDGEMENTS);
                yield true;
            }
            case AckResult.Stale ignored -> true;
            case AckResult.Unverifiable ignored -> {
                cursor.expected(cursor.confirmed() + 1, nowNanos);
                yield false;
            }
            case AckResult.Failed ignored -> false;
            case AckResult.Disbelieved disbelieved -> {
                counters.count(Counter.ACKNOWLEDGEMENTS_REFUSED);
                faults.record(
                        "uplink",
                        "an acknowledgement was not believed: " + disbelieved.reason(),
                        "nothing was deleted; if it repeats, compare 'fulmar fleet streams' with this device's outbox");
                yield false;
            }
        };
    }

    private void expected(Expected message, long nowNanos) {
        StreamCursor cursor = cursor(message.stream());
        StreamState state = outbox.state(message.stream());
        cursor.follow(state);
        if (message.epoch() != state.epoch()) {
            return;
        }
        long has = message.next() - 1;
        if (isOlderThan(has, state)) {
            return;
        }
        credit = message.credit();
        cursor.pause(message.retryAfterMillis(), nowNanos);
        if (!cursor.wasSent(has)) {
            return;
        }
        boolean moves = cursor.expected(message.next(), nowNanos);
        if (moves && has >= state.firstBuffered()) {
            believed(asAcknowledge(message), cursor, nowNanos);
        }
    }

    /** Who wants the row after {@code next - 1} has all before it. */
    private static Acknowledge asAcknowledge(Expected message) {
        return new Acknowledge(
                message.epoch(),
                message.stream(),
                message.next() - 1,
                message.hash(),
                message.credit(),
                message.retryAfterMillis(),
                message.nowMillis());
    }

    /**
     * Whether the fleet has rows of this epoch that the store never gave: it is a copy from before they were recorded. The
     * next records would get their numbers a second time, so it begins a new epoch.
     */
    private boolean isOlderThan(long has, StreamState state) {
        if (has < state.next()) {
            return false;
        }
        String row = state.stream().topicName() + "/" + has;
        String reason = "the fleet has row " + row + " and the store ends before it: it was restored from an old copy";
        faults.record("uplink", reason, "restore no copy of a state directory that an agent went on with");
        beginAnew(reason);
        return true;
    }

    private void renew(Renew message) {
        for (Stream stream : Stream.values()) {
            if (outbox.state(stream).epoch() == message.epoch()) {
                faults.record("uplink", "the fleet ordered a new epoch: " + message.reason(), null);
                beginAnew(message.reason());
                return;
            }
        }
    }

    private void beginAnew(String reason) {
        outbox.renew(reason);
        if (phase == Phase.FLOWING) {
            phase = Phase.GREETING;
        }
    }

    // ---- batches

    private int flow(long nowNanos) {
        int sent = 0;
        for (StreamCursor cursor : cursors.values()) {
            cursor.follow(outbox.state(cursor.stream()));
            if (cursor.timedOut(nowNanos)) {
                counters.count(Counter.RESENDS);
            }
        }
        while (sent < Limits.PUBLISHES_PER_STEP) {
            Stream stream = turns.next(it -> ready(it, nowNanos));
            if (stream == null) {
                return sent + sendOld(nowNanos);
            }
            switch (sendBatch(cursor(stream), nowNanos)) {
                case SENT -> {
                    turns.took(stream);
                    sent++;
                }
                case LINK_FULL -> {
                    busy = true;
                    return sent;
                }
                case NOT_NOW -> {}
            }
        }
        return sent;
    }

    /** Sends a batch of an epoch that ended, when of this one there is nothing to send now. */
    private int sendOld(long nowNanos) {
        int total = underWay();
        boolean mayGo = (total == 0 || total < credit) && !rations(nowNanos);
        Batch batch = mayGo ? courier.due(nowNanos) : null;
        if (batch == null) {
            return 0;
        }
        Envelope envelope = wire.get().encode(device, batch);
        lastToken += TOKEN_STEP;
        switch (publish(envelope, lastToken)) {
            case ACCEPTED -> {
                courier.sent(batch, lastToken, nowNanos);
                count(envelope, nowNanos);
                return 1;
            }
            case BUSY, OFFLINE -> busy = true;
            case TOO_LARGE -> courier.tooLarge(batch);
        }
        return 0;
    }

    private boolean ready(Stream stream, long nowNanos) {
        int total = underWay();
        return (total == 0 || total < credit)
                && cursor(stream).mayLookForRows(outbox.state(stream), nowNanos)
                && (stream == Stream.ALARM || !rations(nowNanos));
    }

    /** Whether what is not urgent has to wait, as enough bytes went lately. */
    private boolean rations(long nowNanos) {
        boolean waits = !allowance.free(nowNanos);
        rationed |= waits;
        return waits;
    }

    private void count(Envelope batch, long nowNanos) {
        counters.count(Counter.BATCHES);
        counters.add(Counter.BATCH_BYTES, batch.payload().length);
        allowance.spend(batch.payload().length, nowNanos);
    }

    /** What became of one turn; after {@code NOT_NOW} the stream is not ready or its next batch is smaller. */
    private enum Turn {
        SENT,
        LINK_FULL,
        NOT_NOW
    }

    private Turn sendBatch(StreamCursor cursor, long nowNanos) {
        int maxBytes = Math.min(cursor.maxBytes(), allowance.messageBytes());
        Batch batch = outbox.read(cursor.stream(), cursor.next(), settings.batchRows(), maxBytes);
        if (batch == null) {
            cursor.pause((int) READ_PAUSE.toMillis(), nowNanos);
            return Turn.NOT_NOW;
        }
        Envelope envelope = wire.get().encode(device, batch);
        lastToken += TOKEN_STEP;
        return switch (publish(envelope, lastToken + cursor.stream().number())) {
            case ACCEPTED -> {
                cursor.sent(batch, nowNanos);
                count(envelope, nowNanos);
                yield Turn.SENT;
            }
            case BUSY, OFFLINE -> Turn.LINK_FULL;
            case TOO_LARGE -> {
                if (batch.rows().size() > 1) {
                    cursor.shrink();
                } else {
                    giveUp(cursor, batch.first(), nowNanos);
                }
                yield Turn.NOT_NOW;
            }
        };
    }

    /**
     * A single row that no packet of this broker can carry must not stand in the way of all behind it: it becomes a
     * declared gap, as soon as everything before it is acknowledged.
     */
    private void giveUp(StreamCursor cursor, long seq, long nowNanos) {
        if (!outbox.giveUp(cursor.stream(), seq)) {
            cursor.pause((int) GIVE_UP_PAUSE.toMillis(), nowNanos);
            return;
        }
        counters.count(Counter.DEAD_LETTERED);
        faults.record(
                "uplink",
                "a row of stream " + cursor.stream().topicName() + " is larger than the broker's packets of "
                        + maximumPacketSize + " bytes and was given up",
                "raise the broker's maximum packet size to at least 128 KiB");
    }

    private PublishOutcome publish(UplinkMessage message, long token) {
        return publish(wire.get().encode(device, message), token);
    }

    private PublishOutcome publish(Envelope envelope, long token) {
        return link.apply(OutboundMessage.of(envelope.topic(), envelope.payload(), 1, false, token)
                .describedAs(envelope.contentType(), envelope.userProperties()));
    }

    private int underWay() {
        int total = 0;
        for (StreamCursor cursor : cursors.values()) {
            total += cursor.underWay();
        }
        return total;
    }

    private StreamCursor cursor(Stream stream) {
        return Objects.requireNonNull(cursors.get(stream));
    }

    private @Nullable StreamCursor cursorOf(long token) {
        for (StreamCursor cursor : cursors.values()) {
            if (token % TOKEN_STEP == cursor.stream().number()) {
                return cursor;
            }
        }
        return null;
    }
}
