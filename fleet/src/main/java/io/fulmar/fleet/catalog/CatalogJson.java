package io.fulmar.fleet.catalog;

import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Published releases as JSON, one form for the HTTP interface and for the command line. Thread-safe. */
public final class CatalogJson {
    private CatalogJson() {}

    /** Releases, with the devices that have them. */
    public static String releases(List<Published> all, List<ModelRow> rows) {
        return QueryJson.array(all, (json, published) -> release(json, published, rows));
    }

    /** The members of one. */
    public static void release(JsonGenerator json, Published published, List<ModelRow> all) {
        ModelManifest manifest = published.manifest();
        List<ModelRow> rows = of(published, all);
        json.writeStringProperty("model", manifest.name());
        json.writeStringProperty("version", manifest.version().toString());
        json.writeNumberProperty("release", manifest.release());
        QueryJson.text(json, "title", manifest.title());
        QueryJson.text(json, "license", manifest.license());
        json.writeStringProperty("manifest", published.manifestDigest());
        json.writeNumberProperty("bytes", manifest.model().size());
        json.writeStringProperty("published", QueryJson.time(published.publishedMillis()));
        json.writeArrayPropertyStart("signedBy");
        signers(published).forEach(json::writeString);
        json.writeEndArray();
        json.writeArrayPropertyStart("boards");
        manifest.devices().forEach(json::writeString);
        json.writeEndArray();
        yanked(json, published.yank());
        retired(json, published.retirement());
        json.writeObjectPropertyStart("budgets");
        if (manifest.budgets().latencyMillis() != null) {
            json.writeNumberProperty("latencyMillis", manifest.budgets().latencyMillis());
        }
        if (manifest.budgets().memoryBytes() != null) {
            json.writeNumberProperty("memoryBytes", manifest.budgets().memoryBytes());
        }
        json.writeEndObject();
        json.writeObjectPropertyStart("steps");
        steps(json, "preprocess", manifest.processing().preprocess());
        steps(json, "postprocess", manifest.processing().postprocess());
        json.writeEndObject();
        json.writeObjectPropertyStart("devices");
        count(json, "active", rows, ModelRow.Course.ACTIVE);
        count(json, "coming", rows, ModelRow.Course.ON_THE_WAY);
        count(json, "watched", rows, ModelRow.Course.WATCHED);
        count(json, "failed", rows, ModelRow.Course.FAILED);
        json.writeEndObject();
    }

    private static void steps(JsonGenerator json, String name, List<Map<String, Object>> steps) {
        json.writeArrayPropertyStart(name);
        for (Map<String, Object> step : steps) {
            json.writeStartObject();
            JsonText.properties(json, step);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void yanked(JsonGenerator json, @Nullable Yank yank) {
        if (yank == null) {
            json.writeNullProperty("yanked");
            return;
        }
        json.writeObjectPropertyStart("yanked");
        json.writeStringProperty("at", QueryJson.time(yank.atMillis()));
        json.writeStringProperty("by", yank.by());
        json.writeStringProperty("reason", yank.reason());
        json.writeEndObject();
    }

    private static void retired(JsonGenerator json, @Nullable Retirement retirement) {
        if (retirement == null) {
            json.writeNullProperty("retired");
            return;
        }
        json.writeObjectPropertyStart("retired");
        json.writeStringProperty("at", QueryJson.time(retirement.atMillis()));
        json.writeBooleanProperty("gone", retirement.gone());
        json.writeEndObject();
    }

    private static void count(JsonGenerator json, String name, List<ModelRow> rows, ModelRow.Course course) {
        json.writeNumberProperty(
                name, rows.stream().filter(row -> row.course() == course).count());
    }

    /** Key ids, as the statement claims; devices check them. */
    private static List<String> signers(Published published) {
        if (published.statement() == null) {
            return List.of();
        }
        try {
            return Dsse.read(published.statement().getBytes(StandardCharsets.UTF_8))
                    .keyIds();
        } catch (TrustException e) {
            return List.of(); // of a form that is no longer read
        }
    }

    /** Those that are of this release. */
    public static List<ModelRow> of(Published published, List<ModelRow> rows) {
        return rows.stream()
                .filter(row -> row.manifest().equals(published.manifestDigest()))
                .toList();
    }
}
