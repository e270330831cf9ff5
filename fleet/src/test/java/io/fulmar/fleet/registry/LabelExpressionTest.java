package io.fulmar.fleet.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelExpressionTest {
    private static final Labels DEVICE = new Labels.Builder()
            .add("id", "press-07")
            .add("group", "canary")
            .add("group", "hall-2")
            .add("board", "raspberry-pi-5")
            .add("agent", "0.2.0-SNAPSHOT")
            .add("online", "true")
            .add("model.bearing", "1.10.0")
            .add("site", "Kiel Süd")
            .add("ram", "4.5")
            .build();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            all                                                                        | true
            not all                                                                    | false
            board = raspberry-pi-5                                                     | true
            board == raspberry-pi-5                                                    | true
            board != raspberry-pi-5                                                    | false
            group = canary and group = hall-2                                          | true
            group != canary                                                            | false
            group in (lab, canary)                                                     | true
            group not in (lab, canary)                                                 | false
            group not in (lab)                                                         | true
            missing = x                                                                | false
            missing != x                                                               | true
            missing not in (x)                                                         | true
            missing < 3                                                                | false
            missing >= 3                                                               | false
            exists site                                                                | true
            not exists site                                                            | false
            exists missing                                                             | false
            site = 'Kiel Süd'                                                          | true
            site = "Kiel Süd"                                                          | true
            agent < 0.2.0                                                              | true
            agent >= 0.2.0                                                             | false
            agent > 0.1.9                                                              | true
            model.bearing > 1.9.0                                                      | true
            model.bearing < 2                                                          | true
            model.bearing >= 1.10                                                      | true
            model.bearing > 1.11                                                       | false
            ram >= 4                                                                   | true
            ram < 4.50                                                                 | false
            ram <= 4.50                                                                | true
            board < 9                                                                  | false
            board = raspberry-pi-5 and not (group in (canary, lab) or agent < 0.2.0)   | false
            board = raspberry-pi-5 and not (group in (lab) or agent < 0.1.0)           | true
            id = a or id = press-07 and online = false                                 | false
            (id = a or id = press-07) and online = true                                | true
            not not id = press-07                                                      | true
            """)
    void expressionsSayWhichDevicesAreMeant(String text, boolean meant) {
        assertThat(LabelExpression.parse(text).matches(DEVICE)).as(text).isEqualTo(meant);
        assertThat(LabelExpression.parse(LabelExpression.parse(text).toString()))
                .isEqualTo(LabelExpression.parse(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            board                            | 5  | expected one of = != < <= > >= 'in' 'not in' after 'board', but found the end
            board = raspberry-pi-5 andd x=1  | 23 | expected 'and', 'or' or the end, but found 'andd'
            board = and                      | 8  | expected a value after '=', but found 'and'; in quotes it is a name or value
            (board = a                       | 10 | expected 'and', 'or' or ')', but found the end
            board = a)                       | 9  | expected 'and', 'or' or the end, but found ')'
            group in lab                     | 9  | expected '(' and a list of values, but found 'lab'
            group in (lab canary)            | 14 | expected ',' or ')', but found 'canary'
            group in ()                      | 10 | expected a value, but found ')'
            group not x                      | 10 | expected 'in' after 'not', but found 'x'
            agent < newest                   | 8  | expected a version or number after '<', such as 1.2.0 or 3, but found 'newest'
            exists                           | 6  | expected the name of a label after 'exists', but found the end
            board = 'x                       | 8  | the quote that begins here does not end
            board = ''                       | 8  | a value has 1 to 128 characters, none of them a control character
            board = ä                        | 8  | 'ä' has no meaning here; put odd values in quotes
            board & x                        | 6  | '&' has no meaning here; put odd values in quotes
            'a b' = c                        | 0  | 'a b' is no name of a label: letters, digits and _ . / - inside, at most 63 characters
            not                              | 3  | expected the name of a label, 'not', 'exists', 'all' or '(', but found the end
            """)
    void whatIsNoExpressionIsToldWithItsPlaceAndWhatWasExpected(String text, int at, String problem) {
        var said = catchThrowableOfType(LabelSyntaxException.class, () -> LabelExpression.parse(text));
        assertThat(said).as(text).isNotNull();
        assertThat(said.problem()).isEqualTo(problem);
        assertThat(said.at()).isEqualTo(at);
        assertThat(said).hasMessage("character " + (at + 1) + ": " + problem);
        assertThat(said.marked().lines().toList().getLast()).isEqualTo(" ".repeat(at) + "^");
    }

    @Test
    void anEmptyTextIsNoExpressionSoThatNobodyMeansEveryDeviceByMistake() {
        assertThatThrownBy(() -> LabelExpression.parse("  ")).isInstanceOf(LabelSyntaxException.class);
    }

    @Test
    void whatIsTooLongOrTooDeepIsRefused() {
        assertThatThrownBy(() -> LabelExpression.parse("(".repeat(65) + "all" + ")".repeat(65)))
                .hasMessageContaining("nested deeper than 64");
        assertThat(LabelExpression.parse("(".repeat(60) + "all" + ")".repeat(60)))
                .isEqualTo(new LabelExpression.All());
        assertThatThrownBy(() -> LabelExpression.parse("all or ".repeat(1000) + "all"))
                .hasMessageContaining("longer than 4096 characters");
    }

    @Test
    void whatAnExpressionPrintsIsReadAgainAsTheSame() {
        for (int seed = 0; seed < 2_000; seed++) {
            LabelExpression expression = random(new SplittableRandom(seed), 4);
            String text = expression.toString();
            LabelExpression again = LabelExpression.parse(text);
            assertThat(again.toString()).as("seed %d", seed).isEqualTo(text);
            assertThat(again.matches(DEVICE)).as("seed %d: %s", seed, text).isEqualTo(expression.matches(DEVICE));
        }
    }

    @Test
    void noTextAtAllMakesAnythingElseThanAnExpressionOrAnErrorWithItsPlace() {
        String letters = "ab =!<>()'\",\\ or and not in exists all 1.2.0 \u0000ä\n";
        for (int seed = 0; seed < 20_000; seed++) {
            var random = new SplittableRandom(seed);
            var text = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            try {
                LabelExpression.parse(text.toString()).matches(DEVICE);
            } catch (LabelSyntaxException e) {
                assertThat(e.at()).as("seed %d", seed).isBetween(0, length);
                assertThat(e.marked()).contains("^");
            }
        }
    }

    private static LabelExpression random(SplittableRandom random, int depth) {
        String label = List.of("id", "group", "board", "agent", "odd/label", "and", "model.bearing")
                .get(random.nextInt(7));
        String value = List.of("canary", "it's \\ odd", "in", "Kiel Süd", "raspberry-pi-5", "press-07", "\"")
                .get(random.nextInt(7));
        return switch (random.nextInt(depth == 0 ? 5 : 8)) {
            case 0 -> new LabelExpression.Equal(label, value);
            case 1 -> new LabelExpression.In(label, List.of(value, "x"));
            case 2 -> new LabelExpression.Exists(label);
            case 3 ->
                new LabelExpression.Compare(
                        label, List.of(LabelExpression.Order.values()).get(random.nextInt(4)), "1." + depth);
            case 4 -> new LabelExpression.All();
            case 5 -> new LabelExpression.Not(random(random, depth - 1));
            default -> {
                List<LabelExpression> parts = new ArrayList<>();
                for (int i = 0; i < 2 + random.nextInt(2); i++) {
                    parts.add(random(random, depth - 1));
                }
                yield random.nextBoolean() ? new LabelExpression.And(parts) : new LabelExpression.Or(parts);
            }
        };
    }
}
