package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessingTest {
    private static final Map<String, Object> WINDOW = Map.of("type", "window", "size", 64L);

    @Test
    void stepsOfAModelAreThoseOfAPipeline() {
        Processing said = Processing.ofToml("model.toml", """
                name = "anything"
                [[preprocess]]
                type = "window"
                size = 64
                [[preprocess]]
                type = "normalise"
                [[postprocess]]
                type = "label"
                """);

        assertThat(said)
                .isEqualTo(new Processing.Steps(
                        List.of(new PreprocessSettings.Window(64, 64), new PreprocessSettings.ZScore()),
                        List.of(new PostprocessSettings.Label())))
                .isEqualTo(Processing.of(
                        "the manifest",
                        List.of(WINDOW, Map.of("type", "normalise")),
                        List.of(Map.of("type", "label"))));
        assertThat(Processing.ofToml("model.toml", "name = \"a\"")).isEqualTo(Processing.Steps.NONE);
    }

    @Test
    void whatIsWrongIsSaidWithItsPlace() {
        Processing said = Processing.ofToml("model.toml", """
                [[preprocess]]
                type = "widow"
                [[preprocess]]
                type = "resize"
                width = 0
                heigth = 10
                [[postprocess]]
                type = "debounce"
                [[postprocess]]
                type = "softmax"
                """);

        assertThat(texts(said))
                .containsExactly(
                        "model.toml:2:1: preprocess.0.type: expected one of " + types()
                                + ", not \"widow\" (did you mean window?)",
                        "model.toml:3:1: preprocess.1.height: is missing; expected a whole number from 1 to 4096",
                        "model.toml:5:1: preprocess.1.width: is 0; expected 1 to 4096",
                        "model.toml:6:1: preprocess.1.heigth: is not a key here; known are type, width, height, method, fit, fill"
                                + " (did you mean height?)",
                        "model.toml:10:1: postprocess.1.type: softmax comes first, before debounce");
        assertThat(texts(Processing.of("the manifest", List.of(Map.of("type", "dance")), List.of()))
                        .getFirst())
                .startsWith("the manifest:1:1: preprocess.0.type: expected one of");
        assertThat(texts(Processing.ofToml("model.toml", "a = ["))).isNotEmpty();
    }

    @Test
    void aPipelineThatSaysNoStepsLeavesThemToTheModelAndOneThatSaysNoneHasNone(@TempDir Path dir) {
        ConfigFolder folder = new ConfigFolder(dir);
        String text = ConfigFolder.GOOD;
        int from = text.indexOf("[[pipeline.postprocess]]");
        int to = text.indexOf("type = \"label\"") + "type = \"label\"".length();
        String without = text.substring(0, from) + text.substring(to);

        PipelineSettings silent = folder.loaded(without).pipelines().getFirst();
        assertThat(silent.preprocess()).isNull();
        assertThat(silent.postprocess()).isNull();

        DeviceConfig none =
                folder.loaded(without.replace("[[pipeline]]", "[[pipeline]]\npreprocess = []\npostprocess = []"));
        assertThat(none.pipelines().getFirst().preprocess()).isEmpty();
        assertThat(none.pipelines().getFirst().postprocess()).isEmpty();
        assertThat(folder.loaded(ConfigText.of(none))).isEqualTo(none);
    }

    private static List<String> texts(Processing said) {
        return said instanceof Processing.Wrong(List<Problem> problems)
                ? problems.stream().map(Problem::text).toList()
                : List.of();
    }

    private static String types() {
        return "decode-image, resize, pixels, decode-audio, resample, samples, spectrogram, mel-spectrogram, mfcc, micro-frontend,"
                + " moving-average, low-pass, high-pass, features, normalise, scale, window";
    }
}
