package io.fulmar.agent.api.infer;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.api.serve.Answers;
import io.fulmar.agent.api.serve.Desk;
import io.fulmar.agent.api.serve.Loaded;
import io.fulmar.agent.api.serve.ServeException;
import io.fulmar.agent.api.serve.ServedModels;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.Single;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.PipelineSettings;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Score;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One input as it is, judged as a pipeline would. Thread-safe. */
public final class InferRoutes {
    private final ServedModels models;
    private final Supplier<DeviceConfig> config;
    private final ExplainRoute explain;

    public InferRoutes(ServedModels models, Supplier<DeviceConfig> config, Pipelines pipelines, Samples samples) {
        this.explain = new ExplainRoute(models, config, pipelines, samples);
        this.models = models;
        this.config = config;
    }

    public List<Route> routes() {
        return List.of(
                Route.post("/api/v1/infer/{model}", this::infer),
                Route.post(
                        "/api/v1/explain/{model}",
                        call -> explain.explain(
                                call, call.part("model"), pipeline(call.part("model"), call.query("pipeline")))));
    }

    private record Judged(ModelRef ref, Single.Judgement judgement) {}

    private Reply infer(Call call) throws ApiException, IOException {
        String name = call.part("model");
        try {
            Desk desk = models.desk(name);
            PipelineSettings pipeline = pipeline(name, call.query("pipeline"));
            desk.requireRoom();
            Content content = Input.of(call, call.body());
            Judged judged = desk.ask(model -> judge(name, pipeline, model, content), null);
            return reply(judged, pipeline);
        } catch (ServeException e) {
            throw Answers.of(e);
        }
    }

    /** Whose steps are before and after the model; null where no pipeline runs it. */
    private @Nullable PipelineSettings pipeline(String model, @Nullable String wanted) throws ApiException {
        List<PipelineSettings> users = config.get().pipelines().stream()
                .filter(it -> it.model().equals(model))
                .toList();
        if (wanted == null) {
            return users.isEmpty() ? null : users.getFirst();
        }
        return users.stream()
                .filter(it -> it.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ApiException(404, "no pipeline '" + wanted + "' runs model " + model));
    }

    private static Judged judge(String name, @Nullable PipelineSettings pipeline, Loaded model, Content content)
            throws ServeException {
        try {
            return new Judged(
                    model.model().ref(),
                    model.judge(
                            pipeline == null ? "model " + name : pipeline.name(),
                            pipeline == null ? null : pipeline.preprocess(),
                            pipeline == null ? null : pipeline.postprocess(),
                            content));
        } catch (PipelineException e) {
            throw new ServeException(ServeException.Kind.UNSUITABLE, e.getMessage() + "; " + e.hint());
        }
    }

    private static Reply reply(Judged judged, @Nullable PipelineSettings pipeline) {
        Single.Judgement it = judged.judgement();
        return Reply.json(200, json -> {
            json.writeStringProperty("model", judged.ref().name());
            json.writeStringProperty("version", judged.ref().version());
            if (pipeline != null) {
                json.writeStringProperty("pipeline", pipeline.name());
            }
            if (it.label() != null) {
                json.writeStringProperty("label", it.label());
            }
            if (!it.top().isEmpty() || it.index() >= 0) {
                json.writeNumberProperty("index", it.index());
                json.writeNumberProperty("score", it.score());
            }
            JsonText.properties(json, it.found().properties());
            if (!it.top().isEmpty()) {
                json.writeArrayPropertyStart("top");
                for (Score score : it.top()) {
                    json.writeStartObject();
                    json.writeStringProperty("label", score.label());
                    json.writeNumberProperty("index", score.index());
                    json.writeNumberProperty("score", score.score());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            if (!it.values().isEmpty()) {
                json.writeArrayPropertyStart("values");
                it.values().forEach(json::writeNumber);
                json.writeEndArray();
            }
            json.writeNumberProperty("micros", it.micros());
        });
    }
}
