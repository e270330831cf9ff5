package io.fulmar.sync.wire;

import java.util.Locale;

/**
 * One of the three ordered sequences of rows that a device sends. Declared in order of urgency: an alarm overtakes a
 * backlog of data, and when the store is full data is given up before alarms. Immutable.
 */
public enum Stream {
    ALARM(1),
    EVENT(2),
    DATA(3);

    private final int number;

    Stream(int number) {
        this.number = number;
    }

    /** The number that the hash chain and the database know this stream by. */
    public int number() {
        return number;
    }

    /** The stream with that number. */
    public static Stream of(int number) {
        for (Stream stream : values()) {
            if (stream.number == number) {
                return stream;
            }
        }
        throw new WireException("no such stream: " + number);
    }

    /** The last level of the topic that carries this stream. */
    public String topicName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The stream of that topic level. */
    public static Stream ofTopicName(String name) {
        return switch (name) {
            case "alarm" -> ALARM;
            case "event" -> EVENT;
            case "data" -> DATA;
            default -> throw new WireException("no such stream: '" + WireException.shorten(name) + "'");
        };
    }
}
