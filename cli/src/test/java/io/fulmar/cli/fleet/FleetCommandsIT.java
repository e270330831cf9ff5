package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator types, against a running service and devices that answer. */
class FleetCommandsIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void start() {
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")));
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void aCommandIsAnsweredAndItsExitCodeSaysWhatBecameOfIt() throws Exception {
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            device.awaitWelcome();
            await(queries -> queries.knows("press-7"));
            assertThat(run(
                            "command",
                            "press-7",
                            "ping",
                            "--arg",
                            "pin=4",
                            "--arg",
                            "on=true",
                            "--arg",
                            "name=007",
                            "--arg",
                            "list=[1,2]",
                            "--arg",
                            "text=\"4\"",
                            "--wait",
                            "60s"))
                    .isEqualTo(ExitCode.OK);
            assertThat(out.toString())
                    .startsWith("press-7  done\n")
                    .contains(
                            "\"pin\" : 4",
                            "\"on\" : true",
                            "\"name\" : \"007\"",
                            "\"list\" : [ 1, 2 ]",
                            "\"text\" : \"4\"");
            for (String outcome : List.of("failed", "refused", "unknown")) {
                assertThat(run("command", "press-7", outcome, "--wait", "60s")).isEqualTo(ExitCode.FAILED);
                assertThat(out.toString()).isEqualTo("press-7  " + outcome + ": because\n");
            }
            assertThat(run("command", "press-7", "ping", "--json", "--wait", "60s"))
                    .isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("\"kept\":true", "\"outcome\":\"done\"", "\"missing\":[]");
        }
    }

    @Test
    void whoDoesNotAnswerInTimeIsNamedAndTheCommandIsFoundAgain() throws Exception {
        try (var one = new TestResponder(fleet.brokerUrl(), "press-1", "presses")) {
            var off = new TestResponder(fleet.brokerUrl(), "press-2", "presses");
            one.awaitWelcome();
            off.awaitWelcome();
            await(queries -> queries.members("presses").size() == 2);
            off.close();

            assertThat(run("command", "--group", "presses", "ping", "--wait", "3s"))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(out.toString())
                    .contains("press-1  done\n", "press-2  no answer within 3 s\n", "the fleet sends it again");

            assertThat(run("commands")).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("group presses", "ping");
            try (var queries = FleetQueries.open(dir.resolve("data"))) {
                String id = queries.commands(null, null, 1).getFirst().id();
                assertThat(run("commands", "--id", id)).isEqualTo(ExitCode.OK);
                assertThat(out.toString()).contains("\"type\" : \"ping\"", "press-2  no answer yet");
            }
            assertThat(run("commands", "--id", "none")).isEqualTo(ExitCode.FAILED);
        }
    }

    @Test
    void whatIsStoredIsExportedToAFileThatAppearsWhenItIsComplete() throws Exception {
        assertThat(run("export")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .isEqualTo(
                        "device,epoch,stream,seq,kind,pipeline,model,version,label,score,at,believed,received,found\r\n");

        Path file = dir.resolve("all.ndjson");
        assertThat(run("export", "--format", "ndjson", "--from", "2026-01-01", "-o", file.toString()))
                .isEqualTo(ExitCode.OK);
        assertThat(file).isEmptyFile();
        assertThat(dir.resolve("all.ndjson.part")).doesNotExist();

        assertThat(run("export", "--from", "yesterday")).isEqualTo(ExitCode.USAGE);
        assertThat(run("export", "--from", "2026-01-02", "--to", "2026-01-01")).isEqualTo(ExitCode.USAGE);
        assertThat(run("export", "-o", dir.resolve("no").resolve("folder").toString()))
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void anotherMachineReadsTheSameOverTheApi() throws Exception {
        assertThat(FulmarCommand.commandLine()
                        .execute(
                                "fleet",
                                "publish",
                                "--data",
                                dir.resolve("data").toString(),
                                "--skip-golden",
                                packed().toString()))
                .isEqualTo(ExitCode.OK);
        Path token = dir.resolve("token");
        Files.copy(dir.resolve("data/admin.token"), token, StandardCopyOption.COPY_ATTRIBUTES);
        String url = "http://127.0.0.1:" + fleet.httpPort();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7", "presses")) {
            device.awaitWelcome();
            await(queries -> queries.knows("press-7"));
            assertThat(run("command", "press-7", "ping", "--wait", "60s")).isEqualTo(ExitCode.OK);
            assertThat(run("assign", "bearing-condition", "--device", "press-7", "--wait", "60s"))
                    .isEqualTo(ExitCode.OK);
        }
        for (String words : List.of(
                "devices",
                "streams",
                "predictions",
                "predictions --device press-7",
                "commands",
                "commands press-7 --last 1",
                "models",
                "models bearing-condition")) {
            for (String form : List.of("", " --json")) {
                assertSameThereAsHere(url, token, (words + form).split(" ", -1));
            }
        }
        assertThat(away(url, token, "commands", "press-8")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("No device with the id press-8 was ever heard of");
        assertThat(away(url, token, "models", "nothing")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("nothing is known of a model 'nothing'");
    }

    @Test
    void whatModelsSaidIsAskedOfARunningService() {
        for (String words :
                List.of("labels --by-day --since 7d", "confidence --model m", "latest", "drift --device d")) {
            List<String> arguments = new ArrayList<>(List.of("ask"));
            arguments.addAll(List.of(words.split(" ", -1)));
            assertThat(run(arguments.toArray(String[]::new))).as(words).isEqualTo(ExitCode.OK);
            assertThat(out.toString().lines()).as(words).hasSize(1);
            arguments.add("--json");
            assertThat(run(arguments.toArray(String[]::new))).as(words).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).as(words).isEqualTo("[]" + System.lineSeparator());
        }
        assertSaid(ExitCode.USAGE, "is no device id", "ask", "labels", "--device", "a/b");
        fleet.close();
        assertSaid(ExitCode.FAILED, "no fleet service is running", "ask", "latest");
    }

    private Path packed() {
        Path folder = dir.resolve("package");
        Path sample = Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");
        assertThat(FulmarCommand.commandLine().execute("model", "pack", sample.toString(), "-o", folder.toString()))
                .isEqualTo(ExitCode.OK);
        return folder;
    }

    /** What the fleet is still told meanwhile (that the device is gone, that its model is active) may come between two readings. */
    private void assertSameThereAsHere(String url, Path token, String... arguments) {
        String before;
        String there;
        String after = read(arguments);
        int readings = 0;
        do {
            before = after;
            assertThat(away(url, token, arguments)).as("%s", List.of(arguments)).isEqualTo(ExitCode.OK);
            there = out.toString();
            after = read(arguments);
            readings++;
        } while (!before.equals(after) && readings < 100);
        assertThat(there).as("%s", List.of(arguments)).isNotBlank().isEqualTo(after);
    }

    private String read(String... arguments) {
        assertThat(run(arguments)).as("%s", List.of(arguments)).isEqualTo(ExitCode.OK);
        return out.toString();
    }

    /** The same on a machine that has the token and nothing else. */
    private int away(String url, Path token, String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--url", url, "--token-file", token.toString()));
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void aConfigurationIsSetOnceAndShownAgainstWhatIsReported() throws Exception {
        Path fragment = Files.writeString(dir.resolve("f.toml"), "[log]\nlevel = \"DEBUG\"\n");
        Path wrong = Files.writeString(dir.resolve("wrong.toml"), "wrong = true\n");
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7", "presses")) {
            device.awaitWelcome();
            await(queries ->
                    queries.knows("press-7") && queries.members("presses").size() == 1);
            for (int i = 0; i < 2; i++) {
                assertThat(run("configure", "press-7", "--config", fragment.toString(), "--wait", "60s"))
                        .isEqualTo(ExitCode.OK);
                assertThat(out.toString()).contains("press-7        1  in sync");
            }
            assertThat(run("configure", "--group", "presses", "--config", wrong.toString(), "--wait", "60s"))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(out.toString()).contains("press-7        2  refused  no such key");
            await(queries -> queries.desired("press-7").getFirst().state().equals("refused"));
            assertThat(run("configure", "--show")).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("press-7", "refused", "no such key");

            assertThat(run("configure", "--all", "--clear", "--wait", "60s")).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("press-7        3  in sync");
        }
    }

    @Test
    void whatCannotWorkIsSaidInOneLineBeforeAnythingIsSent() throws Exception {
        Path bad = Files.writeString(dir.resolve("bad.toml"), "[mqtt\n");
        Path local = Files.writeString(dir.resolve("local.toml"), "[device]\nid = \"x\"\n");
        Path notAKey = Files.writeString(dir.resolve("key"), "hello");
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            device.awaitWelcome();
            await(queries -> queries.knows("press-7"));
            assertSaid(ExitCode.FAILED, "did you mean 'press-7'", "command", "pres-7", "ping");
            assertSaid(ExitCode.FAILED, "group 'none'", "command", "--group", "none", "ping");
            assertSaid(ExitCode.USAGE, "DEVICE TYPE", "command", "press-7");
            assertSaid(ExitCode.USAGE, "no JSON object", "command", "press-7", "ping", "--args", "{a}");
            assertSaid(ExitCode.USAGE, "no NAME=VALUE", "command", "press-7", "ping", "--arg", "=1");
            assertSaid(ExitCode.USAGE, "given twice", "command", "press-7", "ping", "--arg", "a=1", "--arg", "a=2");
            assertSaid(ExitCode.USAGE, "at most 7d", "command", "press-7", "ping", "--expires", "8d");
            assertSaid(ExitCode.USAGE, "larger than", "command", "press-7", "ping", "--arg", "a=" + "x".repeat(66_000));
            assertSaid(
                    ExitCode.FAILED,
                    "others than its owner",
                    "command",
                    "press-7",
                    "ping",
                    "--key",
                    notAKey.toString());
            assertSaid(ExitCode.USAGE, "bad.toml:", "configure", "press-7", "--config", bad.toString());
            assertSaid(ExitCode.USAGE, "device's own file", "configure", "press-7", "--config", local.toString());
            assertSaid(ExitCode.USAGE, "one of", "configure", "press-7");
            Path good = Files.writeString(dir.resolve("good.toml"), "[log]\nlevel = \"debug\"\n");
            String operator = dir.resolve("anna.key").toString();
            assertThat(run("key", "new", operator)).isEqualTo(ExitCode.OK);
            assertThat(run("key", "trust", "--operator", operator + ".pub")).isEqualTo(ExitCode.OK);
            assertSaid(
                    ExitCode.FAILED,
                    "wants an operator's signature",
                    "configure",
                    "press-7",
                    "--config",
                    good.toString());
            assertThat(run("commands")).isEqualTo(ExitCode.OK);
            assertThat(out.toString().lines()).as("nothing was sent").hasSize(1);
        }
        fleet.close();
        assertSaid(ExitCode.FAILED, "no fleet service is running", "command", "press-7", "ping");
        assertSaid(
                ExitCode.FAILED,
                "no connection to the broker",
                "command",
                "press-7",
                "ping",
                "--broker",
                "mqtt://127.0.0.1:1");
    }

    @Test
    void keysAndTrustRootsAreMadeOnceAndShown() {
        String key = dir.resolve("anna.key").toString();
        assertThat(run("key", "new", key)).isEqualTo(ExitCode.OK);
        String id = out.toString()
                .lines()
                .filter(line -> line.startsWith("id"))
                .findFirst()
                .orElseThrow()
                .substring(13);
        assertThat(run("key", "show", key)).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains(id, "BEGIN PUBLIC KEY").doesNotContain("PRIVATE");
        assertThat(run("key", "show", key + ".pub")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains(id);
        assertSaid(ExitCode.FAILED, "is there already", "key", "new", key);

        assertThat(run("key", "trust", "--operator", key + ".pub")).isEqualTo(ExitCode.OK);
        assertSaid(ExitCode.FAILED, "is there already", "key", "trust", "--operator", key + ".pub");
        assertSaid(
                ExitCode.USAGE,
                "which has 1",
                "key",
                "trust",
                "--operator",
                key + ".pub",
                "--threshold",
                "operator=2",
                "--replace");
        assertThat(run("key", "trust", "--operator", key + ".pub", "--replace")).isEqualTo(ExitCode.OK);
        assertThat(run("key", "trust")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("version 2", "operator: 1 of", id + "  anna", "release: nobody");
        assertSaid(ExitCode.FAILED, "PUBLIC KEY", "key", "trust", "--operator", key, "--replace");
    }

    private void assertSaid(int code, String text, String... arguments) {
        assertThat(run(arguments)).as(String.join(" ", arguments)).isEqualTo(code);
        assertThat(err.toString()).contains(text).doesNotContain("Exception");
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(arguments));
        boolean data = !(arguments[0].equals("key") && !arguments[1].equals("trust"));
        if (data) {
            all.addAll(List.of("--data", dir.resolve("data").toString()));
        }
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private void await(Predicate<FleetQueries> holds) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            try (var queries = FleetQueries.open(dir.resolve("data"))) {
                if (holds.test(queries)) {
                    return;
                }
            }
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
