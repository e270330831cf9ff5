package io.fulmar.agent.identity;

import io.fulmar.sync.wire.EnrolmentAnswer.Granted;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes the fragment of a device's configuration that says who it is and how it connects. Immutable. */
final class Fragment {
    private static final String HEAD = """
            # Written by "fulmar agent enroll" and at each renewal: changes here are lost.
            # A fragment with a later name, such as 60-mine.toml, stands over this one.

            """;

    private Fragment() {}

    static String of(Path identity, Granted granted, URI broker) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("device.id", granted.device());
        keys.put("device.groups", granted.groups());
        keys.put("mqtt.url", broker.toString());
        if (granted.prefix() != null) {
            keys.put("mqtt.prefix", granted.prefix());
        }
        if ("mqtts".equals(broker.getScheme())) {
            keys.put("mqtt.tls.ca", identity.resolve(IdentityFiles.AUTHORITY).toString());
            keys.put(
                    "mqtt.tls.cert", identity.resolve(IdentityFiles.CERTIFICATE).toString());
            keys.put("mqtt.tls.key", identity.resolve(IdentityFiles.KEY).toString());
        }
        if (granted.trustRoot() != null) {
            keys.put("trust.root", identity.resolve(IdentityFiles.TRUST).toString());
        }
        return switch (io.fulmar.config.Fragment.ofKeys(keys)) {
            case io.fulmar.config.Fragment.Text text -> HEAD + text.toml();
            case io.fulmar.config.Fragment.Wrong wrong -> throw new IllegalStateException(wrong.toString());
        };
    }
}
