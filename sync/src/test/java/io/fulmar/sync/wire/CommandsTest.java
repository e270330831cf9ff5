package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest {
    @Test
    void aCommandIsReadAsItWasWritten() {
        for (Command command : Samples.commands().values()) {
            assertThat(Commands.read(Commands.encode(command))).isEqualTo(new CommandReading.Whole(command));
        }
    }

    @Test
    void anAnswerIsReadAsItWasWritten() {
        for (CommandAnswer answer : Samples.answers().values()) {
            assertThat(Commands.decodeAnswer(Commands.encode(answer))).isEqualTo(answer);
        }
    }

    @Test
    void argumentsMayBeWhateverJsonCanSay() {
        Map<String, @Nullable Object> args = new HashMap<>();
        args.put("inner", Map.of("a", List.of(1, 2.5, "x", true)));
        args.put("nothing", null);
        args.put("large", 1L << 60);
        Command command = new Command("c", "infer", args, null, null, null, null);
        assertThat(Commands.read(Commands.encode(command))).isEqualTo(new CommandReading.Whole(command));
    }

    @Test
    void oneTextOrOneListMayBeNearlyAllOfACommand() {
        Command text = new Command("c", "infer", Map.of("x", "a".repeat(60_000)), null, null, null, null);
        assertThat(Commands.read(Commands.encode(text))).isEqualTo(new CommandReading.Whole(text));
        Command list =
                new Command("c", "infer", Map.of("x", Arrays.asList(new Object[12_000])), null, null, null, null);
        assertThat(Commands.read(Commands.encode(list))).isEqualTo(new CommandReading.Whole(list));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "                                     |     |      | is a JSON object",
                "[]                                   |     |      | is a JSON object",
                "{\"id\":\"a\"} x                     |     |      | not valid JSON",
                "{\"id\":\"a\",\"id\":\"b\"}          |     |      | not valid JSON",
                "{\"id\":\"a\"}                       | a   |      | 'type' is missing",
                "{\"type\":\"ping\"}                  |     | ping | 'id' is missing",
                "{\"id\":7,\"type\":\"ping\"}         |     | ping | 'id' must be a text",
                "{\"id\":\"a b\",\"type\":\"ping\"}   |     | ping | 1 to 64 letters",
                "{\"id\":\"a\",\"type\":\"\"}         | a   |      | 1 to 64 letters",
                "{\"id\":\"a\",\"type\":\"ping\",\"args\":[]}          | a | ping | 'args' must be an object",
                "{\"id\":\"a\",\"type\":\"ping\",\"expires\":\"soon\"} | a | ping | 'expires' must be a whole number",
                "{\"id\":\"a\",\"type\":\"ping\",\"expires\":-1}       | a | ping | 'expires' must be not negative",
                "{\"id\":\"a\",\"type\":\"ping\",\"expires\":1.5}      | a | ping | 'expires' must be a whole number",
                "{\"id\":\"a\",\"type\":\"ping\",\"not_before\":1}     | a | ping | a command has no 'not_before'",
                "{\"id\":\"a\",\"type\":\"ping\",\"device\":\"#\"}     | a | ping | 1 to 64 letters",
            })
    void whatIsNotUnderstoodIsNoCommand(
            @Nullable String text, @Nullable String id, @Nullable String type, String reason) {
        byte[] bytes = (text == null ? "" : text).getBytes(StandardCharsets.UTF_8);
        assertThat(Commands.read(bytes)).isInstanceOfSatisfying(CommandReading.Malformed.class, malformed -> {
            assertThat(malformed.id()).isEqualTo(id);
            assertThat(malformed.type()).isEqualTo(type);
            assertThat(malformed.reason()).contains(reason);
        });
    }

    @Test
    void aCommandHasAtMost64KiBytes() {
        byte[] large = Arrays.copyOf("{\"id\":\"a\",\"type\":\"ping\"}".getBytes(StandardCharsets.UTF_8), 65_537);
        Arrays.fill(large, 24, large.length, (byte) ' ');
        assertThat(Commands.read(large)).isInstanceOf(CommandReading.Malformed.class);
        assertThat(Commands.read(Arrays.copyOf(large, 65_536))).isInstanceOf(CommandReading.Whole.class);
    }

    @Test
    void aResultTooLargeForARowIsLeftOutAndSaidToBe() {
        String result = JsonText.of(Map.of("x", "a".repeat(Limits.ROW_RESULT_BYTES)));
        CommandResult row = CommandResult.of(
                Samples.AT,
                new CommandAnswer("c", "logs", CommandAnswer.Outcome.DONE, null, result, "d", Samples.AT.wallMillis()));
        assertThat(row.leftOut()).isTrue();
        assertThat(row.resultBytes()).isEqualTo(result.length());
        assertThat(Records.decode(Records.encode(row))).isEqualTo(row);
    }

    @Test
    void anAnswerToNothingIsNotRecorded() {
        CommandAnswer answer =
                new CommandAnswer(null, null, CommandAnswer.Outcome.REFUSED, "not valid JSON", null, "d", 1);
        assertThat(Commands.decodeAnswer(Commands.encode(answer))).isEqualTo(answer);
        assertThatThrownBy(() -> CommandResult.of(Samples.AT, answer)).isInstanceOf(IllegalArgumentException.class);
    }
}
