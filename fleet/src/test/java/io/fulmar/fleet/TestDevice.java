package io.fulmar.fleet;

import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandReading;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.UplinkMessage;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A device with one stream, as simple as the protocol allows: it sends until it is acknowledged, and carries out a command
 * once, however often it hears it. It can be switched off and on again without forgetting. Owned by its test.
 */
public final class TestDevice implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration RESEND = Duration.ofMillis(700);
    private static final int WINDOW = 4;

    final List<DownlinkMessage> heard = new ArrayList<>();

    private final String id;
    private final long epoch;
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final URI broker;
    private final List<String> groups;
    private final Map<String, CommandAnswer> answers = new HashMap<>();
    private final Map<String, Integer> effects = new HashMap<>();
    private final List<byte[]> commands = new ArrayList<>();
    private final AtomicReference<byte @Nullable []> desired = new AtomicReference<>();
    private final List<byte[]> everDesired = new ArrayList<>();
    private final @Nullable TrustRoot trust;
    private boolean answering = true;
    private Link link;
    private final List<byte[]> records = new ArrayList<>();
    private final List<ChainHash> hashes = new ArrayList<>(List.of(ChainHash.ZERO));
    private long acknowledged;
    private long sent;
    private long progressNanos = System.nanoTime();
    private boolean welcomed;
    private long helloNanos;
    private long token;

    public TestDevice(String id, long epoch, URI broker) {
        this(id, epoch, broker, null);
    }

    /** @param trust whose signature a command needs; null for none */
    TestDevice(String id, long epoch, URI broker, @Nullable TrustRoot trust, String... groups) {
        this.id = id;
        this.epoch = epoch;
        this.broker = broker;
        this.trust = trust;
        this.groups = List.of(groups);
        this.link = link();
    }

    private Link link() {
        Topics topics = wire.topics();
        List<String> filters = new ArrayList<>(List.of(topics.down(id), topics.command(id), topics.desired(id)));
        groups.forEach(group -> filters.add(topics.groupCommand(group)));
        LinkConfig config = LinkConfig.builder(broker, id)
                .subscriptions(filters)
                .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(500)))
                .build();
        return new PahoLink(config, new SplittableRandom(1), this::onEvent);
    }

    /** Cuts it from its broker. */
    void off() {
        link.close();
        welcomed = false;
    }

    void on() {
        link = link();
        connect();
    }

    /** Whether it does what it is told; one that does not is as good as dead. */
    void answering(boolean does) {
        answering = does;
    }

    /** How often a command had its effect. */
    int effects(String command) {
        return effects.getOrDefault(command, 0);
    }

    /** Every command that it heard, repeats included. */
    List<byte[]> commands() {
        return commands;
    }

    /** How often it was told that desired state; what was there only for a moment counts, too. */
    long timesTold(byte[] document) {
        return everDesired.stream().filter(it -> Arrays.equals(it, document)).count();
    }

    /** The desired state that it heard last. */
    byte @Nullable [] desired() {
        return desired.get();
    }

    void forgetDesired() {
        desired.set(null);
    }

    /** Waits for what happens elsewhere. */
    static void patiently(BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE);
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    public void record(byte[] bytes) {
        hashes.add(hashes.getLast().next(epoch, Stream.DATA, records.size() + 1L, bytes));
        records.add(bytes);
    }

    long epoch() {
        return epoch;
    }

    List<byte[]> records() {
        return records;
    }

    public long acknowledged() {
        return acknowledged;
    }

    /** Steps the link, greets until it is welcomed, and sends while {@code sending}, until that holds. */
    public void until(boolean sending, int rowsPerBatch, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": acknowledged " + acknowledged + " of "
                        + records.size() + ", sent " + sent + ", connected " + link.connected());
            }
            int done = link.work(System.nanoTime());
            greetAgain();
            if (sending) {
                done += send(rowsPerBatch);
            }
            if (done == 0) {
                LockSupport.parkNanos(500_000);
            }
        }
    }

    /** Waits until the fleet is there too: whatever is published before it has subscribed reaches nobody. */
    public void connect() {
        until(false, 1, () -> welcomed);
    }

    private void greetAgain() {
        if (link.connected() && !welcomed && System.nanoTime() - helloNanos > RESEND.toNanos()) {
            greet();
        }
    }

    private void greet() {
        helloNanos = System.nanoTime();
        publish(hello());
    }

    private int send(int rowsPerBatch) {
        if (System.nanoTime() - progressNanos > RESEND.toNanos()) {
            sent = acknowledged;
            progressNanos = System.nanoTime();
        }
        int batches = 0;
        while (sent < records.size() && sent - acknowledged < (long) WINDOW * rowsPerBatch) {
            long last = Math.min(records.size(), sent + rowsPerBatch);
            if (!publish(batch(sent + 1, last))) {
                break;
            }
            sent = last;
            batches++;
        }
        return batches;
    }

    Batch batch(long first, long last) {
        List<Row> rows = new ArrayList<>();
        for (long seq = first; seq <= last; seq++) {
            rows.add(new Row.Data(records.get((int) seq - 1)));
        }
        return new Batch(epoch, Stream.DATA, first, hashes.get((int) first - 1), rows);
    }

    Hello hello() {
        var position = new StreamPosition(epoch, Stream.DATA, records.size() + 1L, hashes.getLast(), acknowledged + 1);
        return new Hello("0.1.0", 1, 1_700_000_000_000L, 1 << 30, List.of(), groups, List.of(position));
    }

    boolean publish(UplinkMessage message) {
        return publish(message, false);
    }

    /** Publishes what the broker is to tell whoever subscribes later. */
    boolean retain(UplinkMessage message) {
        return publish(message, true);
    }

    private boolean publish(UplinkMessage message, boolean retain) {
        Envelope envelope = wire.encode(id, message);
        return publish(
                envelope.topic(),
                envelope.payload(),
                Objects.requireNonNull(envelope.contentType()),
                envelope.userProperties(),
                retain);
    }

    boolean publish(String topic, byte[] payload, String contentType, Map<String, String> properties) {
        return publish(topic, payload, contentType, properties, false);
    }

    private boolean publish(
            String topic, byte[] payload, String contentType, Map<String, String> properties, boolean retain) {
        var message = OutboundMessage.of(topic, payload, 1, retain, token++).describedAs(contentType, properties);
        return link.publish(message) == PublishOutcome.ACCEPTED;
    }

    private void onEvent(LinkEvent event) {
        switch (event) {
            case LinkEvent.Connected connected -> {
                sent = acknowledged;
                welcomed = false;
                greet();
            }
            case LinkEvent.Received received -> onMessage(received.message());
            case LinkEvent.Disconnected disconnected -> {}
            case LinkEvent.Unsubscribed unsubscribed -> {}
            case LinkEvent.Published published -> {}
        }
    }

    private void onCommand(InboundMessage message) {
        commands.add(message.payload());
        if (!answering) {
            return;
        }
        byte[] bytes = message.payload();
        String refused = null;
        if (Dsse.isEnvelope(bytes) || trust != null) {
            Verification said = trust == null
                    ? new Verification.Rejected(Verification.Rejected.Kind.NOBODY, "no trust root")
                    : trust.verify(TrustRole.OPERATOR, Dsse.COMMAND, bytes);
            switch (said) {
                case Verification.Verified verified -> bytes = verified.payload();
                case Verification.Rejected rejected -> {
                    refused = rejected.reason();
                    bytes = Dsse.isEnvelope(bytes) ? Dsse.read(bytes).unverifiedPayload() : bytes;
                }
            }
        }
        if (!(Commands.read(bytes) instanceof CommandReading.Whole(Command command))) {
            return;
        }
        boolean elsewhere = command.device() != null && !command.device().equals(id);
        if (elsewhere || (command.group() != null && !groups.contains(command.group()))) {
            refused = "not for me";
        }
        CommandAnswer answer = answers.get(command.id());
        if (answer == null) {
            answer = answer(command, refused);
            if (refused == null) {
                answers.put(command.id(), answer);
                effects.merge(command.id(), 1, Integer::sum);
            }
            record(Records.encode(CommandResult.of(new Stamp(1_700_000_000_000L, 1, 1), answer)));
        }
        String topic = message.responseTopic() == null ? wire.topics().commandResult(id) : message.responseTopic();
        publish(topic, Commands.encode(answer), Envelope.JSON, Map.of());
    }

    private CommandAnswer answer(Command command, @Nullable String refused) {
        Outcome outcome =
                refused != null ? Outcome.REFUSED : command.type().equals("fail") ? Outcome.FAILED : Outcome.DONE;
        return new CommandAnswer(
                command.id(),
                command.type(),
                outcome,
                outcome == Outcome.FAILED ? "it did <b>not</b> work" : refused,
                outcome == Outcome.DONE ? JsonText.of(command.args()) : null,
                id,
                1_700_000_000_000L);
    }

    private void onMessage(InboundMessage message) {
        switch (wire.topics().parse(message.topic())) {
            case Topic.Command command -> onCommand(message);
            case Topic.GroupCommand command -> onCommand(message);
            case Topic.Desired of -> {
                desired.set(message.payload());
                everDesired.add(message.payload());
            }
            case null, default -> onDownlink(message);
        }
    }

    private void onDownlink(InboundMessage message) {
        var envelope =
                new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties());
        DownlinkMessage said = wire.decodeDownlink(envelope).message();
        heard.add(said);
        welcomed |= said instanceof Welcome;
        if (said instanceof Acknowledge a && a.upTo() > acknowledged) {
            if (a.upTo() > records.size() || !a.hash().equals(hashes.get((int) a.upTo()))) {
                throw new AssertionError("the fleet acknowledged what was never sent: " + a);
            }
            acknowledged = a.upTo();
            progressNanos = System.nanoTime();
        } else if (said instanceof Expected e && e.next() <= sent) {
            sent = e.next() - 1;
        }
    }

    <T extends DownlinkMessage> List<T> heard(Class<T> type) {
        return heard.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void close() {
        link.close();
    }
}
