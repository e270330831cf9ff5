package io.fulmar.sync.wire;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds and reads every topic of the protocol under one prefix. No id or prefix can carry a wildcard or a further
 * level into a topic. Immutable.
 */
public final class Topics {
    /** The prefix of this version of the protocol, unless configured otherwise. */
    public static final String DEFAULT_PREFIX = "fulmar/v1";

    private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,64}(/[A-Za-z0-9._-]{1,64}){0,7}");

    private final String devices;

    /** @throws IllegalArgumentException when the prefix is empty or has anything but letters, digits, {@code . _ - /} */
    public Topics(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "a topic prefix has 1 to 8 levels of letters, digits, '.', '_' and '-', not '"
                            + WireException.shorten(prefix) + "'");
        }
        this.devices = prefix + "/d/";
    }

    /** Whether a device may be called so. */
    public static boolean isDeviceId(String device) {
        return DEVICE.matcher(device).matches();
    }

    public String status(String device) {
        return of(device, "status");
    }

    public String hello(String device) {
        return of(device, "hello");
    }

    public String up(String device, Stream stream) {
        return of(device, "up/" + stream.topicName());
    }

    public String down(String device) {
        return of(device, "down");
    }

    public String command(String device) {
        return of(device, "cmd");
    }

    public String commandResult(String device) {
        return of(device, "cmd/result");
    }

    /** The filter under which a fleet hears the status of every device. */
    public String everyStatus() {
        return devices + "+/status";
    }

    /** The filter under which a fleet hears the hello of every device. */
    public String everyHello() {
        return devices + "+/hello";
    }

    /** The filter under which a fleet hears the rows of every device. */
    public String everyUp() {
        return devices + "+/up/+";
    }

    /** What a topic is for and which device it belongs to; null when it is not one of this protocol's. */
    public @Nullable Topic parse(String topic) {
        if (!topic.startsWith(devices)) {
            return null;
        }
        int end = topic.indexOf('/', devices.length());
        if (end < 0) {
            return null;
        }
        String device = topic.substring(devices.length(), end);
        if (!isDeviceId(device)) {
            return null;
        }
        return switch (topic.substring(end + 1)) {
            case "status" -> new Topic.Status(device);
            case "hello" -> new Topic.Hello(device);
            case "up/alarm" -> new Topic.Up(device, Stream.ALARM);
            case "up/event" -> new Topic.Up(device, Stream.EVENT);
            case "up/data" -> new Topic.Up(device, Stream.DATA);
            case "down" -> new Topic.Down(device);
            case "cmd" -> new Topic.Command(device);
            case "cmd/result" -> new Topic.CommandResult(device);
            default -> null;
        };
    }

    private String of(String device, String rest) {
        if (!isDeviceId(device)) {
            throw new IllegalArgumentException("a device id has 1 to 64 letters, digits, '.', '_' and '-', not '"
                    + WireException.shorten(device) + "'");
        }
        return devices + device + "/" + rest;
    }
}
