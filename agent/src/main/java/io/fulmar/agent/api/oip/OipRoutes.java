package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.api.serve.Answers;
import io.fulmar.agent.api.serve.Desk;
import io.fulmar.agent.api.serve.ModelFacts;
import io.fulmar.agent.api.serve.ModelFacts.TensorFacts;
import io.fulmar.agent.api.serve.ServeException;
import io.fulmar.agent.api.serve.ServedModels;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The Open Inference Protocol, version 2, over HTTP. Thread-safe. */
public final class OipRoutes {
    private static final String MODEL = "/v2/models/{model}";
    private static final String VERSION = MODEL + "/versions/{version}";

    private final ServedModels models;
    private final String agentVersion;

    public OipRoutes(ServedModels models, String agentVersion) {
        this.models = models;
        this.agentVersion = agentVersion;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/v2", call -> server()),
                Route.openGet(
                        "/v2/health/live", call -> Reply.json(200, json -> json.writeBooleanProperty("live", true))),
                Route.openGet("/v2/health/ready", call -> ready()),
                Route.get(MODEL, this::metadata),
                Route.get(VERSION, this::metadata),
                Route.get(MODEL + "/ready", this::modelReady),
                Route.get(VERSION + "/ready", this::modelReady),
                Route.post(MODEL + "/infer", this::infer),
                Route.post(VERSION + "/infer", this::infer));
    }

    private Reply server() {
        return Reply.json(200, json -> {
            json.writeStringProperty("name", "fulmar");
            json.writeStringProperty("version", agentVersion);
            json.writeArrayPropertyStart("extensions");
            json.writeString("binary_tensor_data");
            json.writeString("classification");
            json.writeEndArray();
        });
    }

    /** All of the models must be. */
    private Reply ready() {
        boolean ready = models.names().stream().allMatch(name -> isReady(name, null));
        return Reply.json(ready ? 200 : 503, json -> {
            json.writeBooleanProperty("live", true);
            json.writeBooleanProperty("ready", ready);
        });
    }

    private boolean isReady(String name, @Nullable String version) {
        try {
            ModelFacts facts = models.facts(name);
            return version == null || version.equals(facts.ref().version());
        } catch (ServeException e) {
            return false;
        }
    }

    private Reply modelReady(Call call) throws ApiException {
        String name = call.part("model");
        if (!models.names().contains(name)) {
            throw new ApiException(404, "there is no model '" + name + "' here");
        }
        boolean ready = isReady(name, call.partOrNull("version"));
        return Reply.json(ready ? 200 : 503, json -> {
            json.writeStringProperty("name", name);
            json.writeBooleanProperty("ready", ready);
        });
    }

    private Reply metadata(Call call) throws ApiException {
        ModelFacts facts;
        try {
            facts = models.facts(call.part("model"));
        } catch (ServeException e) {
            throw Answers.of(e);
        }
        String version = call.partOrNull("version");
        if (version != null && !version.equals(facts.ref().version())) {
            throw new ApiException(
                    404,
                    "model " + facts.ref().name() + " has no version '" + version + "' here, only "
                            + facts.ref().version());
        }
        return Reply.json(200, json -> {
            json.writeStringProperty("name", facts.ref().name());
            json.writeArrayPropertyStart("versions");
            json.writeString(facts.ref().version());
            json.writeEndArray();
            json.writeStringProperty("platform", "tensorflow_tflite");
            tensors(json, "inputs", facts.inputs(), facts.batches());
            tensors(json, "outputs", facts.outputs(), facts.batches());
        });
    }

    private static void tensors(JsonGenerator json, String property, List<TensorFacts> tensors, boolean batches) {
        json.writeArrayPropertyStart(property);
        for (TensorFacts tensor : tensors) {
            json.writeStartObject();
            json.writeStringProperty("name", tensor.name());
            json.writeStringProperty("datatype", DataType.of(tensor.type()).name());
            json.writeArrayPropertyStart("shape");
            for (int i = 0; i < tensor.shape().size(); i++) {
                json.writeNumber(batches && i == 0 ? -1 : tensor.shape().get(i));
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private Reply infer(Call call) throws ApiException, IOException {
        try {
            Desk desk = models.desk(call.part("model"));
            desk.requireRoom(); // before a body is read that nobody has time for
            InferRequest request = RequestReader.read(call, call.body());
            String version = call.partOrNull("version");
            Inference.Result result = desk.ask(model -> Inference.run(request, model, version), request.patience());
            return ResponseWriter.write(call, request.id(), result);
        } catch (ServeException e) {
            throw Answers.of(e);
        }
    }
}
