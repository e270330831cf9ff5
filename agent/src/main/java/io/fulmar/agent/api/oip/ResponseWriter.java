package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes the answer to an inference request. Owned by the thread of the request. */
final class ResponseWriter {
    private final List<byte[]> binary = new ArrayList<>();

    private ResponseWriter() {}

    static Reply write(Call call, @Nullable String id, Inference.Result result) throws ApiException {
        for (Inference.Output output : result.outputs()) {
            requireTellable(call, output);
        }
        return new ResponseWriter().reply(id, result);
    }

    private static void requireTellable(Call call, Inference.Output output) throws ApiException {
        TensorData data = output.data();
        if (isBinary(output) || output.wanted().classes() > 0) {
            return;
        }
        call.hold((long) data.length() * Limits.JSON_FACTOR);
        if (data.type() == DataType.FP16) {
            throw ApiException.malformed("output " + data.name() + ": JSON has no FP16; ask for it as binary data");
        }
        if (!new Elements(data).isFinite()) {
            throw ApiException.malformed("output " + data.name()
                    + " has values that are not finite, for which JSON has no words; ask for it as binary data");
        }
    }

    private static boolean isBinary(Inference.Output output) {
        return Boolean.TRUE.equals(output.wanted().binary());
    }

    private Reply reply(@Nullable String id, Inference.Result result) {
        byte[] header = Json.write(json -> {
            json.writeStringProperty("model_name", result.ref().name());
            json.writeStringProperty("model_version", result.ref().version());
            if (id != null) {
                json.writeStringProperty("id", id);
            }
            json.writeArrayPropertyStart("outputs");
            result.outputs().forEach(output -> write(json, output));
            json.writeEndArray();
        });
        if (binary.isEmpty()) {
            return Reply.json(200, header);
        }
        binary.addFirst(header);
        return Reply.of(
                200,
                "application/octet-stream",
                Map.of(RequestReader.HEADER_LENGTH, Integer.toString(header.length)),
                binary);
    }

    private void write(JsonGenerator json, Inference.Output output) {
        TensorData data = output.data();
        Classification best = output.wanted().classes() == 0
                ? null
                : Classification.of(data, output.wanted().classes(), output.labels());
        json.writeStartObject();
        json.writeStringProperty("name", data.name());
        json.writeStringProperty("datatype", (best == null ? data.type() : DataType.BYTES).name());
        json.writeArrayPropertyStart("shape");
        (best == null ? data.shape() : best.shape()).forEach(json::writeNumber);
        json.writeEndArray();
        if (isBinary(output)) {
            byte[] bytes = best == null ? data.bytes() : best.bytes();
            binary.add(bytes);
            json.writeObjectPropertyStart("parameters");
            json.writeNumberProperty("binary_data_size", bytes.length);
            json.writeEndObject();
        } else {
            json.writeArrayPropertyStart("data");
            if (best == null) {
                Elements elements = new Elements(data);
                for (int i = 0; i < elements.count(); i++) {
                    elements.writeTo(json, i);
                }
            } else {
                best.texts().forEach(json::writeString);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }
}
