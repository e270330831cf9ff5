package io.fulmar.cli.command;

import static io.fulmar.cli.command.Device.inTenMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real agent, a real Mosquitto and its own clients: what a person can do, and what nobody can. */
@Timeout(600)
class CommandsIT {
    private final Path dir;
    private @Nullable Mosquitto mosquitto;

    CommandsIT(@TempDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void startBroker() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mosquitto_rr")),
                "mosquitto_rr is not installed (Debian: apt-get install mosquitto-clients)");
        mosquitto = Mosquitto.start(dir);
    }

    @AfterEach
    void stopBroker() {
        if (mosquitto != null) {
            mosquitto.close();
        }
    }

    private Mosquitto broker() {
        return java.util.Objects.requireNonNull(mosquitto);
    }

    @Test
    void theSameActuateSentAHundredTimesHasOneEffectAndAHundredEqualAnswers() throws Exception {
        try (Device device = new Device(dir, "d1", broker())) {
            device.startAndAwait();
            String command = actuate("same", "once and only once");
            Set<String> answers = new HashSet<>();
            int answered = 0;
            while (answered < 100) {
                byte[] said = device.askOn("fulmar/v1/d/d1/cmd", command, 30);
                CommandAnswer answer = Commands.decodeAnswer(said);
                // a hundred processes in a row can be faster than ten a second
                if (answer.reason() == null || !answer.reason().startsWith("too-often")) {
                    answers.add(new String(said, StandardCharsets.UTF_8));
                    answered++;
                }
            }
            assertThat(answers).hasSize(1);
            assertThat(Commands.decodeAnswer(answers.iterator().next().getBytes(StandardCharsets.UTF_8))
                            .outcome())
                    .isEqualTo(Outcome.DONE);
            assertThat(device.logged("once and only once")).isOne();
            device.stop();
            assertThat(rows(device.state(), "same")).hasSize(1);
        }
    }

    @Test
    void aCommandCutOffBySigkillIsUnknownAfterTheRestartAndNotRepeated() throws Exception {
        Path pipe = dir.resolve("rows.csv");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (Device device = new Device(dir, "d1", broker(), stuck(pipe))) {
            String command = actuate("cut", "cut off");
            device.start();
            // a pipeline that waits for its next row has no time to actuate: that is where the agent is killed
            try (OutputStream rows = Files.newOutputStream(pipe)) {
                feed(rows);
                device.awaitAnswers();
                Thread asking = Thread.ofVirtual().start(() -> device.askOn("fulmar/v1/d/d1/cmd", command, 10));
                Device.await(
                        "the beginning in the journal", () -> device.journal().contains("\"cut\""));
                device.kill();
                asking.join();
                assertThat(device.journal()).doesNotContain("finished");
            }
            device.start();
            try (OutputStream rows = Files.newOutputStream(pipe)) {
                feed(rows);
                device.awaitAnswers();
                CommandAnswer answer = device.ask(command);
                assertThat(answer.outcome()).isEqualTo(Outcome.UNKNOWN);
                assertThat(answer.reason()).isEqualTo("the agent ended while it was carried out");
                for (int i = 0; i < 20; i++) {
                    feed(rows); // now it has time
                }
                assertThat(device.ask(command)).isEqualTo(answer);
            }
            device.ask("{\"id\":\"after\",\"type\":\"ping\"}");
            device.stop();
            assertThat(device.logged("ordered: cut off")).isZero();
            assertThat(rows(device.state(), "cut"))
                    .singleElement()
                    .extracting(CommandResult::outcome)
                    .isEqualTo(Outcome.UNKNOWN);
        }
    }

    @Test
    void whatIsRefusedIsCountedAndHasNoEffect() throws Exception {
        try (Device device = new Device(dir, "d1", broker())) {
            device.startAndAwait();
            long now = System.currentTimeMillis();
            refused(device, "expired", actuate("r-1", "no").replaceAll("\"expires\":\\d+", "\"expires\":" + (now - 1)));
            refused(
                    device,
                    "not-yet",
                    actuate("r-2", "no").replace("\"expires\"", "\"notBefore\":" + (now + 300_000) + ",\"expires\""));
            refused(device, "not-for-me", actuate("r-3", "no").replace("\"expires\"", "\"device\":\"d2\",\"expires\""));
            refused(device, "unknown-type", actuate("r-4", "no").replace("\"actuate\"", "\"explode\""));
            refused(device, "malformed", "{\"id\":\"r-5\",\"type\":");
            refused(device, "malformed", actuate("r-6", "x".repeat(65 * 1024)));
            refused(device, "arguments", actuate("r-7", "no").replace("\"message\"", "\"massage\""));
            assertThat(counters(device)).containsEntry("commands_refused_expired", 1);
            assertThat(counters(device)).containsEntry("commands_refused_not_yet", 1);
            assertThat(counters(device)).containsEntry("commands_refused_not_for_me", 1);
            assertThat(counters(device)).containsEntry("commands_refused_unknown_type", 1);
            assertThat(counters(device)).containsEntry("commands_refused_malformed", 2);
            assertThat(counters(device)).containsEntry("commands_refused_arguments", 1);
            assertThat(device.logged("ordered:")).isZero();
            assertThat(device.journal()).doesNotContain("started");
        }
    }

    @Test
    void aThousandCommandsInASecondAreMostlyRefusedAndTheDeviceStaysWell() throws Exception {
        try (Device device = new Device(dir, "d1", broker())) {
            device.startAndAwait();
            String flood = IntStream.range(0, 1_000)
                    .mapToObj(i -> actuate("f-" + i, "flood"))
                    .collect(Collectors.joining("\n"));
            Path lines = Files.writeString(dir.resolve("flood"), flood + "\n");
            Process client = new ProcessBuilder(
                            "mosquitto_pub",
                            "-h",
                            "127.0.0.1",
                            "-p",
                            Integer.toString(broker().port()),
                            "-t",
                            "fulmar/v1/d/d1/cmd",
                            "-q",
                            "1",
                            "-l")
                    .redirectInput(lines.toFile())
                    .start();
            assertThat(client.waitFor()).isZero();
            Map<String, @Nullable Object> seen = new HashMap<>();
            Device.await("all of them", () -> {
                seen.putAll(counters(device, 5)); // nothing, when this question comes too often as well
                return number(seen, "commands") + number(seen, "commands_dropped") > 1_000;
            });
            assertThat(number(seen, "commands_refused_too_often") + number(seen, "commands_dropped"))
                    .isGreaterThan(500);
            assertThat(device.logged("ordered: flood")).isBetween(1L, 500L);
        }
    }

    @Test
    void aCommandToAGroupIsDoneByEachOfItsMembersAndByNobodyElse() throws Exception {
        try (Device first = new Device(dir, "d1", broker(), "device.groups=[\"pumps\"]");
                Device second = new Device(dir, "d2", broker(), "device.groups=[\"pumps\", \"roof\"]");
                Device third = new Device(dir, "d3", broker())) {
            first.start();
            second.start();
            third.start();
            first.awaitAnswers();
            second.awaitAnswers();
            third.awaitAnswers();
            first.askOn("fulmar/v1/g/pumps/cmd", actuate("g-1", "all pumps"), 20);
            Device.await(
                    "both members",
                    () -> first.logged("ordered: all pumps") == 1 && second.logged("ordered: all pumps") == 1);
            third.ask("{\"id\":\"after\",\"type\":\"ping\"}");
            assertThat(third.logged("ordered:")).isZero();
        }
    }

    // ---- tools

    private static String actuate(String id, String message) {
        return "{\"id\":\"" + id + "\",\"type\":\"actuate\",\"args\":{\"pipeline\":\"vibration\",\"message\":\""
                + message + "\"},\"expires\":" + inTenMinutes() + "}";
    }

    private static void refused(Device device, String word, String command) {
        CommandAnswer answer = device.ask(command);
        assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(answer.reason()).startsWith(word + ": ");
    }

    private static Map<String, @Nullable Object> counters(Device device) {
        return counters(device, 30);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> counters(Device device, int seconds) {
        String id = "diagnostics-" + System.nanoTime();
        CommandAnswer answer = device.ask("{\"id\":\"" + id + "\",\"type\":\"diagnostics\"}", seconds);
        if (answer == null || answer.result() == null) {
            return Map.of();
        }
        Object counters = JsonText.read(answer.result()).get("counters");
        if (counters instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        return Map.of();
    }

    private static int number(Map<String, @Nullable Object> counters, String name) {
        return counters.get(name) instanceof Integer number ? number : 0;
    }

    /** A device whose pipeline waits at a pipe for its next row. */
    private Path stuck(Path pipe) throws IOException {
        Path samples = Path.of(System.getProperty("fulmar.root", ".."))
                .toRealPath()
                .resolve("models/samples/bearing-condition");
        return Files.writeString(dir.resolve("stuck.toml"), """
                [device]
                id = "d1"
                [state]
                dir = "state"
                [mqtt]
                url = "mqtt://127.0.0.1:1"
                [[model]]
                name = "bearing-condition"
                file = "%1$s/bearing-condition.tflite"
                version = "1.0.0"
                labels = "%1$s/labels.txt"
                [[pipeline]]
                name = "vibration"
                model = "bearing-condition"
                [pipeline.source]
                type = "replay"
                rate = 100
                path = "%2$s"
                [[pipeline.postprocess]]
                type = "label"
                [[pipeline.act]]
                type = "log"
                when = "alarm"
                """.formatted(samples, pipe));
    }

    private static void feed(OutputStream rows) throws IOException {
        String row = IntStream.range(0, 256).mapToObj(i -> "0.5").collect(Collectors.joining(","));
        rows.write((row + "\n").getBytes(StandardCharsets.US_ASCII));
        rows.flush();
    }

    /** What the stopped device's store says about that command. */
    private static List<CommandResult> rows(Path state, String command) {
        OutboxConfig config = new OutboxConfig(state, 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        List<CommandResult> found = new ArrayList<>();
        try (Outbox outbox = Outbox.open(config, Instant::now)) {
            Batch batch = outbox.read(Stream.EVENT, outbox.state(Stream.EVENT).acknowledged() + 1, 1_000, 1 << 20);
            assertThat(batch).isNotNull();
            for (Row row : batch.rows()) {
                if (row instanceof Row.Data data
                        && Records.decode(data.record()) instanceof CommandResult result
                        && result.command().equals(command)) {
                    found.add(result);
                }
            }
        }
        return found;
    }
}
