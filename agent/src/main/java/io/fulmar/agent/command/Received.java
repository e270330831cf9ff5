package io.fulmar.agent.command;

import io.fulmar.sync.wire.Topic;
import org.jspecify.annotations.Nullable;

/**
 * A command as it came in.
 *
 * @param payload null where it is too large to be looked at
 * @param size of the payload in bytes
 *     <p>Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
record Received(
        Topic topic,
        byte @Nullable [] payload,
        int size,
        @Nullable String responseTopic,
        byte @Nullable [] correlation) {}
