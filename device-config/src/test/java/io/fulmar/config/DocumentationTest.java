package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentationTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final Pattern VARIANT = Pattern.compile("\\(([a-z0-9-]+)\\)");

    /** Holds every kind of stage, so that the loader asks for every key that there is. */
    private static final String EVERY_KIND = """
            [[hardware.input]]
            [[hardware.output]]
            [[hardware.pwm]]
            [[hardware.sensor]]
            type = "adxl345"
            [[hardware.sensor]]
            type = "lis3dh"
            [[hardware.sensor]]
            type = "bme280"
            [[hardware.sensor]]
            type = "mcp3008"
            [[model]]
            [[pipeline]]
            [pipeline.source]
            type = "simulated"
            schedule = [{ condition = "imbalance" }]
            [[pipeline.preprocess]]
            type = "decode-image"
            [[pipeline.preprocess]]
            type = "resize"
            [[pipeline.preprocess]]
            type = "pixels"
            [[pipeline.preprocess]]
            type = "decode-audio"
            [[pipeline.preprocess]]
            type = "resample"
            [[pipeline.preprocess]]
            type = "spectrogram"
            [[pipeline.preprocess]]
            type = "mel-spectrogram"
            [[pipeline.preprocess]]
            type = "mfcc"
            [[pipeline.preprocess]]
            type = "micro-frontend"
            [[pipeline.preprocess]]
            type = "moving-average"
            [[pipeline.preprocess]]
            type = "low-pass"
            [[pipeline.preprocess]]
            type = "high-pass"
            [[pipeline.preprocess]]
            type = "features"
            bands = [1, 2]
            [[pipeline.preprocess]]
            type = "normalise"
            [[pipeline.preprocess]]
            type = "scale"
            [[pipeline.preprocess]]
            type = "window"
            [[pipeline.postprocess]]
            type = "output"
            [[pipeline.postprocess]]
            type = "softmax"
            [[pipeline.postprocess]]
            type = "sigmoid"
            [[pipeline.postprocess]]
            type = "segments"
            [[pipeline.postprocess]]
            type = "anomaly"
            [[pipeline.postprocess]]
            type = "boxes"
            [[pipeline.postprocess]]
            type = "keypoints"
            [[pipeline.postprocess]]
            type = "regression"
            [[pipeline.postprocess]]
            type = "top-k"
            [[pipeline.postprocess]]
            type = "threshold"
            [[pipeline.postprocess]]
            type = "label"
            [[pipeline.postprocess]]
            type = "debounce"
            [[pipeline.act]]
            type = "log"
            [[pipeline.act]]
            type = "output"
            [[pipeline.act]]
            type = "pwm"
            [[pipeline.act]]
            type = "mqtt"
            [[pipeline.act]]
            type = "http"
            [[pipeline.act]]
            type = "exec"
            [[pipeline]]
            [pipeline.source]
            type = "system"
            [[pipeline.preprocess]]
            type = "samples"
            [[pipeline]]
            [pipeline.source]
            type = "replay"
            [[pipeline]]
            [pipeline.source]
            type = "sensor"
            [[pipeline]]
            [pipeline.source]
            type = "folder"
            [[pipeline]]
            [pipeline.source]
            type = "exec"
            [[pipeline]]
            [pipeline.source]
            type = "mqtt"
            [[pipeline]]
            [pipeline.source]
            type = "push"
            [[pipeline]]
            [pipeline.source]
            type = "serial"
            """;

    @Test
    void everyKeyThatTheLoaderKnowsIsDocumentedInTheSectionOfItsTable(@TempDir Path dir) throws IOException {
        Map<String, KeySpec> known = knownKeys(dir);
        String page = Files.readString(ROOT.resolve("docs/configuration.md"));

        List<String> missing = new ArrayList<>();
        for (String key : known.keySet()) {
            int dot = key.lastIndexOf('.');
            String section = section(page, dot < 0 ? "" : key.substring(0, dot));
            if (!section.contains("| `" + key.substring(dot + 1) + "` |")) {
                missing.add(key);
            }
        }
        assertThat(missing).isEmpty();
        assertThat(known).hasSizeGreaterThan(80);
    }

    /** Every key that the loader takes, as it asks for them. */
    static Map<String, KeySpec> knownKeys(Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("device.toml"), EVERY_KIND);
        Problems problems = new Problems();
        ConfigLoader.load(ConfigSources.of(file), problems);
        return problems.knownKeys();
    }

    /** The section of the page about a table such as {@code pipeline.source(replay)}. */
    static String section(String page, String table) {
        Matcher variant = VARIANT.matcher(table);
        String type = variant.find() ? "`type = \"" + variant.group(1) + "\"`" : "";
        String name = "[" + variant.replaceAll("") + "]";
        for (String section : page.split("\n(?=##)", -1)) {
            String heading = section.lines().findFirst().orElse("");
            boolean sameTable = table.isEmpty() ? heading.equals("## The file") : heading.contains(name);
            if (sameTable && (type.isEmpty() ? !heading.contains("type =") : heading.contains(type))) {
                return section;
            }
        }
        return "";
    }
}
