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

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,64}(/[A-Za-z0-9._-]{1,64}){0,7}");

    private final String root;
    private final String devices;
    private final String groups;
    private final String blobs;

    /** @throws IllegalArgumentException when the prefix is empty or has anything but letters, digits, {@code . _ - /} */
    public Topics(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "a topic prefix has 1 to 8 levels of letters, digits, '.', '_' and '-', not '"
                            + WireException.shorten(prefix) + "'");
        }
        this.root = prefix + "/";
        this.devices = root + "d/";
        this.groups = root + "g/";
        this.blobs = root + "b/";
    }

    /** Whether a device may be called so. */
    public static boolean isDeviceId(String device) {
        return ID.matcher(device).matches();
    }

    /** Whether a group of devices may be called so. */
    public static boolean isGroupId(String group) {
        return ID.matcher(group).matches();
    }

    /** Whether it is a SHA-256 in 64 lower-case hex digits. */
    public static boolean isDigest(String digest) {
        return DIGEST.matcher(digest).matches();
    }

    /** Whether the topic lies under this protocol's prefix, known or not. */
    public boolean covers(String topic) {
        return topic.startsWith(root);
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

    /** What every member of the group is told to do. */
    public String groupCommand(String group) {
        if (!isGroupId(group)) {
            throw new IllegalArgumentException("a group has 1 to 64 letters, digits, '.', '_' and '-', not '"
                    + WireException.shorten(group) + "'");
        }
        return groups + group + "/cmd";
    }

    public String commandResult(String device) {
        return of(device, "cmd/result");
    }

    /** Where one who asked hears the answers to him alone: a level below {@link #commandResult(String)}. */
    public String commandResult(String device, String asker) {
        if (!ID.matcher(asker).matches()) {
            throw new IllegalArgumentException("an asker has 1 to 64 letters, digits, '.', '_' and '-', not '"
                    + WireException.shorten(asker) + "'");
        }
        return of(device, "cmd/result/" + asker);
    }

    /** The retained state that the fleet wants. */
    public String desired(String device) {
        return of(device, "desired");
    }

    /** The retained state that is. */
    public String reported(String device) {
        return of(device, "reported");
    }

    /** The retained trust roots, for every device. */
    public String trust() {
        return root + "trust";
    }

    /** Where a device asks for pieces of blobs. */
    public String blobGet(String device) {
        return of(device, "get");
    }

    /** Where one device hears pieces of a blob. */
    public String deviceBlob(String device, String digest) {
        return of(device, "blob/" + requireDigest(digest));
    }

    /** The filter under which a device hears all pieces of blobs that are for it alone. */
    public String everyDeviceBlob(String device) {
        return of(device, "blob/+");
    }

    /** Where every device that listens hears pieces of a blob. */
    public String sharedBlob(String digest) {
        return blobs + requireDigest(digest);
    }

    /** The filter under which a fleet hears every request for a blob. */
    public String everyBlobGet() {
        return devices + "+/get";
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

    /** The filter under which a fleet hears every command to one device. */
    public String everyCommand() {
        return devices + "+/cmd";
    }

    /** The filter under which a fleet hears every command to a group. */
    public String everyGroupCommand() {
        return groups + "+/cmd";
    }

    /** The filter under which one hears every answer that nobody asked for on a topic of his own. */
    public String everyCommandResult() {
        return devices + "+/cmd/result";
    }

    /** The filter under which a fleet hears the desired state of every device. */
    public String everyDesired() {
        return devices + "+/desired";
    }

    /** The filter under which a fleet hears the reported state of every device. */
    public String everyReported() {
        return devices + "+/reported";
    }

    /** What a topic is for and which device or group it belongs to; null when it is not one of this protocol's. */
    public @Nullable Topic parse(String topic) {
        if (topic.equals(trust())) {
            return new Topic.Trust();
        }
        if (topic.startsWith(groups)) {
            return groupTopic(topic);
        }
        if (topic.startsWith(blobs)) {
            String digest = topic.substring(blobs.length());
            return isDigest(digest) ? new Topic.SharedBlob(digest) : null;
        }
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
        String rest = topic.substring(end + 1);
        return switch (rest) {
            case "status" -> new Topic.Status(device);
            case "hello" -> new Topic.Hello(device);
            case "up/alarm" -> new Topic.Up(device, Stream.ALARM);
            case "up/event" -> new Topic.Up(device, Stream.EVENT);
            case "up/data" -> new Topic.Up(device, Stream.DATA);
            case "down" -> new Topic.Down(device);
            case "cmd" -> new Topic.Command(device);
            case "cmd/result" -> new Topic.CommandResult(device);
            case "desired" -> new Topic.Desired(device);
            case "reported" -> new Topic.Reported(device);
            case "get" -> new Topic.BlobGet(device);
            default -> below(device, rest);
        };
    }

    private static @Nullable Topic below(String device, String rest) {
        String ownBlobs = "blob/";
        if (rest.startsWith(ownBlobs)) {
            String digest = rest.substring(ownBlobs.length());
            return isDigest(digest) ? new Topic.DeviceBlob(device, digest) : null;
        }
        return isAnswer(rest) ? new Topic.CommandResult(device) : null;
    }

    private @Nullable Topic groupTopic(String topic) {
        int end = topic.indexOf('/', groups.length());
        if (end < 0 || !topic.substring(end).equals("/cmd")) {
            return null;
        }
        String group = topic.substring(groups.length(), end);
        return isGroupId(group) ? new Topic.GroupCommand(group) : null;
    }

    private static boolean isAnswer(String rest) {
        String answers = "cmd/result/";
        return rest.startsWith(answers)
                && ID.matcher(rest.substring(answers.length())).matches();
    }

    private static String requireDigest(String digest) {
        if (!isDigest(digest)) {
            throw new IllegalArgumentException(
                    "a digest has 64 lower-case hex digits, not '" + WireException.shorten(digest) + "'");
        }
        return digest;
    }

    private String of(String device, String rest) {
        if (!isDeviceId(device)) {
            throw new IllegalArgumentException("a device id has 1 to 64 letters, digits, '.', '_' and '-', not '"
                    + WireException.shorten(device) + "'");
        }
        return devices + device + "/" + rest;
    }
}
