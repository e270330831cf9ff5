package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.Topics;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import tools.jackson.core.JsonGenerator;

/** Checks whom a command line is about, before anything is sent. Thread-safe. */
final class TargetOptions {
    private TargetOptions() {}

    static void requireName(CommandSpec spec, String what, String name) {
        if (!Topics.isDeviceId(name)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'" + printable(name) + "' is no " + what + ": 1 to 64 letters, digits, '.', '_' and '-'");
        }
    }

    /** A name that nobody has is nearly always a slip, and the answer would never come. */
    static void requireKnown(FleetQueries queries, String device) {
        if (queries.knows(device)) {
            return;
        }
        String near = nearest(device, queries.names());
        throw new FleetException(
                Category.PERMANENT,
                "this fleet has never heard of a device '" + device + "'",
                near == null
                        ? "'fulmar fleet devices' lists those that it knows"
                        : "did you mean '" + near + "'? 'fulmar fleet devices' lists those that it knows");
    }

    /** The devices of a group. */
    static List<String> members(FleetQueries queries, String group) {
        List<String> members = queries.members(group);
        if (members.isEmpty()) {
            throw new FleetException(
                    Category.PERMANENT,
                    "no device has said that it is of the group '" + group + "'",
                    "a device is of a group by its configuration: [device] groups = [\"" + group + "\"]");
        }
        return members;
    }

    private static @Nullable String nearest(String given, List<String> names) {
        String best = null;
        int least = Math.max(1, given.length() / 3) + 1;
        for (String name : names) {
            int edits = edits(given.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (edits < least) {
                best = name;
                least = edits;
            }
        }
        return best;
    }

    /** Insertions, deletions and substitutions that turn one into the other. */
    private static int edits(String from, String to) {
        int[] before = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] now = new int[to.length() + 1];
            now[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int substitution = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                now[j] = Math.min(Math.min(now[j - 1], before[j]) + 1, before[j - 1] + substitution);
            }
            before = now;
        }
        return before[to.length()];
    }

    /** The devices that a request to the API is about: one, those of a group, or without both all. */
    static void write(JsonGenerator json, @Nullable String device, @Nullable String group) {
        if (device != null) {
            json.writeStringProperty("device", device);
        } else if (group != null) {
            json.writeStringProperty("group", group);
        } else {
            json.writeBooleanProperty("all", true);
        }
    }

    /** What somebody typed, made fit for one line. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
