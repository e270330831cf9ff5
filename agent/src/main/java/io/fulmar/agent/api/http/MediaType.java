package io.fulmar.agent.api.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Types of content. */
final class MediaType {
    private MediaType() {}

    static String of(@Nullable String header) {
        if (header == null) {
            return "";
        }
        int end = header.indexOf(';');
        return (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
