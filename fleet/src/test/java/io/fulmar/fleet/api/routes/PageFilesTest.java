package io.fulmar.fleet.api.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files of the page. */
class PageFilesTest {
    private static final Path FOLDER = Path.of(System.getProperty("fulmar.root", ".."))
            .resolve("fleet/src/main/resources/io/fulmar/fleet/api/page");
    private static final Set<String> OWN = Set.of("index.html", "login.html", "login.js", "style.css", "icon.svg");

    @Test
    void everyFileOfThePageIsServed() throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            Set<String> there = all.filter(Files::isRegularFile)
                    .map(file -> FOLDER.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> served = new TreeSet<>(OWN);
            served.addAll(PageRoutes.FILES);
            assertThat(there).isEqualTo(served);
        }
    }

    @Test
    void nothingIsWrittenIntoThePageAsMarkupOrLoadedFromElsewhere() throws IOException {
        for (String name : List.of(
                "app.js",
                "api.js",
                "chart.js",
                "devices.js",
                "dom.js",
                "lists.js",
                "live.js",
                "models.js",
                "overview.js")) {
            assertThat(Files.readString(FOLDER.resolve(name)))
                    .as(name)
                    .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "//cdn");
        }
    }
}
