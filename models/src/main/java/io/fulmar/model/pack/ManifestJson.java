package io.fulmar.model.pack;

import io.fulmar.model.json.Json;
import io.fulmar.model.pack.ModelManifest.Budgets;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Reference;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.ModelManifest.RuntimeRange;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The model manifest's JSON; what it does not know it refuses. Thread-safe. */
final class ManifestJson {
    static final Json JSON = new Json(
            Limits.LAYOUT_BYTES,
            Limits.LIST_ENTRIES,
            (message, cause) -> new PackageException(Reason.MALFORMED, message, cause));

    private static final String WHAT = "the model manifest";

    private ManifestJson() {}

    static ModelManifest read(byte[] json) {
        if (json.length > Limits.MANIFEST_BYTES) {
            throw new PackageException(
                    Reason.TOO_LARGE, WHAT + " has " + json.length + " bytes, and may have " + Limits.MANIFEST_BYTES);
        }
        try {
            return manifest(JSON.read(WHAT, json, Limits.MANIFEST_BYTES));
        } catch (PackageException e) {
            throw String.valueOf(e.getMessage()).startsWith(WHAT) ? e : e.in(WHAT);
        }
    }

    private static ModelManifest manifest(Map<String, Object> object) {
        JSON.requireOnly(
                WHAT,
                object,
                Set.of(
                        "schema",
                        "name",
                        "version",
                        "release",
                        "title",
                        "license",
                        "files",
                        "inputs",
                        "outputs",
                        "golden",
                        "budgets",
                        "devices",
                        "runtime",
                        "reference",
                        "preprocess",
                        "postprocess"));
        JSON.whole(WHAT, object, "schema", ModelManifest.SCHEMA, ModelManifest.SCHEMA);
        return new ModelManifest(
                JSON.text(WHAT, object, "name"),
                version(WHAT, object, "version"),
                JSON.whole(WHAT, object, "release", 1, Limits.WHOLE),
                object.containsKey("title") ? JSON.text(WHAT, object, "title") : null,
                object.containsKey("license") ? JSON.text(WHAT, object, "license") : null,
                JSON.objects(WHAT, object, "files").stream()
                        .map(ManifestJson::file)
                        .toList(),
                tensors(object, "inputs"),
                tensors(object, "outputs"),
                JSON.objects(WHAT, object, "golden").stream()
                        .map(ManifestJson::golden)
                        .toList(),
                object.containsKey("budgets") ? budgets(JSON.object(WHAT, object, "budgets")) : Budgets.NONE,
                object.containsKey("devices") ? JSON.texts(WHAT, object, "devices") : List.of(),
                object.containsKey("runtime") ? runtime(JSON.object(WHAT, object, "runtime")) : RuntimeRange.ANY,
                object.containsKey("reference") ? reference(JSON.object(WHAT, object, "reference")) : null,
                new Processing(steps(object, "preprocess"), steps(object, "postprocess")));
    }

    static SemanticVersion version(String what, Map<String, Object> object, String name) {
        SemanticVersion version = SemanticVersion.ofText(JSON.text(what, object, name));
        if (version == null) {
            throw JSON.wrong(what + " has in '" + name + "' no version such as 1.2.3");
        }
        return version;
    }

    private static List<Map<String, Object>> steps(Map<String, Object> object, String name) {
        return object.containsKey(name) ? JSON.objects(WHAT, object, name) : List.of();
    }

    private static FileEntry file(Map<String, Object> object) {
        String what = "a file";
        JSON.requireOnly(what, object, Set.of("role", "name", "sha256", "size"));
        return new FileEntry(
                Role.ofText(JSON.text(what, object, "role")),
                JSON.text(what, object, "name"),
                JSON.text(what, object, "sha256"),
                JSON.whole(what, object, "size", 0, Limits.WHOLE));
    }

    private static List<TensorEntry> tensors(Map<String, Object> object, String name) {
        return JSON.objects(WHAT, object, name).stream()
                .map(ManifestJson::tensor)
                .toList();
    }

    private static TensorEntry tensor(Map<String, Object> object) {
        String what = "a tensor";
        JSON.requireOnly(what, object, Set.of("name", "dtype", "shape", "scale", "zeroPoint"));
        List<Integer> shape = new ArrayList<>();
        for (Object size : JSON.list(what, object, "shape")) {
            if (!(size instanceof Long number) || number < -1 || number > Integer.MAX_VALUE) {
                throw JSON.wrong(what + " has a shape that is not a list of sizes");
            }
            shape.add(number.intValue());
        }
        return new TensorEntry(
                JSON.text(what, object, "name"),
                JSON.text(what, object, "dtype"),
                shape,
                object.containsKey("scale") ? (Float) (float) JSON.number(what, object, "scale") : null,
                object.containsKey("zeroPoint")
                        ? (Integer) (int) JSON.whole(what, object, "zeroPoint", Integer.MIN_VALUE, Integer.MAX_VALUE)
                        : null);
    }

    private static GoldenCase golden(Map<String, Object> object) {
        String what = "a golden case";
        JSON.requireOnly(what, object, Set.of("name", "inputs", "outputs", "tolerance"));
        return new GoldenCase(
                JSON.text(what, object, "name"),
                JSON.texts(what, object, "inputs"),
                JSON.texts(what, object, "outputs"),
                tolerance(JSON.object(what, object, "tolerance")));
    }

    private static Tolerance tolerance(Map<String, Object> object) {
        String what = "a tolerance";
        JSON.requireOnly(what, object, Set.of("absolute", "quanta", "sameTop"));
        return new Tolerance(
                object.containsKey("absolute") ? (Double) JSON.number(what, object, "absolute") : null,
                object.containsKey("quanta") ? (Integer) (int) JSON.whole(what, object, "quanta", 0, 0xffff) : null,
                object.containsKey("sameTop") && JSON.flag(what, object, "sameTop"));
    }

    private static Budgets budgets(Map<String, Object> object) {
        String what = "the budgets";
        JSON.requireOnly(what, object, Set.of("latencyMillis", "memoryBytes"));
        return new Budgets(
                optional(what, object, "latencyMillis", Limits.LATENCY_MILLIS),
                optional(what, object, "memoryBytes", Limits.WHOLE));
    }

    private static @Nullable Long optional(String what, Map<String, Object> object, String name, long max) {
        return object.containsKey(name) ? (Long) JSON.whole(what, object, name, 1, max) : null;
    }

    private static RuntimeRange runtime(Map<String, Object> object) {
        String what = "the runtime range";
        JSON.requireOnly(what, object, Set.of("from", "below"));
        return new RuntimeRange(
                object.containsKey("from") ? version(what, object, "from") : null,
                object.containsKey("below") ? version(what, object, "below") : null);
    }

    private static Reference reference(Map<String, Object> object) {
        String what = "the reference";
        JSON.requireOnly(what, object, Set.of("labels", "confidence", "inputs"));
        Map<String, Object> shares = JSON.object(what, object, "labels");
        Map<String, Double> labels = new LinkedHashMap<>();
        for (String label : shares.keySet()) {
            labels.put(label, JSON.number(what, shares, label));
        }
        return new Reference(
                labels,
                Histogram.numbers(JSON, what, object, "confidence"),
                object.containsKey("inputs") ? Histogram.read(JSON, what, object, "inputs") : List.of());
    }

    static byte[] write(ModelManifest manifest) {
        return Json.writeIndented(json -> {
            json.writeNumberProperty("schema", ModelManifest.SCHEMA);
            json.writeStringProperty("name", manifest.name());
            json.writeStringProperty("version", manifest.version().toString());
            json.writeNumberProperty("release", manifest.release());
            if (manifest.title() != null) {
                json.writeStringProperty("title", manifest.title());
            }
            if (manifest.license() != null) {
                json.writeStringProperty("license", manifest.license());
            }
            json.writeArrayPropertyStart("files");
            for (FileEntry file : manifest.files()) {
                json.writeStartObject();
                json.writeStringProperty("role", file.role().text());
                json.writeStringProperty("name", file.name());
                json.writeStringProperty("sha256", file.sha256());
                json.writeNumberProperty("size", file.size());
                json.writeEndObject();
            }
            json.writeEndArray();
            tensors(json, "inputs", manifest.inputs());
            tensors(json, "outputs", manifest.outputs());
            json.writeArrayPropertyStart("golden");
            for (GoldenCase golden : manifest.golden()) {
                golden(json, golden);
            }
            json.writeEndArray();
            requirements(json, manifest);
        });
    }

    private static void tensors(JsonGenerator json, String name, List<TensorEntry> tensors) {
        json.writeArrayPropertyStart(name);
        for (TensorEntry tensor : tensors) {
            json.writeStartObject();
            json.writeStringProperty("name", tensor.name());
            json.writeStringProperty("dtype", tensor.dtype());
            json.writeArrayPropertyStart("shape");
            tensor.shape().forEach(json::writeNumber);
            json.writeEndArray();
            if (tensor.scale() != null && tensor.zeroPoint() != null) {
                json.writeNumberProperty("scale", tensor.scale().doubleValue()); // every digit of the float
                json.writeNumberProperty("zeroPoint", tensor.zeroPoint());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void golden(JsonGenerator json, GoldenCase golden) {
        json.writeStartObject();
        json.writeStringProperty("name", golden.name());
        texts(json, "inputs", golden.inputs());
        texts(json, "outputs", golden.outputs());
        json.writeObjectPropertyStart("tolerance");
        Tolerance tolerance = golden.tolerance();
        if (tolerance.absolute() != null) {
            json.writeNumberProperty("absolute", tolerance.absolute());
        }
        if (tolerance.quanta() != null) {
            json.writeNumberProperty("quanta", tolerance.quanta());
        }
        if (tolerance.sameTop()) {
            json.writeBooleanProperty("sameTop", true);
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void requirements(JsonGenerator json, ModelManifest manifest) {
        json.writeObjectPropertyStart("budgets");
        if (manifest.budgets().latencyMillis() != null) {
            json.writeNumberProperty("latencyMillis", manifest.budgets().latencyMillis());
        }
        if (manifest.budgets().memoryBytes() != null) {
            json.writeNumberProperty("memoryBytes", manifest.budgets().memoryBytes());
        }
        json.writeEndObject();
        texts(json, "devices", manifest.devices());
        json.writeObjectPropertyStart("runtime");
        if (manifest.runtime().from() != null) {
            json.writeStringProperty("from", manifest.runtime().from().toString());
        }
        if (manifest.runtime().below() != null) {
            json.writeStringProperty("below", manifest.runtime().below().toString());
        }
        json.writeEndObject();
        Reference reference = manifest.reference();
        if (reference != null) {
            json.writeObjectPropertyStart("reference");
            json.writeObjectPropertyStart("labels");
            reference.labels().forEach(json::writeNumberProperty);
            json.writeEndObject();
            json.writeArrayPropertyStart("confidence");
            reference.confidence().forEach(json::writeNumber);
            json.writeEndArray();
            if (!reference.inputs().isEmpty()) { // manifests of before keep their digests
                Histogram.write(json, "inputs", reference.inputs());
            }
            json.writeEndObject();
        }
        steps(json, "preprocess", manifest.processing().preprocess());
        steps(json, "postprocess", manifest.processing().postprocess());
    }

    /** Nothing where there are none, so that manifests of before keep their digests. */
    private static void steps(JsonGenerator json, String name, List<Map<String, Object>> steps) {
        if (steps.isEmpty()) {
            return;
        }
        json.writeArrayPropertyStart(name);
        for (Map<String, Object> step : steps) {
            json.writeStartObject();
            step.forEach((key, value) -> {
                json.writeName(key);
                value(json, value);
            });
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void value(JsonGenerator json, Object value) {
        switch (value) {
            case List<?> list -> {
                json.writeStartArray();
                list.forEach(entry -> value(json, entry));
                json.writeEndArray();
            }
            case Boolean flag -> json.writeBoolean(flag);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            default -> json.writeString(value.toString());
        }
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }
}
