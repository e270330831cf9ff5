package io.fulmar.agent.command;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.Worker;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out commands, one after the other, each at most once, and answers each.
 *
 * <p>A command is judged, its beginning is flushed to the journal if it changes anything, it is carried out, its end is
 * flushed, and its answer is published and recorded. What is found begun and not ended at the start was cut off; it is
 * answered <em>unknown</em> and never repeated. Owned by the command thread, except {@link #offer} and {@link #committed},
 * which are thread-safe.
 */
public final class CommandDispatcher implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("command");
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Surroundings around;
    private final CommandTable table;
    private final CommandQueue queue;
    private final TokenBucket bucket = new TokenBucket(Limits.BURST, Limits.REFILL_NANOS);
    private final Journal journal;
    private final Remembered remembered = new Remembered();
    private final Judge judge;
    private final AnswerPost post;
    private final Queue<CommandResult> committed = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> recordedAtNanos = new HashMap<>();
    private boolean started;
    private long maintainedAtNanos;

    /**
     * What commands have to do with.
     *
     * @param groups that the device is in now
     * @param topics as they are now
     * @param link publishes; thread-safe, never blocks
     * @param clock the best estimate of the time, in milliseconds since 1970
     */
    public record Surroundings(
            String device,
            Supplier<List<String>> groups,
            Supplier<Topics> topics,
            Function<OutboundMessage, PublishOutcome> link,
            Recorder recorder,
            Stamper stamper,
            LongSupplier clock,
            Counters counters,
            FaultLog faults) {}

    /**
     * A dispatcher with its journal in that folder.
     *
     * @param doorbell of the thread that it is going to run on
     */
    public CommandDispatcher(
            Surroundings around, CommandTable table, Authorisation authorisation, Path dir, Doorbell doorbell) {
        this.around = around;
        this.table = table;
        this.queue = new CommandQueue(around.counters(), doorbell);
        this.journal = Journal.open(dir, around.clock().getAsLong());
        this.judge =
                new Judge(around.device(), around.groups(), around.topics(), table, authorisation, journal, remembered);
        this.post = new AnswerPost(around.link(), around.counters());
        if (journal.damage() != null) {
            around.faults().record("command", "the journal is damaged: " + journal.damage(), null);
        }
    }

    /** Takes a command that came in on that topic. Never blocks. */
    public void offer(Topic topic, InboundMessage message) {
        queue.offer(topic, message);
    }

    /** That answer has its row. */
    public void committed(CommandResult row) {
        committed.add(row);
    }

    @Override
    public int work(long nowNanos) {
        int done = settleRows() + post.work(nowNanos) + maintain(nowNanos);
        for (CommandHandler handler : table.handlers()) {
            done += handler.work(nowNanos);
        }
        Received next = queue.poll();
        if (next == null) {
            return done;
        }
        handle(next, nowNanos);
        return done + 1;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return post.isEmpty() ? IDLE_NANOS : Limits.BUSY_NANOS;
    }

    // ---- one command

    private void handle(Received received, long nowNanos) {
        around.counters().count(Counter.COMMANDS);
        boolean tooOften = !bucket.take(nowNanos);
        long nowMillis = around.clock().getAsLong();
        ReplyTo to = replyTo(received);
        switch (judge.judge(received, tooOften, nowMillis)) {
            case Judgement.Repeated repeated -> {
                around.counters().count(Counter.COMMANDS_REPEATED);
                post.send(repeated.answer(), to, nowNanos);
            }
            case Judgement.Refused refused -> refuse(refused, to, !tooOften, nowMillis, nowNanos);
            case Judgement.Accepted accepted -> carryOut(accepted, to, nowMillis, nowNanos);
        }
    }

    private ReplyTo replyTo(Received received) {
        Topics topics = around.topics().get();
        String topic = received.responseTopic();
        return topic != null && ReplyTo.isAllowed(topics, around.device(), topic)
                ? new ReplyTo(topic, received.correlation())
                : ReplyTo.usual(topics, around.device(), received.correlation());
    }

    private void refuse(Judgement.Refused refused, ReplyTo to, boolean withRow, long nowMillis, long nowNanos) {
        around.counters().count(refused.refusal().counter());
        around.faults().record("command", "refused: " + refused.refusal().because("see its answer"), null);
        CommandAnswer answer = new CommandAnswer(
                refused.id(),
                refused.type(),
                Outcome.REFUSED,
                shortened(refused.refusal().because(refused.details())),
                null,
                around.device(),
                nowMillis);
        post.send(answer, to, nowNanos);
        if (withRow && refused.id() != null && refused.type() != null && !judge.isKnown(refused.id())) {
            record(answer);
        }
    }

    private void carryOut(Judgement.Accepted accepted, ReplyTo to, long nowMillis, long nowNanos) {
        String id = accepted.command().id();
        String type = accepted.command().type();
        if (accepted.changing()) {
            long expires = Objects.requireNonNull(accepted.command().expiresMillis());
            switch (journal.begin(id, type, expires, accepted.digest(), nowMillis)) {
                case Journal.Beginning.Begun _ -> {}
                case Journal.Beginning.Refused refused -> {
                    refuse(
                            new Judgement.Refused(id, type, refused.refusal(), refused.reason()),
                            to,
                            true,
                            nowMillis,
                            nowNanos);
                    return;
                }
            }
        }
        CommandOutcome outcome = outcome(accepted.effect());
        CommandAnswer answer = answer(id, type, outcome, accepted.changing());
        count(answer);
        if (accepted.changing()) {
            journal.finish(id, answer);
            recordedAtNanos.put(id, nowNanos);
            LOG.info("{} {}: {}", type, id, said(answer));
        } else {
            remembered.keep(id, accepted.digest(), answer);
        }
        record(answer);
        post.send(answer, to, nowNanos);
        if (outcome instanceof CommandOutcome.Done done) {
            done.afterwards().run();
        }
    }

    /** What a stranger can cause must not end the process: what goes wrong here is told him. */
    @SuppressWarnings("IllegalCatch")
    private CommandOutcome outcome(CommandHandler.Effect effect) {
        try {
            return effect.carryOut();
        } catch (ModelException e) {
            return new CommandOutcome.Failed(e.getMessage() + " | " + e.hint());
        } catch (RuntimeException e) {
            LOG.error("a command failed for a reason that nobody foresaw", e);
            around.faults().record("command", "unforeseen: " + e, null);
            return new CommandOutcome.Failed("unforeseen: " + e);
        }
    }

    private CommandAnswer answer(String id, String type, CommandOutcome outcome, boolean changing) {
        Outcome word = Outcome.DONE;
        String reason = null;
        String result = null;
        switch (outcome) {
            case CommandOutcome.Done done -> {
                int most = changing ? Limits.CHANGING_RESULT_BYTES : Limits.RESULT_BYTES;
                int size = done.result() == null ? 0 : done.result().getBytes(StandardCharsets.UTF_8).length;
                if (size <= most) {
                    result = done.result();
                } else {
                    reason = "its result is left out: " + size + " bytes, at most " + most + " are told";
                    word = changing ? Outcome.DONE : Outcome.FAILED;
                }
            }
            case CommandOutcome.Failed failed -> {
                word = Outcome.FAILED;
                reason = failed.reason();
            }
            case CommandOutcome.Refused refused -> {
                word = Outcome.REFUSED;
                reason = Refusal.STATE.because(refused.reason());
            }
            case CommandOutcome.Unknown unknown -> {
                word = Outcome.UNKNOWN;
                reason = unknown.reason();
            }
        }
        return new CommandAnswer(
                id,
                type,
                word,
                reason == null ? null : shortened(reason),
                result,
                around.device(),
                around.clock().getAsLong());
    }

    private void count(CommandAnswer answer) {
        around.counters()
                .count(
                        switch (answer.outcome()) {
                            case DONE -> Counter.COMMANDS_DONE;
                            case FAILED -> Counter.COMMANDS_FAILED;
                            case REFUSED -> Counter.COMMANDS_REFUSED_STATE;
                            case UNKNOWN -> Counter.COMMANDS_UNKNOWN;
                        });
    }

    private static String said(CommandAnswer answer) {
        return answer.outcome().text() + (answer.reason() == null ? "" : ": " + answer.reason());
    }

    private static String shortened(String reason) {
        return reason.length() <= Limits.REASON_CHARS ? reason : reason.substring(0, Limits.REASON_CHARS) + "…";
    }

    // ---- rows

    private void record(CommandAnswer answer) {
        around.recorder().record(Stream.EVENT, CommandResult.of(around.stamper().now(), answer));
    }

    private int settleRows() {
        int settled = 0;
        for (CommandResult row = committed.poll(); row != null; row = committed.poll()) {
            Journal.Entry entry = journal.find(row.command());
            if (entry != null && entry.answer() != null && entry.answer().outcome() == row.outcome()) {
                journal.recorded(row.command());
                recordedAtNanos.remove(row.command());
            }
            settled++;
        }
        return settled;
    }

    private int maintain(long nowNanos) {
        if (started && nowNanos - maintainedAtNanos < Limits.MAINTAIN_EVERY.toNanos()) {
            return 0;
        }
        maintainedAtNanos = nowNanos;
        started = true;
        journal.maintain(around.clock().getAsLong());
        return endWhatWasCutOff(nowNanos) + recordAgain(nowNanos);
    }

    /** What the last process began and did not end: nobody knows whether it had its effect, so nobody repeats it. */
    private int endWhatWasCutOff(long nowNanos) {
        int cutOff = 0;
        for (Journal.Entry entry : journal.entries()) {
            if (entry.answer() == null) {
                CommandAnswer unknown = answer(
                        entry.id(),
                        entry.type(),
                        new CommandOutcome.Unknown("the agent ended while it was carried out"),
                        true);
                count(unknown);
                journal.finish(entry.id(), unknown);
                LOG.warn("{} {}: {}", entry.type(), entry.id(), said(unknown));
                post.send(unknown, ReplyTo.usual(around.topics().get(), around.device(), null), nowNanos);
                cutOff++;
            }
        }
        return cutOff;
    }

    /** Answers that have no row yet, since the store refused it or the process ended before. */
    private int recordAgain(long nowNanos) {
        recordedAtNanos.keySet().removeIf(id -> journal.find(id) == null);
        int again = 0;
        for (Journal.Entry entry : journal.entries()) {
            @Nullable Long at = recordedAtNanos.get(entry.id());
            if (entry.answer() != null
                    && !entry.recorded()
                    && (at == null || nowNanos - at >= Limits.RECORD_AGAIN.toNanos())) {
                recordedAtNanos.put(entry.id(), nowNanos);
                record(entry.answer());
                again++;
            }
        }
        return again;
    }

    @Override
    public void close() {
        settleRows();
        table.handlers().forEach(CommandHandler::close);
        journal.close();
    }
}
