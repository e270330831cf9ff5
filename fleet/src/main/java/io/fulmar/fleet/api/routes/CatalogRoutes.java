package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.CatalogJson;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.pack.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The published releases of models, and where they run. Thread-safe. */
public final class CatalogRoutes {
    private static final int CARD_CHARS = 64 << 10;

    private final Reader reader;
    private final Catalog catalog;

    public CatalogRoutes(Reader reader, Catalog catalog) {
        this.reader = reader;
        this.catalog = catalog;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/models", Role.VIEWER, this::list);
        router.add(Verb.GET, "/api/v1/models/{model}/devices", Role.VIEWER, this::devices);
        router.add(Verb.GET, "/api/v1/models/{model}/releases/{release}", Role.VIEWER, this::show);
    }

    /** Every release of the model on every device, also one that was never published here. */
    private Answer devices(Call call) {
        String model = call.path("model");
        List<ModelRow> rows = reader.read(queries -> queries.models()).stream()
                .filter(row -> row.name().equals(model))
                .toList();
        return Paging.cut(call, rows, row -> row.device() + "/" + row.manifest(), QueryJson::model);
    }

    private Answer list(Call call) {
        List<ModelRow> rows = reader.read(queries -> queries.models());
        return Paging.cut(
                call,
                catalog.list(),
                CatalogRoutes::place,
                (json, published) -> CatalogJson.release(json, published, rows));
    }

    private static String place(Published published) {
        return published.manifest().name() + "/" + published.manifest().release();
    }

    private Answer show(Call call) {
        String wanted = call.path("model") + "/" + call.path("release");
        Published published = catalog.list().stream()
                .filter(it -> place(it).equals(wanted))
                .findAny()
                .orElseThrow(() -> Problem.absent("There is no release " + call.path("release") + " of a model "
                        + call.path("model") + " in the catalogue"));
        List<ModelRow> rows = reader.read(queries -> queries.models());
        ModelManifest manifest = published.manifest();
        return Answer.object(json -> {
            CatalogJson.release(json, published, rows);
            QueryJson.text(json, "card", card(published));
            tensors(json, "inputs", manifest.inputs());
            tensors(json, "outputs", manifest.outputs());
            DeviceRoutes.array(json, "files", manifest.files(), CatalogRoutes::file);
            json.writeArrayPropertyStart("golden");
            manifest.golden().forEach(golden -> json.writeString(golden.name()));
            json.writeEndArray();
            reference(json, manifest.reference());
            DeviceRoutes.array(json, "on", CatalogJson.of(published, rows), QueryJson::model);
        });
    }

    private @Nullable String card(Published published) {
        for (ModelManifest.FileEntry file : published.manifest().files()) {
            Path blob = file.role() == ModelManifest.Role.CARD ? catalog.find(file.sha256()) : null;
            if (blob != null) {
                try {
                    String text = Files.readString(blob);
                    return text.substring(0, Math.min(CARD_CHARS, text.length()));
                } catch (IOException e) {
                    throw new FleetException(
                            Category.TRANSIENT, "cannot read " + blob + ": " + e, "look at the disk", e);
                }
            }
        }
        return null;
    }

    private static void file(JsonGenerator json, ModelManifest.FileEntry file) {
        json.writeStringProperty("role", file.role().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("name", file.name());
        json.writeStringProperty("sha256", file.sha256());
        json.writeNumberProperty("size", file.size());
    }

    private static void reference(JsonGenerator json, ModelManifest.@Nullable Reference reference) {
        if (reference == null) {
            json.writeNullProperty("reference");
            return;
        }
        json.writeObjectPropertyStart("reference");
        json.writeObjectPropertyStart("labels");
        reference.labels().forEach(json::writeNumberProperty);
        json.writeEndObject();
        json.writeArrayPropertyStart("confidence");
        reference.confidence().forEach(json::writeNumber);
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void tensors(JsonGenerator json, String name, List<ModelManifest.TensorEntry> tensors) {
        DeviceRoutes.array(json, name, tensors, (out, tensor) -> {
            out.writeStringProperty("name", tensor.name());
            out.writeStringProperty("dtype", tensor.dtype());
            out.writeArrayPropertyStart("shape");
            tensor.shape().forEach(out::writeNumber);
            out.writeEndArray();
        });
    }
}
