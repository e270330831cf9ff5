package io.fulmar.cli.fleet;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rollouts for a person to read. Thread-safe. */
final class RolloutText {
    private static final int BAR = 30;

    private RolloutText() {}

    /** How many devices are how. Immutable. */
    record Counts(long pending, long assigned, long active, long failed, long returned, long skipped) {
        static Counts of(JsonTree of) {
            JsonTree devices = of.object("devices");
            return new Counts(
                    devices.number("pending", 0),
                    devices.number("assigned", 0),
                    devices.number("active", 0),
                    devices.number("failed", 0) + devices.number("timed-out", 0),
                    devices.number("returned", 0),
                    devices.number("skipped", 0));
        }

        long all() {
            return pending + assigned + active + failed + returned + skipped;
        }

        /** {@code #} has it, {@code !} failed, {@code >} was told, {@code <} returned, {@code .} is still to come. */
        String bar() {
            var bar = new StringBuilder();
            long all = Math.max(1, all());
            append(bar, active, '#', all);
            append(bar, failed, '!', all);
            append(bar, assigned, '>', all);
            append(bar, returned, '<', all);
            append(bar, skipped, '-', all);
            while (bar.length() < BAR) {
                bar.append(all() == 0 ? ' ' : '.');
            }
            return "[" + bar.substring(0, BAR) + "]";
        }

        private static void append(StringBuilder bar, long count, char sign, long all) {
            long width = count == 0 ? 0 : Math.max(1, count * BAR / all);
            bar.append(String.valueOf(sign).repeat((int) width));
        }

        String words() {
            List<String> words = new ArrayList<>();
            add(words, active, "active");
            add(words, failed, "failed");
            add(words, assigned, "on the way");
            add(words, pending, "to come");
            add(words, returned, "returned");
            add(words, skipped, "left out");
            return words.isEmpty() ? "no devices" : String.join(", ", words);
        }

        private static void add(List<String> words, long count, String what) {
            if (count > 0) {
                words.add(count + " " + what);
            }
        }
    }

    /** The rollout and its waves. */
    static List<String> lines(JsonTree rollout) {
        List<String> lines = new ArrayList<>();
        String reason = rollout.text("reason");
        lines.add(TextTable.printable(rollout.text("id") + "  " + rollout.text("name") + "  (" + rollout.text("subject")
                + what(rollout) + ")  " + String.valueOf(rollout.text("state")).toUpperCase(Locale.ROOT)
                + (reason == null ? "" : ": " + reason)));
        for (JsonTree wave : rollout.objects("waveDetails")) {
            Counts counts = Counts.of(wave);
            lines.add(String.format(
                    Locale.ROOT,
                    "  wave %d %s %s%s",
                    wave.number("wave", 0),
                    counts.bar(),
                    counts.words(),
                    wave.flag("open") ? "" : "  (not open)"));
            for (JsonTree gate : wave.objects("gates")) {
                lines.add("    gate " + TextTable.printable(gate(gate)));
            }
        }
        if ("awaiting-approval".equals(rollout.text("state"))) {
            lines.add("  it waits for you: fulmar fleet rollout approve " + rollout.text("id"));
        }
        return lines;
    }

    private static String what(JsonTree rollout) {
        JsonTree release = rollout.object("plan").object("release");
        String version = release.text("version");
        return version == null ? "" : " " + version;
    }

    private static String gate(JsonTree gate) {
        String bound = gate.has("least") ? "at least " + gate.value("least") : "at most " + gate.value("most");
        String value = gate.value("value");
        return gate.text("name") + " " + (value == null ? "not known yet" : value) + ", " + bound
                + (gate.flag("judged") ? "" : "  (too little to judge)");
    }

    static void events(JsonTree rollout, PrintWriter out) {
        out.println();
        var table = new TextTable(Set.of(4, 5), "AT", "WHO", "STATE", "WAVE", "TOLD", "TAKEN BACK", "REASON");
        for (JsonTree event : rollout.objects("events")) {
            table.add(
                    event.text("at"),
                    event.text("who"),
                    event.text("state"),
                    event.number("wave", 0),
                    event.number("told", 0),
                    event.number("takenBack", 0),
                    event.text("reason"));
        }
        table.print(out);
    }

    static void members(List<JsonTree> members, PrintWriter out) {
        var table = new TextTable(Set.of(1), "DEVICE", "WAVE", "STATE", "SINCE", "REASON");
        for (JsonTree member : members) {
            table.add(
                    member.text("device"),
                    member.number("wave", 0),
                    member.text("state"),
                    member.text("since"),
                    member.text("reason"));
        }
        table.print(out);
    }
}
