package io.fulmar.agent.drift;

import io.fulmar.config.DriftSettings;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.Histogram;
import io.fulmar.sync.wire.ModelStatistics.Distribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a model sees and says, and measures window by window how far that is from its reference: labels, confidence
 * or outputs, and inputs. What has no reference gets one of the first predictions. Owned by the pipeline's thread.
 */
public final class DriftMonitor {
    private final DriftSettings settings;
    private final Summary inputs;
    private final @Nullable Summary outputs;
    private final float[] values;
    private final @Nullable LabelTrack labels;
    private final List<NumberTrack> numbers = new ArrayList<>();
    private final List<Track> all = new ArrayList<>();
    private boolean learning;
    private long seen;
    private int learnt;
    private int inWindow;
    private long reported;
    private boolean drifting;
    private long begunNanos;
    private long reportNanos;
    private String reason = "";

    /** What has come of a prediction. */
    public enum Change {
        /** One more is counted. */
        COUNTED,
        /** There is a reference now. */
        LEARNED,
        /** A window was measured. */
        MEASURED,
        /** The same, and what was counted is to be recorded. */
        REPORT,
        /** A window was measured, and it is drift. */
        BEGAN,
        /** It is drift no more. */
        ENDED
    }

    /**
     * Watches a model.
     *
     * @param inputs numbers that it is given
     * @param outputs numbers that it gives; 0 where it names a class
     * @param given the reference that the model brings
     * @param kept the one that was made of earlier predictions
     */
    public DriftMonitor(DriftSettings settings, int inputs, int outputs, Baseline given, Baseline kept, long nowNanos) {
        this.settings = settings;
        this.inputs = new Summary("input", inputs, Limits.SINGLE_INPUTS);
        this.outputs = outputs == 0 ? null : new Summary("output", outputs, Limits.SINGLE_OUTPUTS);
        this.reportNanos = nowNanos;
        List<String> names = new ArrayList<>(this.inputs.names());
        if (this.outputs == null) {
            Map<String, Double> shares = given.labels().isEmpty() ? kept.labels() : given.labels();
            this.labels = new LabelTrack(shares, given.labels().isEmpty());
            all.add(labels);
            names.add(Baseline.CONFIDENCE);
        } else {
            this.labels = null;
            names.addAll(this.outputs.names());
        }
        for (String name : names) {
            Histogram reference = given.number(name);
            NumberTrack track = new NumberTrack(
                    name, reference == null ? kept.number(name) : reference, settings.learn(), reference == null);
            numbers.add(track);
            all.add(track);
        }
        this.values = new float[names.size()];
        this.learning = all.stream().anyMatch(Track::learns);
    }

    /**
     * Counts a prediction.
     *
     * @param label of the class; not looked at where the model names none
     * @param output the model's numbers; not looked at where it names a class
     */
    public Change saw(long nowNanos, float[] input, String label, float score, float[] output) {
        inputs.of(input, values, 0);
        if (outputs == null) {
            values[values.length - 1] = score;
        } else {
            outputs.of(output, values, inputs.names().size());
        }
        for (int i = 0; i < values.length; i++) {
            numbers.get(i).add(values[i]);
        }
        if (labels != null) {
            labels.add(label);
        }
        seen++;
        if (learning && ++learnt == settings.learn()) {
            learned();
            return Change.LEARNED;
        }
        return ++inWindow < settings.window() ? Change.COUNTED : measure(nowNanos);
    }

    private void learned() {
        all.stream().filter(Track::learns).forEach(Track::learn);
        all.forEach(Track::restart);
        inWindow = 0;
        learning = false;
    }

    private Change measure(long nowNanos) {
        if (!all.stream().allMatch(Track::learns)) {
            reported += inWindow;
        }
        inWindow = 0;
        List<String> away = new ArrayList<>();
        for (Track track : all) {
            if (track.learns()) {
                continue;
            }
            track.judge();
            if (track.over(settings.psi(), settings.ks(), settings.window(), settings.learn())) {
                away.add(said(track));
            }
        }
        reason = String.join("; ", away);
        if (!away.isEmpty() && !drifting) {
            drifting = true;
            begunNanos = nowNanos;
            return Change.BEGAN;
        }
        if (away.isEmpty() && drifting && nowNanos - begunNanos >= Limits.HOLD.toNanos()) {
            drifting = false;
            return Change.ENDED;
        }
        return nowNanos - reportNanos >= settings.report().toNanos() ? Change.REPORT : Change.MEASURED;
    }

    private static String said(Track track) {
        return track.name()
                + String.format(Locale.ROOT, " PSI %.2f", track.psi())
                + (track.ordered() ? String.format(Locale.ROOT, " KS %.2f", track.ks()) : "");
    }

    /** Whether any of its references is, or is being, made of predictions here. */
    public boolean learnsSomething() {
        return all.stream().anyMatch(Track::learned);
    }

    /** Whether what it sees or says is away from the reference. */
    public boolean drifting() {
        return drifting;
    }

    /** What is measured from now. */
    public Baseline reference() {
        return new Baseline(
                labels == null || labels.learns() ? Map.of() : labels.shares(),
                numbers.stream()
                        .filter(track -> !track.learns())
                        .map(NumberTrack::histogram)
                        .toList());
    }

    /** How many predictions the next {@link #report} is of. */
    public long reported() {
        return reported;
    }

    /** What was counted in whole windows since the last report. */
    public List<Distribution> report(long nowNanos) {
        reportNanos = nowNanos;
        reported = 0;
        return all.stream().filter(track -> !track.learns()).map(Track::report).toList();
    }

    /** For whoever shows it. */
    public DriftView view() {
        return new DriftView(
                drifting ? DriftView.Doing.DRIFTING : learning ? DriftView.Doing.LEARNING : DriftView.Doing.WATCHING,
                seen,
                learning ? settings.learn() - learnt : 0,
                drifting ? reason : "",
                all.stream()
                        .filter(track -> !track.learns())
                        .map(track -> new DriftView.Measured(track.name(), track.psi(), track.ks()))
                        .toList());
    }
}
