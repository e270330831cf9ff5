package io.fulmar.agent.api.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths of requests, part by part. */
final class Path {
    private Path() {}

    static List<String> parts(String path) {
        String inner = path.startsWith("/") ? path.substring(1) : path;
        return List.of(inner.split("/", -1));
    }

    /** What stands for the names in braces; null if it is another path. */
    static @Nullable Map<String, String> match(List<String> pattern, List<String> raw) {
        if (pattern.size() != raw.size()) {
            return null;
        }
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < raw.size(); i++) {
            String want = pattern.get(i);
            String part = decoded(raw.get(i));
            if (part == null) {
                return null;
            }
            if (want.startsWith("{")) {
                named.put(want.substring(1, want.length() - 1), part);
            } else if (!want.equals(part)) {
                return null;
            }
        }
        return named;
    }

    private static @Nullable String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
