package io.fulmar.sync.wire;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * The desired state as JSON that a person can write by hand. Like a command it is read strictly: a misspelt property must
 * not pass for an absent one, since what is absent is taken away from the device. Thread-safe.
 */
public final class DesiredCodec {
    /** What it is called where it is signed. */
    public static final String PAYLOAD_TYPE = "application/vnd.fulmar.desired+json";

    private static final Set<String> PROPERTIES = Set.of("version", "device", "config", "models");
    private static final Set<String> MODEL_PROPERTIES =
            Set.of("name", "version", "release", "manifest", "size", "statement", "assigned", "shadowMs");
    private static final Set<String> CONFIG_PROPERTIES = Set.of("sha256", "toml");

    private DesiredCodec() {}

    /** The bytes of the document; exactly these are signed. */
    public static byte[] encode(Desired desired) {
        return Json.write(json -> {
            json.writeNumberProperty("version", desired.version());
            json.writeStringProperty("device", desired.device());
            json.writeObjectPropertyStart("config");
            json.writeStringProperty("sha256", desired.config().sha256());
            json.writeStringProperty("toml", desired.config().toml());
            json.writeEndObject();
            if (!desired.models().isEmpty()) {
                json.writeArrayPropertyStart("models");
                desired.models().forEach(model -> encode(json, model));
                json.writeEndArray();
            }
        });
    }

    private static void encode(JsonGenerator json, Desired.Model model) {
        json.writeStartObject();
        json.writeStringProperty("name", model.name());
        json.writeStringProperty("version", model.version());
        json.writeNumberProperty("release", model.release());
        json.writeStringProperty("manifest", model.manifest());
        json.writeNumberProperty("size", model.size());
        if (model.statement() != null) {
            json.writeStringProperty("statement", model.statement());
        }
        if (model.assigned() > 0) {
            json.writeNumberProperty("assigned", model.assigned());
        }
        if (model.shadowMillis() > 0) {
            json.writeNumberProperty("shadowMs", model.shadowMillis());
        }
        json.writeEndObject();
    }

    /** The document in those bytes; a {@link WireException} says why there is none. */
    public static Desired decode(byte[] bytes) {
        JsonObject json = Json.readLong(bytes);
        only(json, "a desired state", PROPERTIES);
        long version = json.count("version");
        if (version == 0) {
            throw new WireException("'version' starts at 1");
        }
        String device = json.text("device");
        if (!Topics.isDeviceId(device)) {
            throw new WireException("'device' is no device id: '" + WireException.shorten(device) + "'");
        }
        JsonObject config = json.object("config");
        only(config, "its 'config'", CONFIG_PROPERTIES);
        Desired.Config fragment = new Desired.Config(config.text("sha256"), config.text("toml"));
        if (!fragment.isWhole()) {
            throw new WireException("'sha256' is not the digest of 'toml', which is "
                    + Desired.Config.of(fragment.toml()).sha256());
        }
        return new Desired(version, device, fragment, models(json, version));
    }

    private static List<Desired.Model> models(JsonObject json, long version) {
        List<Desired.Model> models = json.objectsOrNone("models", model -> model(model, version));
        if (models.size() > Limits.DESIRED_MODELS) {
            throw new WireException("'models' has more than " + Limits.DESIRED_MODELS + " entries");
        }
        Set<String> names = new HashSet<>();
        for (Desired.Model model : models) {
            if (!names.add(model.name())) {
                throw new WireException("'models' names '" + WireException.shorten(model.name()) + "' twice");
            }
        }
        return models;
    }

    private static Desired.Model model(JsonObject json, long documentVersion) {
        only(json, "a model in it", MODEL_PROPERTIES);
        long release = json.count("release");
        long size = json.count("size");
        String manifest = json.text("manifest");
        if (release == 0 || size == 0 || !Topics.isDigest(manifest)) {
            throw new WireException(
                    "a model in it needs a 'release' and a 'size' from 1, and a 'manifest' of 64 hex digits");
        }
        long assigned = json.countOrNone("assigned");
        if (assigned > documentVersion) {
            throw new WireException("a model in it has 'assigned' " + assigned + ", which is after its own version");
        }
        long shadowMillis = json.countOrNone("shadowMs");
        if (shadowMillis > Limits.SHADOW_MILLIS) {
            throw new WireException("'shadowMs' is at most " + Limits.SHADOW_MILLIS);
        }
        return new Desired.Model(
                json.text("name"),
                json.text("version"),
                release,
                manifest,
                size,
                json.textOrNull("statement"),
                assigned,
                shadowMillis);
    }

    private static void only(JsonObject json, String what, Set<String> known) {
        for (String property : json.properties().keySet()) {
            if (!known.contains(property)) {
                throw new WireException(what + " has no '" + WireException.shorten(property) + "'");
            }
        }
    }
}
