package io.fulmar.sync.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a device is told to do. At most one effect an id; a repeat gets the same answer.
 *
 * @param id chosen by the one who asks, new for everything new
 * @param type dotted lower-case words, for example {@code pipeline.pause}
 * @param args what JSON can say, by name
 * @param notBeforeMillis when it may be carried out at the earliest, by the wall clock; null for at once
 * @param expiresMillis when it must not be carried out any more; null for never, which only a reading command may say
 * @param device the only device that it is for; null where the topic alone tells
 * @param group the only group that it is for; null where the topic alone tells
 *     <p>Immutable.
 */
public record Command(
        String id,
        String type,
        Map<String, @Nullable Object> args,
        @Nullable Long notBeforeMillis,
        @Nullable Long expiresMillis,
        @Nullable String device,
        @Nullable String group) {

    // not a compact constructor, since of one the compiler forgets that values may be null
    public Command(
            String id,
            String type,
            Map<String, @Nullable Object> args,
            @Nullable Long notBeforeMillis,
            @Nullable Long expiresMillis,
            @Nullable String device,
            @Nullable String group) {
        this.id = id;
        this.type = type;
        this.args = Collections.unmodifiableMap(new LinkedHashMap<>(args));
        this.notBeforeMillis = notBeforeMillis;
        this.expiresMillis = expiresMillis;
        this.device = device;
        this.group = group;
    }
}
