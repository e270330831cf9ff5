package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A folder with a model, labels and a recording, in which tests write their configuration. Owned by one test. */
final class ConfigFolder {
    static final String GOOD = """
            [device]
            id = "pump-7"
            [state]
            dir = "state"
            [[model]]
            name = "bearing"
            file = "model.tflite"
            version = "1.0.0"
            labels = "labels.txt"
            [[pipeline]]
            name = "vibration"
            model = "bearing"
            [pipeline.source]
            type = "simulated"
            rate = 10
            [[pipeline.postprocess]]
            type = "label"
            """;

    private final Path dir;

    ConfigFolder(Path dir) {
        this.dir = dir;
        write("model.tflite", "not looked into here");
        write("labels.txt", "normal\nimbalance\nbearing-fault\n");
        write("rows.csv", "1,2,3\n");
    }

    Path write(String name, String text) {
        try {
            Path file = dir.resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file that nobody else can read. */
    Path secret(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return write(name, text);
    }

    /** The device's file {@code text} and what lies beside it, without this process's environment. */
    ConfigSources sources(String text) {
        return ConfigSources.of(write("device.toml", text)).environment(Map.of());
    }

    DeviceConfig loaded(ConfigSources sources) {
        LoadResult result = ConfigLoader.load(sources);
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    List<String> texts(Path file) {
        return texts(ConfigSources.of(file).environment(Map.of()));
    }

    List<String> texts(ConfigSources sources) {
        LoadResult result = ConfigLoader.load(sources);
        assertThat(result).isInstanceOf(LoadResult.Invalid.class);
        return ((LoadResult.Invalid) result)
                .problems().stream()
                        .map(problem -> problem.text().replace(dir + "/", ""))
                        .toList();
    }

    LoadResult load(String text) {
        return load(text, Map.of());
    }

    LoadResult load(String text, Map<String, String> overrides) {
        return ConfigLoader.load(sources(text).overrides(overrides));
    }

    DeviceConfig loaded(String text) {
        return loaded(text, Map.of());
    }

    DeviceConfig loaded(String text, Map<String, String> overrides) {
        LoadResult result = load(text, overrides);
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    List<Problem> problems(String text) {
        return problems(text, Map.of());
    }

    List<Problem> problems(String text, Map<String, String> overrides) {
        LoadResult result = load(text, overrides);
        assertThat(result).isInstanceOf(LoadResult.Invalid.class);
        return ((LoadResult.Invalid) result).problems();
    }

    /** Problems as text, without the folder in front. */
    List<String> texts(String text) {
        return texts(text, Map.of());
    }

    List<String> texts(String text, Map<String, String> overrides) {
        return problems(text, overrides).stream()
                .map(Problem::text)
                .map(line -> line.replace(dir + "/", ""))
                .toList();
    }
}
