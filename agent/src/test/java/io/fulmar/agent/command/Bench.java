package io.fulmar.agent.command;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A dispatcher on a bench: stepped by hand, on a clock of the test's, with a journal on a real disk. */
final class Bench implements AutoCloseable {
    static final String DEVICE = "pump-7";
    static final long START = 1_795_000_000_000L;
    static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);

    final List<String> effects;
    private final Runnable seam;
    final List<OutboundMessage> published = new ArrayList<>();
    final List<CommandResult> rows = new ArrayList<>();
    final Counters counters = new Counters();
    final FaultLog faults = new FaultLog(java.time.Instant::now);
    PublishOutcome link = PublishOutcome.ACCEPTED;
    boolean store = true;
    long nowMillis = START;
    long nowNanos;
    private int committed;
    private final CommandDispatcher dispatcher;

    Bench(Path dir) {
        this(dir, new ArrayList<>(), START, Authorisation.by(null));
    }

    Bench(Path dir, List<String> effects, long nowMillis, Authorisation authorisation) {
        this(dir, effects, nowMillis, authorisation, () -> {});
    }

    /** @param seam called wherever the dispatcher touches the world, before and after */
    Bench(Path dir, List<String> effects, long nowMillis, Authorisation authorisation, Runnable seam) {
        this.seam = seam;
        this.effects = effects;
        this.nowMillis = nowMillis;
        this.dispatcher = new CommandDispatcher(
                new CommandDispatcher.Surroundings(
                        DEVICE,
                        () -> List.of("pumps"),
                        () -> TOPICS,
                        this::publish,
                        (stream, record) -> {
                            seam.run();
                            rows.add((CommandResult) record);
                            seam.run();
                        },
                        () -> new Stamp(this.nowMillis, 0, 1),
                        () -> {
                            seam.run();
                            return this.nowMillis;
                        },
                        counters,
                        faults),
                table(),
                authorisation,
                dir,
                new Doorbell());
    }

    private CommandTable table() {
        return CommandTable.builder()
                .reading("ping", args -> () -> {
                    effects.add("ping");
                    return CommandOutcome.done(Map.of("n", effects.size()));
                })
                .reading("large", args -> {
                    int bytes = args.wholeNumber("bytes", 0, 100_000, 0);
                    return () -> CommandOutcome.done("{\"x\":\"" + "a".repeat(bytes) + "\"}");
                })
                .changing("set", args -> {
                    String what = args.text("what");
                    return () -> {
                        seam.run();
                        effects.add(what);
                        seam.run();
                        return CommandOutcome.done(Map.of("n", effects.size()));
                    };
                })
                .changing("fail", args -> () -> new CommandOutcome.Failed("no luck"))
                .changing("bug", args -> () -> {
                    throw new IllegalStateException("a bug");
                })
                .changing("die", args -> () -> {
                    effects.add("die");
                    throw new Killed();
                })
                .build();
    }

    /** What SIGKILL looks like from inside: nothing catches it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private PublishOutcome publish(OutboundMessage message) {
        seam.run();
        if (link == PublishOutcome.ACCEPTED) {
            published.add(message);
        }
        return link;
    }

    // ---- send

    static Command reading(String id) {
        return new Command(id, "ping", Map.of(), null, null, null, null);
    }

    Command set(String id, String what) {
        return new Command(id, "set", Map.of("what", what), null, nowMillis + 60_000, null, null);
    }

    void send(Command command) {
        send(Commands.encode(command));
    }

    void send(byte[] payload) {
        send(TOPICS.command(DEVICE), payload, null);
    }

    void send(String topic, byte[] payload, @Nullable String responseTopic) {
        offer(topic, payload, responseTopic);
        work();
    }

    void offer(String topic, byte[] payload, @Nullable String responseTopic) {
        Topic parsed = Objects.requireNonNull(TOPICS.parse(topic));
        dispatcher.offer(
                parsed, new InboundMessage(topic, payload, null, Map.of(), responseTopic, new byte[] {1, 2}, false));
    }

    /** Works until there is nothing left to do, with enough time for the next command to be allowed. */
    void work() {
        nowNanos += 1_000_000_000L;
        workNow();
    }

    /** Works until there is nothing left to do, in no time. */
    void workNow() {
        while (dispatcher.work(nowNanos) > 0) {
            while (store && committed < rows.size()) {
                seam.run();
                dispatcher.committed(rows.get(committed++));
                seam.run();
            }
        }
    }

    // ---- look

    CommandAnswer answer() {
        return answer(published.size() - 1);
    }

    CommandAnswer answer(int index) {
        return Commands.decodeAnswer(published.get(index).payload());
    }

    String lastText() {
        return new String(published.getLast().payload(), StandardCharsets.UTF_8);
    }

    /** Those rows that would survive the process. */
    List<CommandResult> committedRows() {
        return rows.subList(0, committed);
    }

    /** Forgets what came out so far, in a test that runs for long. */
    void forget() {
        published.clear();
        rows.clear();
        committed = 0;
    }

    long count(Counter counter) {
        return counters.get(counter);
    }

    @Override
    public void close() {
        dispatcher.close();
    }
}
