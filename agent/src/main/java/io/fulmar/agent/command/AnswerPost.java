package io.fulmar.agent.command;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.Commands;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Publishes answers, and waits a while with those that the connection has no room for. What cannot be published is given
 * up and counted: the answer's row is what is certain to arrive. Owned by the command thread.
 */
final class AnswerPost {
    private final Function<OutboundMessage, PublishOutcome> link;
    private final Counters counters;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long waitingBytes;

    private record Waiting(CommandAnswer answer, ReplyTo to, int size, long sinceNanos) {}

    AnswerPost(Function<OutboundMessage, PublishOutcome> link, Counters counters) {
        this.link = link;
        this.counters = counters;
    }

    void send(CommandAnswer answer, ReplyTo to, long nowNanos) {
        int size = answer.result() == null ? 0 : answer.result().length();
        if (waiting.size() >= Limits.ANSWERS_WAITING || waitingBytes + size > Limits.ANSWERS_WAITING_BYTES) {
            counters.count(Counter.ANSWERS_UNPUBLISHED);
            return;
        }
        waiting.add(new Waiting(answer, to, size, nowNanos));
        waitingBytes += size;
        work(nowNanos);
    }

    /** Sends what there is room for; returns how many answers were settled. */
    int work(long nowNanos) {
        int settled = 0;
        for (Waiting next = waiting.peek(); next != null && isSettled(next, nowNanos); next = waiting.peek()) {
            waiting.remove();
            waitingBytes -= next.size();
            settled++;
        }
        return settled;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    private boolean isSettled(Waiting next, long nowNanos) {
        switch (link.apply(next.to().message(Commands.encode(next.answer())))) {
            case ACCEPTED -> {
                return true;
            }
            case BUSY -> {
                if (nowNanos - next.sinceNanos() < Limits.ANSWER_PATIENCE.toNanos()) {
                    return false;
                }
                counters.count(Counter.ANSWERS_UNPUBLISHED);
            }
            case OFFLINE -> counters.count(Counter.ANSWERS_UNPUBLISHED);
            case TOO_LARGE -> withoutResult(next);
        }
        return true;
    }

    /** Says at least that the result is too large for this broker. */
    private void withoutResult(Waiting large) {
        CommandAnswer answer = large.answer();
        String reason = "the broker does not take a result of " + large.size() + " bytes";
        PublishOutcome outcome = link.apply(large.to()
                .message(Commands.encode(new CommandAnswer(
                        answer.id(),
                        answer.type(),
                        answer.outcome(),
                        joined(answer.reason(), reason),
                        null,
                        answer.device(),
                        answer.nowMillis()))));
        if (outcome != PublishOutcome.ACCEPTED) {
            counters.count(Counter.ANSWERS_UNPUBLISHED);
        }
    }

    private static String joined(@Nullable String reason, String more) {
        return reason == null ? more : reason + "; " + more;
    }
}
