package io.fulmar.cli.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A part of a YAML file in a test; what is not there is an empty part. Immutable. */
final class Yaml {
    private final @Nullable Object value;

    private Yaml(@Nullable Object value) {
        this.value = value;
    }

    /** All documents of a file. */
    static List<Yaml> read(Path file) {
        try {
            List<Yaml> all = new ArrayList<>();
            new Load(LoadSettings.builder().setLabel(file.toString()).build())
                    .loadAllFromString(Files.readString(file))
                    .forEach(document -> all.add(new Yaml(document)));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is found when one goes down by these names. */
    Yaml at(String... path) {
        @Nullable Object found = value;
        for (String name : path) {
            found = found instanceof Map<?, ?> map ? merged(map).get(name) : null;
        }
        return new Yaml(found);
    }

    /** With what {@code <<} takes from elsewhere. */
    private static Map<Object, @Nullable Object> merged(Map<?, ?> map) {
        Map<Object, @Nullable Object> all = new LinkedHashMap<>();
        if (map.get("<<") instanceof Map<?, ?> base) {
            all.putAll(merged(base));
        }
        map.forEach((name, each) -> all.put(String.valueOf(name), each));
        all.remove("<<");
        return all;
    }

    boolean exists() {
        return value != null;
    }

    String text() {
        return String.valueOf(value);
    }

    int number() {
        return Integer.parseInt(text());
    }

    List<Yaml> items() {
        return value instanceof List<?> list ? list.stream().map(Yaml::new).toList() : List.of();
    }

    List<String> texts() {
        return items().stream().map(Yaml::text).toList();
    }

    Map<String, Yaml> members() {
        Map<String, Yaml> all = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            merged(map).forEach((name, each) -> all.put(String.valueOf(name), new Yaml(each)));
        }
        return all;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Yaml yaml && text().equals(yaml.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    @Override
    public String toString() {
        return text();
    }
}
