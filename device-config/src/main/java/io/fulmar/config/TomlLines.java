package io.fulmar.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lines of a configuration's text: headers, and keys with their values. Owned by the call that makes it. */
final class TomlLines {
    private final StringBuilder text = new StringBuilder();
    private final @Nullable Map<String, String> places;
    private String table = "";

    /** @param places where each value was said, to be told behind it; null for nothing behind it */
    TomlLines(@Nullable Map<String, String> places) {
        this.places = places;
    }

    void header(String header, String path) {
        text.append(text.isEmpty() ? "" : "\n").append(header).append('\n');
        table = path;
    }

    void line(String key, String value) {
        raw(key, TomlWriter.quoted(value));
    }

    void line(String key, Path value) {
        line(key, value.toString());
    }

    void line(String key, Duration value) {
        line(key, Units.text(value));
    }

    void line(String key, Enum<?> value) {
        line(key, TableReader.nameOf(value));
    }

    void number(String key, double value) {
        raw(key, number(value));
    }

    void numbers(String key, List<Double> values) {
        raw(key, "[" + String.join(", ", values.stream().map(TomlLines::number).toList()) + "]");
    }

    void numbersIfAny(String key, List<Double> values) {
        if (!values.isEmpty()) {
            numbers(key, values);
        }
    }

    void strings(String key, List<String> values) {
        List<String> quoted = new ArrayList<>();
        values.forEach(value -> quoted.add(TomlWriter.quoted(value)));
        raw(key, "[" + String.join(", ", quoted) + "]");
    }

    void raw(String key, String value) {
        text.append(key).append(" = ").append(value);
        if (places != null) {
            text.append("  # ").append(places.getOrDefault(table + "." + key, "default"));
        }
        text.append('\n');
    }

    /** With a point where TOML would take it for an integer that is too large. */
    private static String number(double value) {
        String plain = TableReader.plain(value);
        return plain.length() > 18 && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }

    /** What an encrypted connection is made with, under a header of its own. */
    void tls(TlsSettings tls, String header, String path) {
        header("[" + header + "]", path);
        line("ca", tls.ca());
        if (tls.certificate() != null && tls.key() != null) {
            line("cert", tls.certificate());
            line("key", tls.key());
        }
    }

    void comment(String words) {
        text.append("# ").append(words).append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
