package io.fulmar.agent.api.serve;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Single;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.model.tflite.Interpreter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model that is ready to run for a caller. Owned by the thread that runs it. */
public final class Loaded implements AutoCloseable {
    private final LoadedModel model;
    private final ModelFacts facts;
    private final Breadcrumbs.Slot crumb;
    private final Histogram latencies;

    Loaded(LoadedModel model, Breadcrumbs.Slot crumb, Histogram latencies) {
        this.model = model;
        this.facts = ModelFacts.of(model.ref(), model.interpreter().model().description(), model.labels());
        this.crumb = crumb;
        this.latencies = latencies;
        crumb.of(model.ref().sha256());
    }

    public ModelFacts facts() {
        return facts;
    }

    public LoadedModel model() {
        return model;
    }

    /**
     * Runs it on what its inputs hold, as if it had never run before.
     *
     * @param digest of the input, so that a process which dies of it knows of which
     * @return how many nanoseconds it took
     */
    public long invoke(long digest) {
        Interpreter interpreter = model.interpreter();
        interpreter.resetState();
        long start = System.nanoTime();
        crumb.enter(digest);
        try {
            interpreter.invoke();
        } finally {
            crumb.leave();
        }
        long nanos = System.nanoTime() - start;
        latencies.add(nanos);
        return nanos;
    }

    /**
     * What it makes of one input.
     *
     * @param before the steps before it; null for its own
     * @param after the steps after it; null for its own
     */
    public Single.Judgement judge(
            String where,
            @Nullable List<PreprocessSettings> before,
            @Nullable List<PostprocessSettings> after,
            Content content) {
        model.interpreter().resetState();
        Single.Judgement judgement =
                Single.judge(where, model.preprocess(before), model.postprocess(after), model, crumb, content);
        latencies.add(judgement.micros() * 1_000);
        return judgement;
    }

    @Override
    public void close() {
        model.interpreter().close();
    }
}
