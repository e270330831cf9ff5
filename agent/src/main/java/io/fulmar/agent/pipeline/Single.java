package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.Score;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Judges inputs that come one by one and have nothing to do with each other: what a pipeline makes of a frame, without what
 * it remembers of the frames before. Owned by the thread that runs the model.
 */
public final class Single {
    private static final int TOP = 5;

    private final Preprocess preprocess;
    private final Inference inference;
    private final Postprocess postprocess;
    private final LoadedModel model;
    private final Tally tally;
    private final Breadcrumbs.Slot crumb;

    /**
     * What came of it.
     *
     * @param label of the best class; null where it has no name, or none was sure enough
     * @param index of it; -1 where none was sure enough
     * @param top the best classes, best first; none where the numbers are not those of classes
     * @param values the model's numbers where they are not those of classes
     * @param found what the model found that is no class
     * @param micros how long the model took
     *     <p>Immutable.
     */
    public record Judgement(
            @Nullable String label,
            int index,
            float score,
            List<Score> top,
            List<Float> values,
            Found found,
            long micros) {
        public Judgement {
            top = List.copyOf(top);
            values = List.copyOf(values);
        }
    }

    private Single(
            Preprocess preprocess,
            Inference inference,
            Postprocess postprocess,
            LoadedModel model,
            Breadcrumbs.Slot crumb) {
        this.preprocess = preprocess;
        this.inference = inference;
        this.postprocess = postprocess;
        this.model = model;
        this.tally = new Tally(model.ref(), 0);
        this.crumb = crumb;
    }

    /**
     * What the model makes of this, with those steps before and after it.
     *
     * @param where what to call it if it does not fit
     * @throws PipelineException if it does not suit the steps or the model
     */
    public static Judgement judge(
            String where,
            List<PreprocessSettings> before,
            List<PostprocessSettings> after,
            LoadedModel model,
            Breadcrumbs.Slot crumb,
            Content content) {
        Preprocess preprocess = Preprocess.of(where, before, form(content));
        Inference inference = Inference.of(where, model, preprocess.outputSize(), preprocess.raw());
        Postprocess postprocess = Postprocess.of(where, ofOne(after), model, inference.outputSizes());
        return new Single(preprocess, inference, postprocess, model, crumb).judge(where, content);
    }

    /**
     * What the steps make of this for the model.
     *
     * @param where what to call it if it does not fit
     * @throws PipelineException if it does not suit the steps or the model
     */
    public static float[] prepared(String where, List<PreprocessSettings> before, LoadedModel model, Content content) {
        Preprocess preprocess = Preprocess.of(where, before, form(content));
        Inference inference = Inference.of(where, model, preprocess.outputSize(), preprocess.raw());
        try {
            float[] input = whole(where, preprocess, content);
            inference.check(input);
            return input;
        } catch (StageException e) {
            throw wrong(where, e);
        }
    }

    private static float[] whole(String where, Preprocess preprocess, Content content) {
        float[] input = preprocess.apply(content);
        if (input == null) {
            throw new PipelineException(where + ": this is too little for one window", "send a whole one");
        }
        return input;
    }

    private static PipelineException wrong(String where, StageException e) {
        return new PipelineException(where + ": " + e.stage() + ": " + e.reason(), "send another input");
    }

    private static FrameForm form(Content content) {
        return switch (content) {
            case Content.Values it -> new FrameForm.Values(it.values().length);
            case Content.Encoded _ -> new FrameForm.Encoded();
            case Content.Image it -> new FrameForm.Image(it.width(), it.height());
            case Content.Audio it -> new FrameForm.Audio(it.rate(), it.samples().length, true);
        };
    }

    /** Steps that wait for more frames of the same kind would say nothing of one. */
    private static List<PostprocessSettings> ofOne(List<PostprocessSettings> steps) {
        return steps.stream()
                .filter(step -> !(step instanceof PostprocessSettings.Debounce))
                .toList();
    }

    private Judgement judge(String where, Content content) {
        try {
            float[] input = whole(where, preprocess, content);
            inference.check(input);
            Outcome outcome = postprocess.apply(inference.run(input, tally, crumb), preprocess.view());
            return judgement(outcome);
        } catch (StageException e) {
            throw wrong(where, e);
        }
    }

    private Judgement judgement(Outcome outcome) {
        boolean classes = postprocess.classifies() || model.labels().size() == outcome.scores().length;
        if (!classes) {
            return new Judgement(
                    null, Outcome.NO_CLASS, 0, List.of(), outcome.values(), Found.NOTHING, inference.micros());
        }
        if (postprocess.finds()) {
            return new Judgement(
                    outcome.label(),
                    outcome.index(),
                    outcome.score(),
                    List.of(),
                    List.of(),
                    outcome.found(),
                    inference.micros());
        }
        List<Score> top = outcome.top().isEmpty() ? top(outcome.scores()) : outcome.top();
        String label =
                postprocess.classifies() ? outcome.label() : top.getFirst().label();
        return new Judgement(
                label, outcome.index(), outcome.score(), top, List.of(), Found.NOTHING, inference.micros());
    }

    private List<Score> top(float[] scores) {
        List<Score> top = new ArrayList<>();
        IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> scores[i]).reversed())
                .limit(TOP)
                .forEach(i -> top.add(
                        new Score(i < model.labels().size() ? model.labels().get(i) : "", i, scores[i])));
        return top;
    }
}
