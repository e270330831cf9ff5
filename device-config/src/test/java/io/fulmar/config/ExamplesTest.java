package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
    static final Path EXAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("device-config/examples");

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".toml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleIsRight(Path example) {
        assertThat(ConfigLoader.load(ConfigSources.of(example))).isInstanceOf(LoadResult.Loaded.class);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleKeepsItsStateWhereGitDoesNotLook(Path example) {
        LoadResult result = ConfigLoader.load(ConfigSources.of(example));
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        DeviceConfig config = ((LoadResult.Loaded) result).config();

        assertThat(config.state().dir())
                .isEqualTo(EXAMPLES.toAbsolutePath()
                        .normalize()
                        .resolve("../../state")
                        .normalize()
                        .resolve(config.device().id()));
    }

    @Test
    void thereIsAnExampleForEverySource() throws IOException {
        assertThat(examples())
                .extracting(file -> file.getFileName().toString())
                .contains("simulated.toml", "system.toml", "digits.toml");
    }
}
