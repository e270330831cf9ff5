package io.fulmar.cli.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a person sees of a demo: a table that redraws itself in a terminal, or a line every few seconds. Owned by one thread. */
final class DemoView {
    private static final Duration LINE_EVERY = Duration.ofSeconds(5);

    private final PrintWriter out;
    private final boolean live;
    private int drawn;
    private Duration nextLine = Duration.ZERO;

    /** What is shown of one device. Immutable. */
    record Row(
            String device,
            String state,
            double perSecond,
            String label,
            long recorded,
            long buffered,
            long delivered) {}

    DemoView(PrintWriter out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** Something that happened, on a line that stays. */
    void event(Duration at, String text) {
        clear();
        out.printf(Locale.ROOT, "%6.1f s  %s%n", at.toMillis() / 1000.0, text);
        out.flush();
    }

    /** The state of all devices now. */
    void show(Duration at, Duration of, List<Row> rows) {
        if (live) {
            table(at, of, rows);
        } else if (at.compareTo(nextLine) >= 0) {
            nextLine = at.plus(LINE_EVERY);
            long recorded = rows.stream().mapToLong(Row::recorded).sum();
            long buffered = rows.stream().mapToLong(Row::buffered).sum();
            long delivered = rows.stream().mapToLong(Row::delivered).sum();
            double rate = rows.stream().mapToDouble(Row::perSecond).sum();
            event(
                    at,
                    String.format(
                            Locale.ROOT,
                            "%.0f predictions/s, recorded %d, buffered %d, acknowledged %d",
                            rate,
                            recorded,
                            buffered,
                            delivered));
        }
    }

    /** The end: what was proved. */
    void verdict(DemoReport report) {
        clear();
        Proof.Verdict verdict = report.verdict();
        out.println();
        out.printf(
                "%d %s, %d s%n",
                report.devices(),
                report.devices() == 1 ? "device" : "devices",
                report.duration().toSeconds());
        out.printf("  recorded (receipts)   %,10d%n", verdict.recorded());
        out.printf("  in the fleet          %,10d%n", verdict.delivered());
        out.printf("  still buffered        %,10d%n", verdict.buffered());
        out.printf("  given up, declared    %,10d%n", verdict.gaps());
        out.printf("  lost                  %,10d%n", verdict.lost());
        out.printf("  duplicated            %,10d%n", verdict.duplicated());
        out.printf("  altered               %,10d%n", verdict.altered());
        out.printf(
                "  inference             %d us (p50), %d us (p99)%n",
                verdict.inferenceMicros().p50(), verdict.inferenceMicros().p99());
        out.printf(
                "  record to acknowledge %d ms (p50), %d ms (p99; the cut and the kill are in it)%n",
                verdict.recordToAckMillis().p50(), verdict.recordToAckMillis().p99());
        out.printf(Locale.ROOT, "  on the wire           %.1f bytes a prediction%n", report.bytesPerPrediction());
        verdict.missing().forEach(receipt -> out.println("  missing: " + receipt));
        long active = report.updates().stream()
                .filter(update -> update.result() == DemoReleases.End.ACTIVE)
                .count();
        long swap = report.updates().stream()
                .mapToLong(DemoUpdates.Outcome::swapMillis)
                .max()
                .orElse(-1);
        long dropped = report.updates().stream()
                .mapToLong(update -> Math.max(0, update.framesDropped()))
                .sum();
        out.printf(
                "  updates               %d of %d: %d active, %d undone; swapped in %d ms at most, %d frames dropped%n",
                report.updates().size(),
                report.updatesDue(),
                active,
                report.updates().size() - active,
                swap,
                dropped);
        report.rollouts()
                .forEach(rollout -> out.printf(
                        "  rollout               %s: %s%s; active of the devices in its waves: %s; told after a halt: %d%n",
                        rollout.name(),
                        rollout.state(),
                        rollout.stoppedBy().isEmpty() ? "" : " by gate " + rollout.stoppedBy(),
                        rollout.waves().stream()
                                .map(wave -> wave.active() + " of " + wave.devices())
                                .collect(Collectors.joining(", ")),
                        rollout.assignedAfterHalt()));
        out.println(verdict.holds() ? "Nothing was lost, nothing came twice." : "THE PROOF FAILED.");
        out.println(
                report.updatesHold()
                        ? "Every device took the better model; the bad ones were undone by themselves."
                        : "THE UPDATES DID NOT END AS THEY MUST.");
        out.println(
                report.rolloutsHold()
                        ? "The release that behaves badly was stopped at the first device."
                        : "THE ROLLOUTS DID NOT END AS THEY MUST.");
        out.flush();
    }

    private void table(Duration at, Duration of, List<Row> rows) {
        clear();
        out.printf(Locale.ROOT, "%.0f s of %d s%n", at.toMillis() / 1000.0, of.toSeconds());
        out.printf(
                "%-12s %-10s %8s  %-16s %10s %10s %12s%n",
                "device", "state", "per s", "label", "recorded", "buffered", "acknowledged");
        for (Row row : rows) {
            out.printf(
                    Locale.ROOT,
                    "%-12s %-10s %8.1f  %-16s %10d %10d %12d%n",
                    row.device(),
                    row.state(),
                    row.perSecond(),
                    row.label(),
                    row.recorded(),
                    row.buffered(),
                    row.delivered());
        }
        drawn = rows.size() + 2;
        out.flush();
    }

    /** Takes the table off the terminal, so that what comes next stands in its place. */
    private void clear() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "A\u001b[J");
            drawn = 0;
        }
    }
}
