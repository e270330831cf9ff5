package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.SourceException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonNumbersTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            $                | 7                                  | [7.0]
            $                | [1, [2.5, -3e2], true, false]      | [1.0, 2.5, -300.0, 1.0, 0.0]
            $                | []                                 | []
            $.a              | {"a": 1, "b": "x"}                 | [1.0]
            $.a.b            | {"a": {"c": {"b": 9}, "b": [4, 5]}}| [4.0, 5.0]
            $[1].x           | [{"x": 1}, {"x": 2}, 3]            | [2.0]
            $['two words']   | {"two words": 3, "two": {"words":1}}| [3.0]
            $.x[0][1]        | {"x": [[1, 2], [3, 4]]}            | [2.0]
            $.temp,$.hum     | {"hum": 40, "temp": 21}            | [21.0, 40.0]
            $.a,$.a[1]       | {"a": [1, 2]}                      | [1.0, 2.0, 2.0]
            $.a              | {"a": 1, "a": 2}                   | [1.0, 2.0]
            """)
    void numbersStandWhereThePlacesSay(String places, String json, String expected) {
        assertThat(Arrays.toString(numbers(places, json))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            $      | {"a": 1}        | has an object at $, not numbers
            $.a    | {"b": 1}        | has nothing at $.a
            $[2]   | [1, 2]          | has nothing at $[2]
            $.a    | [1]             | has nothing at $.a
            $.a    | {"a": null}     | has null at $.a, which is no number
            $.a    | {"a": "21"}     | has 21 at $.a, which is no number
            $.a    | {"a": [1, {}]}  | has an object at $.a, not numbers
            $      | 1 2             | goes on behind its end
            $      | 1e39            | has a number at $ that is too large
            $      | NaN             | is no JSON:
            $.a    | {"a": 1         | is no JSON:
            """)
    void whatIsNotThereOrNoNumberIsSaid(String places, String json, String problem) {
        assertThatThrownBy(() -> numbers(places, json))
                .isInstanceOf(SourceException.class)
                .hasMessageStartingWith("it " + problem);
    }

    @Test
    void nothingIsNoJson() {
        assertThatThrownBy(() -> numbers("$", "")).hasMessage("it is empty");
        assertThatThrownBy(() -> numbers("$", "[".repeat(1_000))).isInstanceOf(SourceException.class);
        assertThatThrownBy(() -> numbers("$", "1".repeat(1_000))).isInstanceOf(SourceException.class);
    }

    private static float[] numbers(String places, String json) {
        return new JsonNumbers(List.of(places.split(",", -1))).of(json, "it");
    }
}
