package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.feedback.KeptInput;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.Explain;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.Single;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.tflite.ModelException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code explain}: says which parts of an input a model's answer rests on, of a pipeline's last input, of a sample that was kept,
 * or of one that the command brings. The pipeline only gives a copy of its input. Owned by the command thread.
 */
public final class ExplainHandler implements CommandHandler {
    private final Supplier<DeviceConfig> config;
    private final Pipelines pipelines;
    private final Samples samples;
    private final OwnModel own;

    /**
     * What is explained: what is given, else the sample, else the last input of the pipeline. Immutable.
     */
    private record Request(
            ModelSettings model,
            @Nullable PipelineSettings pipeline,
            @Nullable Given given,
            @Nullable KeptInput kept,
            Explain.Wish wish) {}

    /** Either the tensor's numbers, or a file that the steps are for. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Given(@Nullable Object input, byte @Nullable [] content) {}

    public ExplainHandler(
            Supplier<DeviceConfig> config,
            ModelSource source,
            Pipelines pipelines,
            Samples samples,
            LongSupplier nanoClock) {
        this.config = config;
        this.pipelines = pipelines;
        this.samples = samples;
        this.own = new OwnModel(source, nanoClock);
    }

    @Override
    public Effect prepare(Arguments args) {
        String model = args.textOrNull("model");
        String named = args.textOrNull("pipeline");
        Given given = given(args.value("input"), args.textOrNull("content"));
        Explain.Wish wish = new Explain.Wish(
                number(args, "class", 0, Integer.MAX_VALUE),
                number(args, "patch", 1, Limits.EXPLAIN_PATCH),
                number(args, "parts", 1, Limits.EXPLAIN_PARTS),
                Limits.EXPLAIN_PNG_BYTES);
        String sample = args.textOrNull("sample");
        if (sample != null && given != null) {
            throw new ArgumentException("give 'sample', 'input' or 'content', not several");
        }
        if (sample != null) {
            return () -> explain(() -> ofSample(sample, named, model, wish));
        }
        PipelineSettings pipeline = pipeline(named, model);
        if (given == null && pipeline == null) {
            throw new ArgumentException(
                    "say of which 'pipeline' the last input is, or give 'sample', 'input' or 'content'");
        }
        Request request = new Request(
                OwnModel.named(config.get().models(), pipeline == null ? model : pipeline.model()),
                pipeline,
                given,
                null,
                wish);
        return () -> explain(() -> request);
    }

    private Request ofSample(String id, @Nullable String pipeline, @Nullable String model, Explain.Wish wish) {
        KeptInput kept = samples.find(id);
        if (kept == null) {
            throw new ArgumentException(samples.missing(id));
        }
        DeviceConfig now = config.get();
        PipelineSettings own = kept.pipeline(now.pipelines(), pipeline, model);
        return new Request(OwnModel.named(now.models(), own.model()), own, null, kept, wish);
    }

    /** The one with that name; without one the only one that runs the model; null where there are several or none. */
    private @Nullable PipelineSettings pipeline(@Nullable String name, @Nullable String model) {
        List<PipelineSettings> known = config.get().pipelines().stream()
                .filter(it -> model == null || it.model().equals(model))
                .toList();
        if (name == null) {
            return known.size() == 1 ? known.getFirst() : null;
        }
        return known.stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ArgumentException("'pipeline' is one of "
                        + String.join(
                                ", ", known.stream().map(PipelineSettings::name).toList())));
    }

    private static @Nullable Integer number(Arguments args, String name, int min, int max) {
        int number = args.wholeNumber(name, min, max, -1);
        return number < 0 ? null : number;
    }

    private static @Nullable Given given(@Nullable Object input, @Nullable String content) {
        if (input != null && content != null) {
            throw new ArgumentException("give 'input' or 'content', not both");
        }
        if (input != null) {
            return new Given(InferHandler.values(input), null);
        }
        try {
            return content == null ? null : new Given(null, Base64.getDecoder().decode(content));
        } catch (IllegalArgumentException e) {
            throw new ArgumentException("'content' is the base64 of a picture or a WAV file");
        }
    }

    private CommandOutcome explain(Supplier<Request> wanted) {
        Map<String, Object> told = new LinkedHashMap<>();
        try {
            Request request = wanted.get();
            LoadedModel model = own.opened(request.model());
            PipelineSettings pipeline = request.pipeline();
            if (pipeline != null) {
                told.put("pipeline", pipeline.name());
            }
            float[] input = input(request, model, told);
            told.putAll(Explain.of(model, input, request.wish()).withPicture());
            return CommandOutcome.done(told);
        } catch (PipelineException e) {
            return new CommandOutcome.Failed(e.getMessage() + "; " + e.hint());
        } catch (ModelException | ArgumentException e) {
            return new CommandOutcome.Failed(String.valueOf(e.getMessage()));
        }
    }

    private float[] input(Request request, LoadedModel model, Map<String, Object> told) {
        Given given = request.given();
        PipelineSettings pipeline = request.pipeline();
        KeptInput kept = request.kept();
        if (kept != null) {
            told.putAll(kept.told());
            return kept.prepared(Objects.requireNonNull(pipeline), model);
        }
        if (given == null) {
            Pipeline.LastInput last = last(Objects.requireNonNull(pipeline).name());
            told.put("frame", last.frame());
            return last.values();
        }
        if (given.input() != null) {
            return TensorValues.reals(model.interpreter().input(0), given.input());
        }
        return Single.prepared(
                pipeline == null ? "model " + request.model().name() : pipeline.name(),
                model.preprocess(pipeline == null ? null : pipeline.preprocess()),
                model,
                new Content.Encoded(Objects.requireNonNull(given.content()), ""));
    }

    private Pipeline.LastInput last(String pipeline) {
        return switch (pipelines.ask(pipeline, Pipeline::lastInput, Limits.PIPELINE_PATIENCE)) {
            case Asked.Done<Optional<Pipeline.LastInput>>(Optional<Pipeline.LastInput> last) ->
                last.orElseThrow(() -> new ArgumentException("the pipeline " + pipeline + " has judged no frame yet"));
            case Asked.NotBegun<Optional<Pipeline.LastInput>> _, Asked.NotEnded<Optional<Pipeline.LastInput>> _ ->
                throw new ArgumentException("the pipeline " + pipeline + " had no time for it");
        };
    }

    @Override
    public int work(long nowNanos) {
        return own.work(nowNanos);
    }

    @Override
    public void close() {
        own.close();
    }
}
