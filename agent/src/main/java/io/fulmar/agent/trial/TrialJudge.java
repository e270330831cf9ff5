package io.fulmar.agent.trial;

import io.fulmar.agent.pipeline.Latencies;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.config.UpdateSettings;
import io.fulmar.model.drift.Distance;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Judges a release by what it does in the pipelines, against what the one before did there and what its manifest says. Immutable. */
public record TrialJudge(UpdateSettings settings, ModelManifest manifest) {

    /**
     * Judges it.
     *
     * @param before what the pipelines had done with the model before
     * @param since what they have done with this one
     * @param elapsed since it came to them
     * @param memoryBytes what its test has measured; -1 if that is not known
     */
    public Judgement judge(List<PipelineTally> before, List<PipelineTally> since, Duration elapsed, long memoryBytes) {
        Sum was = Sum.of(before);
        Sum is = Sum.of(since);
        Double shift = shift(was, is);
        Reported.Numbers numbers = new Reported.Numbers(
                is.predictions,
                is.failures,
                is.p95Micros,
                memoryBytes,
                shift == null ? -1 : shift,
                -1,
                was.p95Micros,
                -1);
        boolean timeIsOver = elapsed.compareTo(settings.trial()) >= 0;
        String hung = hung(since);
        if (hung != null) {
            return new Judgement.Failed("hung", hung, numbers);
        }
        String errors = errors(was, is, timeIsOver);
        if (errors != null) {
            return new Judgement.Failed("errors", errors, numbers);
        }
        Long budget = manifest.budgets().latencyMillis();
        if (budget != null && is.predictions >= Limits.LATENCIES_OF && is.p95Micros > budget * 1_000) {
            return new Judgement.Failed(
                    "too-slow",
                    "95 of 100 of " + is.predictions + " runs took up to " + is.p95Micros
                            + " us, and its manifest allows " + budget + " ms",
                    numbers);
        }
        if (shift != null && settings.maxLabelShift() != null && shift > settings.maxLabelShift()) {
            return new Judgement.Failed(
                    "label-shift",
                    String.format(
                            Locale.ROOT,
                            "its labels are %.2f from those before (PSI), and %.2f is allowed",
                            shift,
                            settings.maxLabelShift()),
                    numbers);
        }
        if (is.predictions == 0 && elapsed.compareTo(Limits.NO_FRAMES) >= 0) {
            return new Judgement.Failed("no-frames", "it had no frame in " + elapsed.toHours() + " hours", numbers);
        }
        boolean enough = settings.trialFrames() > 0 && is.predictions >= settings.trialFrames();
        return is.predictions > 0 && (enough || timeIsOver)
                ? new Judgement.Passed(numbers)
                : new Judgement.GoesOn(numbers);
    }

    private @Nullable String hung(List<PipelineTally> since) {
        Long budget = manifest.budgets().latencyMillis();
        Duration budgets = Duration.ofMillis(budget == null ? 0 : budget * Limits.HUNG_BUDGETS);
        Duration limit = budgets.compareTo(Limits.HUNG) > 0 ? budgets : Limits.HUNG;
        for (PipelineTally tally : since) {
            if (tally.inModel().compareTo(limit) > 0) {
                return "it does not come back in pipeline " + tally.pipeline() + " for "
                        + tally.inModel().toSeconds() + " s";
            }
        }
        return null;
    }

    private @Nullable String errors(Sum was, Sum is, boolean timeIsOver) {
        long frames = is.predictions + is.failures;
        if (frames == 0 || (frames < Limits.ERRORS_OF && !timeIsOver)) {
            return null;
        }
        double share = is.errorShare();
        return share > settings.maxErrors() && share > 2 * was.errorShare()
                ? String.format(
                        Locale.ROOT,
                        "%d of %d frames failed; before, %d of %d did",
                        is.failures,
                        frames,
                        was.failures,
                        was.predictions + was.failures)
                : null;
    }

    /** How far the labels' shares are from the reference's, or from those before; null while there are too few to say. */
    private @Nullable Double shift(Sum was, Sum is) {
        if (is.predictions < Limits.LABELS_OF) {
            return null;
        }
        ModelManifest.Reference reference = manifest.reference();
        if (reference != null) {
            return Distance.psi(reference.labels(), is.shares());
        }
        return was.predictions < Limits.LABELS_OF ? null : Distance.psi(was.shares(), is.shares());
    }

    private record Sum(long predictions, long failures, long p95Micros, Map<String, Long> labels) {
        static Sum of(List<PipelineTally> tallies) {
            Map<String, Long> labels = new TreeMap<>();
            tallies.forEach(tally -> tally.labels().forEach((label, count) -> labels.merge(label, count, Long::sum)));
            return new Sum(
                    tallies.stream().mapToLong(PipelineTally::predictions).sum(),
                    tallies.stream().mapToLong(PipelineTally::failures).sum(),
                    Latencies.sum(tallies.stream().map(PipelineTally::latencies).toList())
                            .p95Micros(),
                    labels);
        }

        double errorShare() {
            long frames = predictions + failures;
            return frames == 0 ? 0 : (double) failures / frames;
        }

        Map<String, Double> shares() {
            Map<String, Double> shares = new TreeMap<>();
            labels.forEach((label, count) -> shares.put(label, (double) count / Math.max(1, predictions)));
            return shares;
        }
    }
}
