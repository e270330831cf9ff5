package io.fulmar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/architecture.md names every room of the house. */
class ArchitecturePageTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root"));
    private static final Map<String, String> HOUSES = Map.of(
            "device-config",
            "config",
            "models",
            "model",
            "sync",
            "sync",
            "agent",
            "agent",
            "fleet",
            "fleet",
            "cli",
            "cli");

    @ParameterizedTest
    @ValueSource(strings = {"device-config", "models", "sync", "agent", "fleet", "cli"})
    void everyRoomIsInTheTable(String module) throws IOException {
        String house = HOUSES.get(module);
        List<String> rows = Files.readAllLines(ROOT.resolve("docs/architecture.md")).stream()
                .filter(line -> line.startsWith("|") && line.contains("io.fulmar." + house))
                .toList();
        try (Stream<Path> rooms = Files.list(ROOT.resolve(module + "/src/main/java/io/fulmar/" + house))) {
            List<String> missing = rooms.filter(Files::isDirectory)
                    .map(room -> room.getFileName().toString())
                    .filter(room -> rows.stream()
                            .noneMatch(row -> row.contains("." + room + "`") || row.contains("." + room + ".")))
                    .sorted()
                    .toList();

            assertThat(rows).isNotEmpty();
            assertThat(missing)
                    .as("rooms of %s that docs/architecture.md does not name", module)
                    .isEmpty();
        }
    }
}
