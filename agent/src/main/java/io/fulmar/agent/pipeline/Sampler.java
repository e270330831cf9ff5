package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.config.SamplesSettings;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses by rule which inputs are kept: what the frame held where one frame makes the input, else what the model is given.
 * Owned by the pipeline's thread.
 */
final class Sampler {
    private final SamplesSettings settings;
    private final PipelineContext context;
    private final Map<SampleRule, Allowance> allowances = new EnumMap<>(SampleRule.class);
    private final SplittableRandom random = new SplittableRandom();
    private boolean wholeFrames;
    private boolean classifies;
    /** What the frame's numbers were before the steps changed them. */
    private float[] numbers = {};

    private @Nullable Content frame;
    private @Nullable Candidate candidate;

    Sampler(SamplesSettings settings, PipelineContext context) {
        this.settings = settings;
        this.context = context;
        for (SampleRule rule : SampleRule.values()) {
            allowances.put(rule, new Allowance(settings.perHour()));
        }
    }

    /** Other steps prepare the frames from now on. */
    void of(Preprocess preprocess, boolean newClassifies) {
        classifies = newClassifies;
        wholeFrames = preprocess.takesWholeFrames();
    }

    /** A frame came; nothing has changed it yet. */
    void came(Content content) {
        if (!settings.any() || !wholeFrames) {
            return;
        }
        if (content instanceof Content.Values values) {
            if (numbers.length != values.values().length) {
                numbers = new float[values.values().length];
            }
            System.arraycopy(values.values(), 0, numbers, 0, numbers.length);
            frame = new Content.Values(numbers);
        } else {
            frame = content;
        }
    }

    /** Another input is judged. */
    void begin() {
        candidate = null;
    }

    /** Who compares this input with another model; null where nobody wants to know. */
    ModelTap.@Nullable Comparison compared(long nowNanos, float[] input, int[] shape) {
        if (settings.disagreement() && allowance(SampleRule.DISAGREEMENT).has(nowNanos)) {
            candidate = copied(input, shape);
        }
        return candidate;
    }

    /** Nobody compares it after all. */
    void notCompared() {
        candidate = null;
    }

    /** Whether this one is kept; null where nobody may want it. */
    @Nullable
    Candidate judged(long nowNanos, float[] input, int[] shape, Decision decision, boolean drifting) {
        SampleRule rule = rule(nowNanos, decision, drifting);
        if (rule != null) {
            Candidate compared = candidate;
            if (compared == null || !compared.want(rule)) {
                Candidate own = copied(input, shape);
                own.want(rule);
                candidate = own;
            }
        }
        return candidate;
    }

    private @Nullable SampleRule rule(long nowNanos, Decision decision, boolean drifting) {
        if (settings.drift() && drifting && allowance(SampleRule.DRIFT).take(nowNanos)) {
            return SampleRule.DRIFT;
        }
        boolean unsure = classifies && decision.score() < settings.confidence();
        if (unsure && allowance(SampleRule.CONFIDENCE).take(nowNanos)) {
            return SampleRule.CONFIDENCE;
        }
        boolean chosen = settings.random() > 0 && random.nextDouble() < settings.random();
        return chosen && allowance(SampleRule.RANDOM).take(nowNanos) ? SampleRule.RANDOM : null;
    }

    private Allowance allowance(SampleRule rule) {
        return Objects.requireNonNull(allowances.get(rule));
    }

    private Candidate copied(float[] input, int[] shape) {
        Content whole = frame;
        Content content = !wholeFrames || whole == null ? new Content.Values(input) : whole;
        Content copy = switch (content) {
            case Content.Values it -> new Content.Values(it.values().clone());
            case Content.Encoded it -> new Content.Encoded(it.bytes().clone(), it.mediaType());
            case Content.Image it ->
                new Content.Image(it.width(), it.height(), Arrays.copyOf(it.rgb(), 3 * it.width() * it.height()));
            case Content.Audio it -> new Content.Audio(it.rate(), it.samples().clone());
        };
        long bytes = switch (copy) {
            case Content.Values it -> (long) Float.BYTES * it.values().length;
            case Content.Encoded it -> it.bytes().length;
            case Content.Image it -> it.rgb().length;
            case Content.Audio it -> (long) Float.BYTES * it.samples().length;
        };
        return new Candidate(
                context.recorder(),
                context.samples(),
                allowance(SampleRule.DISAGREEMENT),
                copy,
                wholeFrames ? new int[0] : shape,
                bytes);
    }
}
