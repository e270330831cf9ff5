package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.JsonText;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoundTextTest {
    @Test
    void objectsAreCountedByLabelAndNumbersHaveTheirUnits() {
        Found found = new Found(
                List.of(
                        new Found.Box("person", 0, 0.9f, 0, 0, 1, 1),
                        new Found.Box("dog", 1, 0.8f, 0, 0, 1, 1),
                        new Found.Box("person", 0, 0.7f, 0, 0, 1, 1),
                        new Found.Box("", 7, 0.7f, 0, 0, 1, 1)),
                List.of(new Found.Keypoint("nose", 0.5f, 0.5f, 1)),
                List.of(new Found.Quantity("heat", 61.25f, "°C"), new Found.Quantity("wear", 0.5f, "1")));

        assertThat(FoundText.of(JsonText.of(found.properties())))
                .isEqualTo("2 person, 1 dog, 1 class 7, 1 key points, heat 61.250 °C, wear 0.500");
        assertThat(FoundText.of("[1]")).isEqualTo("[1]");
        assertThat(FoundText.of("{\"masks\":[]}")).isEqualTo("{\"masks\":[]}");
    }
}
