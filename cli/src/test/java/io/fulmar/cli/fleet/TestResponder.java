package io.fulmar.cli.fleet;

import io.fulmar.fleet.FleetClient;
import io.fulmar.model.trust.Dsse;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandReading;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A device that says hello until it is stopped, does what it is told, and takes over what is desired. Owned by its test. */
final class TestResponder implements AutoCloseable {
    private final String id;
    private final List<String> groups;
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final Deque<InboundMessage> inbox = new ArrayDeque<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch welcomed = new CountDownLatch(1);
    private final AtomicReference<Reported.ModelState> ending = new AtomicReference<>(Reported.ModelState.ACTIVE);
    private final Thread thread;

    TestResponder(URI broker, String id, String... groups) {
        this.id = id;
        this.groups = List.of(groups);
        this.thread = Thread.ofPlatform().name("responder-" + id).start(() -> run(broker));
    }

    /** What becomes of the releases that are assigned to it from now on. */
    void endWith(Reported.ModelState state) {
        ending.set(state);
    }

    /** Waits until the fleet knows it. */
    void awaitWelcome() throws InterruptedException {
        if (!welcomed.await(2, TimeUnit.MINUTES)) {
            throw new AssertionError(id + " was not welcomed");
        }
    }

    private void run(URI broker) {
        Topics topics = wire.topics();
        List<String> filters = new ArrayList<>(List.of(topics.down(id), topics.command(id), topics.desired(id)));
        groups.forEach(group -> filters.add(topics.groupCommand(group)));
        try (var client = FleetClient.connect(broker, null, null, filters, inbox::add)) {
            while (!stopping.get()) {
                if (welcomed.getCount() > 0) {
                    Envelope hello = wire.encode(id, new Hello("test", 1, 0, 0, List.of(), groups, List.of()));
                    client.send(hello.topic(), hello.payload(), false);
                }
                client.await(() -> !inbox.isEmpty() || stopping.get(), Duration.ofMillis(500));
                for (InboundMessage message = inbox.poll(); message != null; message = inbox.poll()) {
                    onMessage(client, message);
                }
            }
        }
    }

    private void onMessage(FleetClient client, InboundMessage message) {
        switch (wire.topics().parse(message.topic())) {
            case Topic.Down of -> welcomed.countDown();
            case Topic.Desired of ->
                onDesired(
                        client,
                        DesiredCodec.decode(
                                Dsse.isEnvelope(message.payload())
                                        ? Dsse.read(message.payload()).unverifiedPayload()
                                        : message.payload()));
            case Topic.Command of -> onCommand(client, message);
            case Topic.GroupCommand of -> onCommand(client, message);
            case null, default -> throw new IllegalStateException(message.topic());
        }
    }

    private void onCommand(FleetClient client, InboundMessage message) {
        if (Commands.read(message.payload()) instanceof CommandReading.Whole(Command command)) {
            Outcome outcome = Outcome.of(command.type().equals("ping") ? "done" : command.type());
            @Nullable String reason = outcome == Outcome.DONE ? null : "because";
            @Nullable String result = outcome == Outcome.DONE ? JsonText.of(command.args()) : null;
            var answer = new CommandAnswer(command.id(), command.type(), outcome, reason, result, id, 0);
            client.send(wire.topics().commandResult(id), Commands.encode(answer), false);
        }
    }

    /** Refuses what has the word "wrong" in it. */
    private void onDesired(FleetClient client, Desired desired) {
        boolean wrong = desired.config().toml().contains("wrong");
        var config = new Reported.Config(
                desired.version(),
                desired.version(),
                desired.config().sha256(),
                wrong ? Reported.State.REFUSED : Reported.State.ACTIVE,
                wrong ? "no such key" : null);
        report(client, desired, config, Reported.ModelState.DOWNLOADING);
        report(client, desired, config, Objects.requireNonNull(ending.get()));
    }

    private void report(FleetClient client, Desired desired, Reported.Config config, Reported.ModelState state) {
        boolean loading = state == Reported.ModelState.DOWNLOADING;
        boolean failed = state == Reported.ModelState.REJECTED;
        List<Reported.Model> models = desired.models().stream()
                .map(it -> new Reported.Model(
                        it.name(),
                        it.version(),
                        it.release(),
                        it.manifest(),
                        state,
                        loading ? 50 : 0,
                        loading ? 100 : 0,
                        failed ? "golden-mismatch: case normal" : null,
                        state == Reported.ModelState.ACTIVE ? 12 : -1,
                        0,
                        it.assigned(),
                        failed || loading ? null : new Reported.Numbers(7, 0, 850, 45_056)))
                .toList();
        Envelope report = wire.encode(id, new Reported("test", 0, null, desired.version(), config, List.of(), models));
        client.send(report.topic(), report.payload(), true);
    }

    @Override
    public void close() {
        stopping.set(true);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
