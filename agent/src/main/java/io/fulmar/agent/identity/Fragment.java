package io.fulmar.agent.identity;

import io.fulmar.sync.wire.EnrolmentAnswer.Granted;
import java.net.URI;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the fragment of a device's configuration that says who it is and how it connects. Immutable. */
final class Fragment {
    private Fragment() {}

    static String of(Path identity, Granted granted, URI broker) {
        var text = new StringBuilder("""
                # Written by "fulmar agent enroll" and at each renewal: changes here are lost.
                # A fragment with a later name, such as 60-mine.toml, stands over this one.

                [device]
                """);
        line(text, "id", granted.device());
        text.append("groups = [")
                .append(granted.groups().stream().map(Fragment::quoted).collect(Collectors.joining(", ")))
                .append("]\n\n[mqtt]\n");
        line(text, "url", broker.toString());
        line(text, "prefix", granted.prefix());
        if ("mqtts".equals(broker.getScheme())) {
            text.append("\n[mqtt.tls]\n");
            line(text, "ca", identity.resolve(IdentityFiles.AUTHORITY).toString());
            line(text, "cert", identity.resolve(IdentityFiles.CERTIFICATE).toString());
            line(text, "key", identity.resolve(IdentityFiles.KEY).toString());
        }
        if (granted.trustRoot() != null) {
            text.append("\n[trust]\n");
            line(text, "root", identity.resolve(IdentityFiles.TRUST).toString());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, @Nullable String value) {
        if (value != null) {
            text.append(key).append(" = ").append(quoted(value)).append('\n');
        }
    }

    /** As a basic string of TOML. */
    private static String quoted(String value) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F) {
                quoted.append(String.format("\\u%04X", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
