package io.fulmar.sync.wire;

import java.util.Set;

/**
 * The desired state as JSON that a person can write by hand. Like a command it is read strictly: a misspelt property must
 * not pass for an absent one, since what is absent is taken away from the device. Thread-safe.
 */
public final class DesiredCodec {
    /** What it is called where it is signed. */
    public static final String PAYLOAD_TYPE = "application/vnd.fulmar.desired+json";

    private static final Set<String> PROPERTIES = Set.of("version", "device", "config");
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
        });
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
        return new Desired(version, device, fragment);
    }

    private static void only(JsonObject json, String what, Set<String> known) {
        for (String property : json.properties().keySet()) {
            if (!known.contains(property)) {
                throw new WireException(what + " has no '" + WireException.shorten(property) + "'");
            }
        }
    }
}
