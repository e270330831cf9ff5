package io.fulmar.agent.api.infer;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.serve.Answers;
import io.fulmar.agent.api.serve.Desk;
import io.fulmar.agent.api.serve.Loaded;
import io.fulmar.agent.api.serve.ServeException;
import io.fulmar.agent.api.serve.ServedModels;
import io.fulmar.agent.feedback.KeptInput;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.Explain;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.Single;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.PipelineSettings;
import io.fulmar.sync.wire.JsonText;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Why a model says what it says, of an input that is sent, of a sample that was kept, or of a pipeline's last. Thread-safe. */
final class ExplainRoute {
    private static final int PNG_BYTES = 4 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ServedModels models;
    private final Supplier<DeviceConfig> config;
    private final Pipelines pipelines;
    private final Samples samples;

    ExplainRoute(ServedModels models, Supplier<DeviceConfig> config, Pipelines pipelines, Samples samples) {
        this.models = models;
        this.config = config;
        this.pipelines = pipelines;
        this.samples = samples;
    }

    Reply explain(Call call, String name, @Nullable PipelineSettings pipeline) throws ApiException, IOException {
        Explain.Wish wish =
                new Explain.Wish(number(call, "class"), number(call, "patch"), number(call, "parts"), PNG_BYTES);
        byte[] body = call.body();
        Content content = body.length == 0 ? null : Input.of(call, body);
        try {
            Desk desk = models.desk(name);
            desk.requireRoom();
            String sample = call.query("sample");
            if (sample != null && content != null) {
                throw ApiException.malformed("say a sample or send an input, not both");
            }
            KeptInput kept = sample == null ? null : kept(call, sample);
            PipelineSettings own = kept == null ? pipeline : of(kept, call.query("pipeline"), name);
            float[] last = content == null && kept == null ? last(call, name, pipeline) : null;
            Explain.Explanation explained =
                    desk.ask(model -> explain(name, own, model, content, kept, last, wish), null);
            return reply(call, kept == null ? Map.of() : kept.told(), explained);
        } catch (ServeException e) {
            throw Answers.of(e);
        }
    }

    private static @Nullable Integer number(Call call, String name) throws ApiException {
        String text = call.query(name);
        try {
            return text == null ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw ApiException.malformed("'" + name + "' is a whole number");
        }
    }

    private float[] last(Call call, String model, @Nullable PipelineSettings pipeline) throws ApiException {
        if (pipeline == null) {
            throw ApiException.malformed("no pipeline runs model " + model + ", so send an input");
        }
        call.requireOwner(); // the answer shows what the device saw
        Asked<Optional<Pipeline.LastInput>> asked = pipelines.ask(pipeline.name(), Pipeline::lastInput, PATIENCE);
        if (asked instanceof Asked.Done<Optional<Pipeline.LastInput>>(Optional<Pipeline.LastInput> last)
                && last.isPresent()) {
            return last.get().values();
        }
        throw new ApiException(
                409, "the pipeline " + pipeline.name() + " has no last input now; try again, or send one");
    }

    private KeptInput kept(Call call, String sample) throws ApiException {
        call.requireOwner(); // the answer shows what the device saw
        try {
            KeptInput kept = samples.find(sample);
            if (kept == null) {
                throw new ApiException(404, samples.missing(sample));
            }
            return kept;
        } catch (PipelineException e) {
            throw new ApiException(503, e.getMessage() + "; " + e.hint());
        }
    }

    private PipelineSettings of(KeptInput kept, @Nullable String pipeline, String model) throws ApiException {
        try {
            return kept.pipeline(config.get().pipelines(), pipeline, model);
        } catch (PipelineException e) {
            throw new ApiException(409, e.getMessage() + "; " + e.hint());
        }
    }

    private static Explain.Explanation explain(
            String name,
            @Nullable PipelineSettings pipeline,
            Loaded loaded,
            @Nullable Content content,
            @Nullable KeptInput kept,
            float @Nullable [] last,
            Explain.Wish wish)
            throws ServeException {
        try {
            loaded.model().interpreter().resetState();
            if (last != null) {
                return Explain.of(loaded.model(), last, wish);
            }
            float[] input = kept != null
                    ? kept.prepared(Objects.requireNonNull(pipeline), loaded.model())
                    : Single.prepared(
                            pipeline == null ? "model " + name : pipeline.name(),
                            loaded.model().preprocess(pipeline == null ? null : pipeline.preprocess()),
                            loaded.model(),
                            Objects.requireNonNull(content));
            return Explain.of(loaded.model(), input, wish);
        } catch (PipelineException e) {
            throw new ServeException(ServeException.Kind.UNSUITABLE, e.getMessage() + "; " + e.hint());
        }
    }

    private static Reply reply(Call call, Map<String, Object> which, Explain.Explanation explained) {
        String accepted = call.header("Accept");
        byte[] png = explained.png();
        if (png != null && accepted != null && accepted.startsWith("image/png")) {
            return Reply.of(200, "image/png", Map.of(), List.of(png));
        }
        return Reply.json(200, json -> {
            JsonText.properties(json, which);
            JsonText.properties(json, explained.withPicture());
        });
    }
}
