package io.fulmar.agent.command;

import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where an answer goes. Immutable. */
@SuppressWarnings("ArrayRecordComponent") // handed on, compared nowhere
record ReplyTo(String topic, byte @Nullable [] correlation) {
    /** An answer is told from other messages of the link by nobody: its row is what counts. */
    private static final long NO_TOKEN = 0;

    /** Where the device answers unless it was asked to answer elsewhere. */
    static ReplyTo usual(Topics topics, String device, byte @Nullable [] correlation) {
        return new ReplyTo(topics.commandResult(device), correlation);
    }

    /**
     * Whether the device may be asked to answer there: under the protocol's prefix only on its own topics for answers, so
     * that nobody speaks through it; elsewhere on any topic that one can publish to, but none of the broker's own.
     */
    static boolean isAllowed(Topics topics, String device, String topic) {
        if (topic.isEmpty() || topic.length() > Limits.TOPIC_CHARS || topic.startsWith("$")) {
            return false;
        }
        if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0 || topic.indexOf('\0') >= 0) {
            return false;
        }
        if (!topics.covers(topic)) {
            return true;
        }
        return topics.parse(topic) instanceof Topic.CommandResult result
                && result.device().equals(device);
    }

    OutboundMessage message(byte[] answer) {
        return OutboundMessage.of(topic, answer, 1, false, NO_TOKEN)
                .describedAs(Envelope.JSON, Map.of())
                .answering(correlation);
    }
}
