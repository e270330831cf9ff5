package io.fulmar.agent.command;

import static io.fulmar.agent.command.Bench.DEVICE;
import static io.fulmar.agent.command.Bench.START;
import static io.fulmar.agent.command.Bench.TOPICS;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.run.DeviceTrust;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Commands;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule of docs/commands.md, on a dispatcher that is stepped by hand. */
class CommandDispatcherTest {
    private final Path dir;

    CommandDispatcherTest(@TempDir Path dir) {
        this.dir = dir;
    }

    // ---- answers

    @Test
    void aReadingCommandIsAnsweredOnTheResponseTopicWithTheCorrelationDataAndRecorded() {
        try (Bench bench = new Bench(dir)) {
            bench.send(TOPICS.command(DEVICE), Commands.encode(Bench.reading("c-1")), "replies/me");
            assertThat(bench.published).hasSize(1);
            assertThat(bench.published.getFirst().topic()).isEqualTo("replies/me");
            assertThat(bench.published.getFirst().correlation()).containsExactly(1, 2);
            assertThat(bench.published.getFirst().qos()).isEqualTo(1);
            CommandAnswer answer = bench.answer();
            assertThat(answer)
                    .isEqualTo(new CommandAnswer("c-1", "ping", Outcome.DONE, null, "{\"n\":1}", DEVICE, START));
            assertThat(bench.rows).singleElement().satisfies(row -> {
                assertThat(row.command()).isEqualTo("c-1");
                assertThat(row.result()).isEqualTo("{\"n\":1}");
            });
        }
    }

    @Test
    void withoutAResponseTopicTheDeviceAnswersOnItsOwn() {
        try (Bench bench = new Bench(dir)) {
            bench.send(Bench.reading("c-1"));
            assertThat(bench.published.getFirst().topic()).isEqualTo("fulmar/v1/d/pump-7/cmd/result");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fulmar/v1/d/pump-7/cmd/result", "fulmar/v1/d/pump-7/cmd/result/me", "mine", "a/b/c"})
    void theseResponseTopicsAreUsed(String topic) {
        try (Bench bench = new Bench(dir)) {
            bench.send(TOPICS.command(DEVICE), Commands.encode(Bench.reading("c-1")), topic);
            assertThat(bench.published.getFirst().topic()).isEqualTo(topic);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fulmar/v1/d/pump-8/cmd",
                "fulmar/v1/d/pump-8/cmd/result",
                "fulmar/v1/d/pump-7/status",
                "fulmar/v1/d/pump-7/cmd",
                "fulmar/v1/d/pump-7/cmd/result/a/b",
                "fulmar/v1/anything",
                "$SYS/broker",
                "$share/g/x",
                "a/+",
                "a/#",
                "a\u0000",
                ""
            })
    void nobodySpeaksThroughTheDeviceOnATopicThatIsNotItsOwn(String topic) {
        try (Bench bench = new Bench(dir)) {
            bench.send(TOPICS.command(DEVICE), Commands.encode(bench.set("c-1", "x")), topic);
            assertThat(bench.effects).isEmpty();
            assertThat(bench.published.getFirst().topic()).isEqualTo("fulmar/v1/d/pump-7/cmd/result");
            assertThat(bench.answer().reason()).startsWith("malformed: the response topic");
        }
    }

    @Test
    void anAnswerWaitsForRoomInTheConnection() {
        try (Bench bench = new Bench(dir)) {
            bench.link = PublishOutcome.BUSY;
            bench.send(Bench.reading("c-1"));
            bench.send(Bench.reading("c-2"));
            assertThat(bench.published).isEmpty();
            bench.link = PublishOutcome.ACCEPTED;
            bench.work();
            assertThat(bench.answer(0).id()).isEqualTo("c-1");
            assertThat(bench.answer(1).id()).isEqualTo("c-2");
            assertThat(bench.count(Counter.ANSWERS_UNPUBLISHED)).isZero();
        }
    }

    @Test
    void anAnswerThatFindsNoConnectionStillHasItsRow() {
        try (Bench bench = new Bench(dir)) {
            bench.link = PublishOutcome.OFFLINE;
            bench.send(bench.set("c-1", "x"));
            assertThat(bench.rows).hasSize(1);
            assertThat(bench.count(Counter.ANSWERS_UNPUBLISHED)).isOne();
        }
    }

    @Test
    void aResultThatIsTooLargeIsSaidToBe() {
        try (Bench bench = new Bench(dir)) {
            bench.send(new Command("c-1", "large", Map.of("bytes", 61_500), null, null, null, null));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.FAILED);
            assertThat(bench.answer().reason()).contains("left out");
            bench.send(new Command("c-2", "large", Map.of("bytes", 60_000), null, null, null, null));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.DONE);
            assertThat(bench.rows.getLast().leftOut()).isTrue();
        }
    }

    // ---- at most once

    @Test
    void aChangingCommandSentAHundredTimesHasOneEffectAndAHundredEqualAnswers() {
        try (Bench bench = new Bench(dir)) {
            Command command = bench.set("c-1", "x");
            Set<String> answers = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                bench.send(command);
                answers.add(bench.lastText());
                bench.nowMillis += 100;
            }
            assertThat(bench.effects).containsExactly("x");
            assertThat(bench.published).hasSize(100);
            assertThat(answers).hasSize(1);
            assertThat(bench.rows).hasSize(1);
            assertThat(bench.count(Counter.COMMANDS_REPEATED)).isEqualTo(99);
        }
    }

    @Test
    void aRepeatAfterARestartGetsTheSameAnswerAndHasNoEffect() {
        List<String> effects = new ArrayList<>();
        Command command = new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, null, null);
        String first;
        try (Bench bench = new Bench(dir, effects, START, Authorisation.by(null))) {
            bench.send(command);
            first = bench.lastText();
        }
        try (Bench bench = new Bench(dir, effects, START + 1_000, Authorisation.by(null))) {
            bench.send(command);
            assertThat(bench.lastText()).isEqualTo(first);
            assertThat(bench.rows).isEmpty();
        }
        assertThat(effects).containsExactly("x");
    }

    @Test
    void aCommandThatWasCutOffIsUnknownAfterTheRestartAndNeverRepeated() {
        List<String> effects = new ArrayList<>();
        Command command = new Command("c-1", "die", Map.of(), null, START + 60_000, null, null);
        Bench killed = new Bench(dir, effects, START, Authorisation.by(null));
        try {
            killed.send(command);
            throw new AssertionError("it lives");
        } catch (Bench.Killed e) {
            assertThat(killed.published).isEmpty();
        }
        try (Bench bench = new Bench(dir, effects, START + 1_000, Authorisation.by(null))) {
            bench.work();
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(bench.rows)
                    .singleElement()
                    .extracting(CommandResult::outcome)
                    .isEqualTo(Outcome.UNKNOWN);
            String unprompted = bench.lastText();
            bench.send(command);
            assertThat(bench.lastText()).isEqualTo(unprompted);
        }
        try (Bench bench = new Bench(dir, effects, START + 2_000, Authorisation.by(null))) {
            bench.send(command);
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(bench.rows).isEmpty();
        }
        assertThat(effects).containsExactly("die");
    }

    @Test
    void anAnswerWhoseRowWasLostIsRecordedAgain() {
        Command command = new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, null, null);
        try (Bench bench = new Bench(dir)) {
            bench.store = false;
            bench.send(command);
            bench.nowNanos += Limits.RECORD_AGAIN.toNanos();
            bench.work();
            assertThat(bench.rows).hasSize(2);
        }
        try (Bench bench = new Bench(dir)) {
            bench.work();
            assertThat(bench.rows).hasSize(1);
            assertThat(bench.rows.getFirst().outcome()).isEqualTo(Outcome.DONE);
        }
        try (Bench bench = new Bench(dir)) {
            bench.work();
            assertThat(bench.rows).isEmpty();
        }
    }

    @Test
    void aReadingCommandThatComesAgainGetsTheSameAnswer() {
        try (Bench bench = new Bench(dir)) {
            bench.send(Bench.reading("c-1"));
            bench.send(Bench.reading("c-2"));
            bench.send(Bench.reading("c-1"));
            assertThat(bench.effects).hasSize(2);
            assertThat(bench.answer(2)).isEqualTo(bench.answer(0));
            assertThat(bench.rows).hasSize(2);
        }
    }

    @Test
    void anotherCommandUnderAUsedIdIsRefusedAndLeavesNoRow() {
        try (Bench bench = new Bench(dir)) {
            bench.send(bench.set("c-1", "x"));
            bench.send(bench.set("c-1", "y"));
            assertThat(bench.answer().reason()).startsWith("id-reused");
            bench.send(new Command("c-1", "set", Map.of("what", "z"), null, START - 1, null, null));
            assertThat(bench.answer().reason()).startsWith("expired");
            bench.send(new Command("c-1", "nonsense", Map.of(), null, null, null, null));
            assertThat(bench.effects).containsExactly("x");
            assertThat(bench.rows).hasSize(1);
        }
    }

    @Test
    void aClockThatJumpsBackRepeatsNothing() {
        List<String> effects = new ArrayList<>();
        long year = Duration.ofDays(365).toMillis();
        Command command = new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, null, null);
        try (Bench bench = new Bench(dir, effects, START, Authorisation.by(null))) {
            bench.send(command);
            bench.nowMillis = START + year;
            for (int i = 0; i < Limits.JOURNAL_IDS + 10; i++) {
                bench.send(bench.set("f-" + i, "f"));
                bench.nowMillis += 61_000;
            }
            bench.nowMillis = START;
            bench.send(command);
            assertThat(bench.answer().reason()).startsWith("expired").contains("forgotten");
        }
        assertThat(effects).containsOnlyOnce("x");
    }

    @Test
    void aThousandUnexpiredCommandsAreEnough() {
        try (Bench bench = new Bench(dir)) {
            for (int i = 0; i < Limits.JOURNAL_IDS; i++) {
                bench.send(bench.set("f-" + i, "f"));
            }
            bench.send(bench.set("late", "late"));
            assertThat(bench.answer().reason()).startsWith("too-many");
            assertThat(bench.effects).doesNotContain("late");
            bench.nowMillis += 61_000;
            bench.send(bench.set("later", "later"));
            assertThat(bench.effects).contains("later");
        }
    }

    // ---- refusals

    @Test
    void eachRefusalHasItsWordAndItsCounterAndNoEffect() {
        try (Bench bench = new Bench(dir)) {
            long ok = START + 60_000;
            Map<String, @Nullable Object> x = new HashMap<>();
            x.put("what", "x");
            refused(bench, "malformed", Counter.COMMANDS_REFUSED_MALFORMED, "{".getBytes(StandardCharsets.UTF_8));
            refused(bench, "malformed", Counter.COMMANDS_REFUSED_MALFORMED, new byte[65 * 1024]);
            refused(
                    bench,
                    "malformed",
                    Counter.COMMANDS_REFUSED_MALFORMED,
                    "{\"payloadType\":1}".getBytes(StandardCharsets.UTF_8));
            refused(
                    bench,
                    "not-for-me",
                    Counter.COMMANDS_REFUSED_NOT_FOR_ME,
                    new Command("r-1", "set", x, null, ok, "pump-8", null));
            refused(
                    bench,
                    "not-for-me",
                    Counter.COMMANDS_REFUSED_NOT_FOR_ME,
                    new Command("r-2", "set", x, null, ok, null, "fans"));
            refused(
                    bench,
                    "unknown-type",
                    Counter.COMMANDS_REFUSED_UNKNOWN_TYPE,
                    new Command("r-3", "help", x, null, ok, null, null));
            assertThat(bench.answer().reason()).contains("ping", "set");
            refused(
                    bench,
                    "arguments",
                    Counter.COMMANDS_REFUSED_ARGUMENTS,
                    new Command("r-4", "set", Map.of(), null, ok, null, null));
            refused(
                    bench,
                    "arguments",
                    Counter.COMMANDS_REFUSED_ARGUMENTS,
                    new Command("r-5", "set", Map.of("what", 1), null, ok, null, null));
            refused(
                    bench,
                    "arguments",
                    Counter.COMMANDS_REFUSED_ARGUMENTS,
                    new Command("r-6", "set", Map.of("what", "x", "waht", 1), null, ok, null, null));
            refused(
                    bench,
                    "arguments",
                    Counter.COMMANDS_REFUSED_ARGUMENTS,
                    new Command("r-7", "set", x, null, null, null, null));
            refused(
                    bench,
                    "arguments",
                    Counter.COMMANDS_REFUSED_ARGUMENTS,
                    new Command("r-8", "set", x, null, START + Limits.EXPIRY.toMillis() + 1, null, null));
            refused(
                    bench,
                    "not-yet",
                    Counter.COMMANDS_REFUSED_NOT_YET,
                    new Command("r-9", "set", x, START + 1, ok, null, null));
            refused(
                    bench,
                    "expired",
                    Counter.COMMANDS_REFUSED_EXPIRED,
                    new Command("r-10", "set", x, null, START, null, null));
            assertThat(bench.effects).isEmpty();
            assertThat(bench.rows).extracting(CommandResult::outcome).containsOnly(Outcome.REFUSED);
            assertThat(bench.rows)
                    .extracting(CommandResult::command)
                    .containsExactly("r-1", "r-2", "r-3", "r-4", "r-5", "r-6", "r-7", "r-8", "r-9", "r-10");
        }
    }

    private static void refused(Bench bench, String word, Counter counter, Command command) {
        refused(bench, word, counter, Commands.encode(command));
    }

    private static void refused(Bench bench, String word, Counter counter, byte[] payload) {
        long before = bench.count(counter);
        bench.send(payload);
        assertThat(bench.answer().outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(bench.answer().reason()).startsWith(word + ": ");
        assertThat(bench.count(counter)).isEqualTo(before + 1);
    }

    @Test
    void aGroupsCommandIsForItsMembers() {
        try (Bench bench = new Bench(dir)) {
            bench.send(TOPICS.groupCommand("pumps"), Commands.encode(bench.set("c-1", "x")), null);
            assertThat(bench.effects).containsExactly("x");
            bench.send(TOPICS.groupCommand("fans"), Commands.encode(bench.set("c-2", "y")), null);
            assertThat(bench.answer().reason()).startsWith("not-for-me");
            assertThat(bench.effects).containsExactly("x");
        }
    }

    @Test
    void aThousandCommandsAtOnceAreMostlyRefusedWithoutEffectOrRow() {
        try (Bench bench = new Bench(dir)) {
            for (int i = 0; i < 1_000; i++) {
                bench.offer(TOPICS.command(DEVICE), Commands.encode(bench.set("c-" + i, "x")), null);
                bench.workNow();
            }
            assertThat(bench.effects).hasSize(Limits.BURST);
            assertThat(bench.rows).hasSize(Limits.BURST);
            assertThat(bench.count(Counter.COMMANDS_REFUSED_TOO_OFTEN)).isEqualTo(1_000 - Limits.BURST);
            bench.work();
            bench.send(bench.set("later", "later"));
            assertThat(bench.effects).contains("later");
        }
    }

    @Test
    void whatWaitsIsBounded() {
        try (Bench bench = new Bench(dir)) {
            for (int i = 0; i < 1_000; i++) {
                bench.offer(TOPICS.command(DEVICE), Commands.encode(Bench.reading("c-" + i)), null);
            }
            bench.workNow();
            assertThat(bench.count(Counter.COMMANDS)).isEqualTo(Limits.QUEUE_MESSAGES);
            assertThat(bench.count(Counter.COMMANDS_DROPPED)).isEqualTo(1_000 - Limits.QUEUE_MESSAGES);
        }
    }

    @Test
    void aCommandThatFailsSaysWhyAndABugDoesNotEndTheProcess() {
        try (Bench bench = new Bench(dir)) {
            bench.send(new Command("c-1", "fail", Map.of(), null, START + 1_000, null, null));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.FAILED);
            assertThat(bench.answer().reason()).isEqualTo("no luck");
            bench.send(new Command("c-2", "bug", Map.of(), null, START + 1_000, null, null));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.FAILED);
            assertThat(bench.faults.latest()).anyMatch(fault -> fault.message().contains("unforeseen"));
        }
    }

    // ---- signatures

    @Test
    void whereTheTrustRootNamesAnOperatorOnlyHisSignatureChangesAnything() {
        SigningKey operator = SigningKey.generate();
        SigningKey stranger = SigningKey.generate();
        try (Bench bench = new Bench(dir, new ArrayList<>(), START, by(operator))) {
            Command unnamed = bench.set("c-1", "x");
            Command named = new Command("c-2", "set", Map.of("what", "x"), null, START + 60_000, DEVICE, null);
            bench.send(named);
            assertThat(bench.answer().reason()).startsWith("unauthorised");
            bench.send(signed(named, stranger));
            assertThat(bench.answer().reason()).startsWith("unauthorised");
            bench.send(signed(unnamed, operator));
            assertThat(bench.answer().reason()).startsWith("malformed: what is signed must name");
            bench.send(Dsse.sign("application/vnd.fulmar.desired+json", Commands.encode(named), operator)
                    .toJson());
            assertThat(bench.answer().reason()).startsWith("unauthorised");
            assertThat(bench.effects).isEmpty();
            bench.send(signed(named, operator));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.DONE);
            assertThat(bench.effects).containsExactly("x");
            bench.send(Bench.reading("c-3"));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.DONE);
        }
    }

    @Test
    void whoeverMayNotChangeTheDeviceIsNotToldWhatWouldFitIt() {
        try (Bench bench = new Bench(dir, new ArrayList<>(), START, by(SigningKey.generate()))) {
            bench.send(new Command("c-1", "set", Map.of("where", "x"), null, START + 60_000, DEVICE, null));
            assertThat(bench.answer().reason()).startsWith("unauthorised");
            assertThat(bench.count(Counter.COMMANDS_REFUSED_ARGUMENTS)).isZero();
        }
    }

    @Test
    void aCommandThatExpiresInSecondsSince1970IsToldOfTheUnit() {
        try (Bench bench = new Bench(dir)) {
            bench.send(new Command("c-1", "set", Map.of("what", "x"), null, START / 1_000 + 60, null, null));
            assertThat(bench.answer().reason()).startsWith("expired: at 1970").endsWith("in milliseconds since 1970");
            bench.send(new Command("c-2", "set", Map.of("what", "x"), null, START - 60, null, null));
            assertThat(bench.answer().reason()).startsWith("expired").doesNotContain("1970");
        }
    }

    @Test
    void aCommandSignedForAnotherDeviceIsNotForThisOne() {
        SigningKey operator = SigningKey.generate();
        try (Bench bench = new Bench(dir, new ArrayList<>(), START, by(operator))) {
            bench.send(signed(
                    new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, "pump-8", null), operator));
            assertThat(bench.answer().reason()).startsWith("not-for-me");
            assertThat(bench.effects).isEmpty();
        }
    }

    @Test
    void withoutATrustRootTheBrokersPermissionIsEnough() {
        try (Bench bench = new Bench(dir)) {
            bench.send(signed(
                    new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, DEVICE, null),
                    SigningKey.generate()));
            assertThat(bench.effects).containsExactly("x");
        }
    }

    @Test
    void aTrustRootThatCannotBeReadLetsNobodyChangeAnything() {
        Authorisation broken = Authorisation.of(DeviceTrust.open(dir.resolve("trust"), dir.resolve("missing.json")));
        try (Bench bench = new Bench(dir, new ArrayList<>(), START, broken)) {
            bench.send(bench.set("c-1", "x"));
            assertThat(bench.answer().reason()).startsWith("unauthorised");
            bench.send(Bench.reading("c-2"));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.DONE);
        }
    }

    private static byte[] signed(Command command, SigningKey key) {
        return Dsse.sign(Authorisation.COMMAND, Commands.encode(command), key).toJson();
    }

    private static Authorisation by(SigningKey operator) {
        return Authorisation.by(TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(operator.verifyingKey(), null)),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(operator.verifyingKey().id()), 1))));
    }

    // ---- the disk

    @Test
    void whatCannotBeJournalledIsNotCarriedOut() throws Exception {
        Path blocked = Files.createFile(dir.resolve("blocked"));
        try (Bench bench = new Bench(blocked.resolve("commands"))) {
            bench.send(bench.set("c-1", "x"));
            assertThat(bench.answer().reason()).startsWith("journal: ");
            bench.send(Bench.reading("c-2"));
            assertThat(bench.answer().outcome()).isEqualTo(Outcome.DONE);
            assertThat(bench.effects).containsExactly("ping");
            Files.delete(blocked);
            bench.send(bench.set("c-3", "y"));
            assertThat(bench.effects).containsExactly("ping", "y");
        }
    }
}
