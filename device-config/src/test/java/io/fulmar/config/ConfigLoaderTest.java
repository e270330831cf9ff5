package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    private final Path dir;
    private final ConfigFolder folder;

    ConfigLoaderTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @Test
    void aTrialIsSetUpByNumbersThatAreChecked() {
        assertThat(folder.loaded(ConfigFolder.GOOD + """
                        [update]
                        trial = "90s"
                        trial_frames = 500
                        max_errors = 0
                        max_label_shift = 0.25
                        rate = "64KiB"
                        load = "in-place"
                        """).update())
                .isEqualTo(new UpdateSettings(
                        Duration.ofSeconds(90), 500, 0, 0.25, 64L << 10, UpdateSettings.Load.IN_PLACE));
        assertThat(folder.texts(ConfigFolder.GOOD + """
                        [update]
                        trial = "0s"
                        max_errors = 5
                        rate = 64
                        load = "inplace"
                        """))
                .hasSize(4)
                .anyMatch(text -> text.contains("update.trial: is 0s; expected 1s to 7d"))
                .anyMatch(text -> text.contains("update.max_errors: is 5; expected 0 to 1"))
                .anyMatch(text -> text.contains("update.rate: expected a whole number and a unit"))
                .anyMatch(text -> text.contains("update.load: expected one of beside, in-place"));
    }

    @Test
    void whatIsNotSaidHasASafeDefault() {
        DeviceConfig config = folder.loaded(ConfigFolder.GOOD);

        assertThat(config.mqtt())
                .isEqualTo(new Mqtt(
                        URI.create("mqtt://127.0.0.1:1883"),
                        "fulmar/v1",
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(2),
                        null,
                        null,
                        null,
                        Duration.ofMinutes(2)));
        assertThat(config.device()).isEqualTo(new Device("pump-7", List.of(), null));
        assertThat(config.trust()).isEqualTo(new Trust(null));
        assertThat(config.update())
                .isEqualTo(new UpdateSettings(Duration.ofMinutes(10), 0, 0.05, null, null, UpdateSettings.Load.BESIDE));
        assertThat(config.outbox())
                .isEqualTo(new OutboxSettings(
                        256L << 20,
                        1L << 20,
                        Duration.ofDays(30),
                        new OutboxSettings.ByStream(Duration.ofDays(30), Duration.ofDays(30), Duration.ofDays(30)),
                        OutboxSettings.WhenFull.EVICT_OLDEST,
                        500,
                        Duration.ofSeconds(10),
                        null,
                        new OutboxSettings.ByStream(Duration.ZERO, Duration.ofMillis(100), Duration.ofSeconds(1))));
        assertThat(config.log().level()).isEqualTo(Log.Level.INFO);
        assertThat(config.models().getFirst().delegate()).isEqualTo(ModelSettings.Delegate.XNNPACK);
        assertThat(config.pipelines().getFirst().record())
                .isEqualTo(new RecordSettings(new RecordSettings.All(), Set.of()));
    }

    @Test
    void aStreamThatIsNotNamedHasTheAgeOfAll() {
        DeviceConfig config =
                folder.loaded(ConfigFolder.GOOD + "[outbox]\nmax_age = \"10d\"\nmax_ages = { data = \"1d\" }\n");

        assertThat(config.outbox().maxAges())
                .isEqualTo(new OutboxSettings.ByStream(Duration.ofDays(10), Duration.ofDays(10), Duration.ofDays(1)));
    }

    @Test
    void pathsAreSeenFromTheFolderOfTheFile() {
        DeviceConfig config = folder.loaded(ConfigFolder.GOOD.replace("\"state\"", "\"../there/./state\""));

        assertThat(config.state().dir()).isEqualTo(dir.resolveSibling("there/state"));
        assertThat(config.models().getFirst().file()).isEqualTo(dir.resolve("model.tflite"));
    }

    @Test
    void everyStageIsARecordOfItsOwnKind() {
        PipelineSettings pipeline = folder.loaded(
                        ConfigFolder.GOOD.replace("[[pipeline.postprocess]]\ntype = \"label\"\n", "") + """
                        [[pipeline.preprocess]]
                        type = "scale"
                        factor = 2
                        [[pipeline.preprocess]]
                        type = "scale"
                        min = [0, 1]
                        max = 5.5
                        [[pipeline.preprocess]]
                        type = "normalise"
                        mean = 3
                        std = [1, 2]
                        [[pipeline.preprocess]]
                        type = "normalise"
                        [[pipeline.preprocess]]
                        type = "window"
                        size = 64
                        hop = 16
                        [[pipeline.postprocess]]
                        type = "softmax"
                        [[pipeline.postprocess]]
                        type = "threshold"
                        min = 0.6
                        [[pipeline.postprocess]]
                        type = "label"
                        [[pipeline.postprocess]]
                        type = "top-k"
                        k = 2
                        [[pipeline.postprocess]]
                        type = "debounce"
                        k = 3
                        n = 4
                        [[pipeline.act]]
                        type = "log"
                        when = "alarm"
                        level = "warn"
                        [pipeline.record]
                        policy = "every"
                        n = 7
                        alarm_labels = ["imbalance", "uncertain"]
                        [pipeline.drift]
                        reference = "model"
                        window = 400
                        learn = 300
                        psi = 0.1
                        ks = 0.15
                        report = "5m"
                        """)
                .pipelines()
                .getFirst();

        assertThat(pipeline.drift())
                .isEqualTo(new DriftSettings(
                        true, DriftSettings.Reference.MODEL, 400, 300, 0.1, 0.15, Duration.ofMinutes(5)));
        assertThat(pipeline.preprocess())
                .containsExactly(
                        new PreprocessSettings.Scale(2, 0),
                        new PreprocessSettings.Range(List.of(0.0, 1.0), List.of(5.5)),
                        new PreprocessSettings.Normalise(List.of(3.0), List.of(1.0, 2.0)),
                        new PreprocessSettings.ZScore(),
                        new PreprocessSettings.Window(64, 16));
        assertThat(pipeline.postprocess())
                .containsExactly(
                        new PostprocessSettings.Softmax(),
                        new PostprocessSettings.Threshold(0.6, "uncertain"),
                        new PostprocessSettings.Label(),
                        new PostprocessSettings.TopK(2),
                        new PostprocessSettings.Debounce(3, 4));
        assertThat(pipeline.act())
                .containsExactly(new ActSettings.LogLine(
                        "log",
                        new ActSettings.Occasion(ActSettings.When.ALARM, List.of()),
                        new GuardSettings(Duration.ZERO, 60, Duration.ZERO, null, true),
                        Log.Level.WARN));
        assertThat(pipeline.record())
                .isEqualTo(new RecordSettings(new RecordSettings.Every(7), Set.of("imbalance", "uncertain")));
    }

    @Test
    void everyProblemIsReportedAtOnceWithLineColumnAndNearestName() {
        List<String> texts = folder.texts("""
                [devise]
                id = "a"
                [state]
                dir = "state"
                [mqtt]
                keep_alve = "30s"
                url = "127.0.0.1:1883"
                [outbox]
                quota = "64 mib"
                max_age = 30
                when_full = "evict_oldest"
                batch_rows = -5
                [log]
                level = "inof"
                [[model]]
                name = "bearing"
                file = "model.tflite"
                version = "1"
                [[model]]
                name = "bearing"
                file = "absent.tflite"
                version = "2"
                [[pipeline]]
                name = "p"
                model = "baering"
                [pipeline.source]
                type = "simulate"
                [[pipeline.preprocess]]
                type = "window"
                hop = 3
                """);

        assertThat(texts)
                .containsExactlyInAnyOrder(
                        "device.toml:1:1: device.id: is missing; expected a string",
                        "device.toml:1:1: devise: is not a key here; known are device, state, mqtt, outbox, log, update,"
                                + " hardware, model, pipeline, trust, api (did you mean device?)",
                        "device.toml:6:1: mqtt.keep_alve: is not a key here; known are url, prefix, keep_alive,"
                                + " connect_timeout, backoff_min, backoff_max, tls, username, password_file, trial (did"
                                + " you mean keep_alive?)",
                        "device.toml:7:1: mqtt.url: expected mqtt://HOST:PORT or mqtts://HOST:PORT, such as"
                                + " mqtt://127.0.0.1:1883",
                        "device.toml:9:1: outbox.quota: expected a whole number and a unit, such as \"512B\","
                                + " \"64MiB\" or \"1GB\", not \"64 mib\" (did you mean \"64MiB\"?)",
                        "device.toml:10:1: outbox.max_age: expected a whole number and a unit, such as \"500ms\","
                                + " \"30s\", \"2m\", \"12h\" or \"30d\", not the number 30 (did you mean \"30s\"?)",
                        "device.toml:11:1: outbox.when_full: expected one of evict-oldest, refuse-new, not"
                                + " \"evict_oldest\" (did you mean evict-oldest?)",
                        "device.toml:12:1: outbox.batch_rows: is -5; expected 1 to 1000",
                        "device.toml:14:1: log.level: expected one of error, warn, info, debug, trace, not \"inof\""
                                + " (did you mean info?)",
                        "device.toml:20:1: model.1.name: there is another one named \"bearing\"",
                        "device.toml:21:1: model.1.file: there is no absent.tflite",
                        "device.toml:25:1: pipeline.0.model: there is no [[model]] named \"baering\"; defined: bearing"
                                + " (did you mean bearing?)",
                        "device.toml:27:1: pipeline.0.source.type: expected one of simulated, system, replay, sensor, folder, exec, serial, mqtt, push, not"
                                + " \"simulate\" (did you mean simulated?)",
                        "device.toml:28:1: pipeline.0.preprocess.0.size: is missing; expected a whole number from 1 to"
                                + " 1048576");
    }

    @Test
    void everySyntaxErrorIsReportedWithItsPlace() {
        List<Problem> problems = folder.problems("[device]\nid = \nname = \"x\"\nwhat = 2026-13-01\n");

        assertThat(problems).extracting(Problem::line).contains(2, 4);
        assertThat(problems).allSatisfy(problem -> assertThat(problem.column()).isPositive());
    }

    @Test
    void aTextThatTheParserItselfFailsOnIsAProblem() {
        String text = "e=[{\"\"\"\"},{\"\",]\n[[p]]";

        assertThat(folder.texts(text))
                .containsExactly("device.toml:1:1: is not TOML: a bracket, a quote or a comma is missing somewhere");
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("desired", text)))
                .containsExactly("desired:1:1: is not TOML: a bracket, a quote or a comma is missing somewhere");
    }

    @Test
    void optionsOfAnotherKindOfStepAreNotKnown() {
        assertThat(folder.texts(ConfigFolder.GOOD.replace("rate = 10", "rate = 10\nloop = true")))
                .containsExactly(
                        "device.toml:16:1: pipeline.0.source.loop: is not a key here; known are type, rate, pace,"
                                + " seed, window, schedule");
        assertThat(folder.texts(ConfigFolder.GOOD + "[[pipeline.preprocess]]\ntype = \"scale\"\nfactor = 1\nmax = 3\n"))
                .containsExactly(
                        "device.toml:20:1: pipeline.0.preprocess.0.factor: cannot stand beside min and max",
                        "device.toml:21:1: pipeline.0.preprocess.0.max: needs min beside it");
        assertThat(folder.texts(ConfigFolder.GOOD + "[pipeline.record]\npolicy = \"changes\"\nn = 3\n"))
                .containsExactly("device.toml:20:1: pipeline.0.record.n: belongs to policy \"every\"");
    }

    @Test
    void stepsThatMakeNoSenseInTheirOrderAreRefused() {
        String steps = """
                [[pipeline.postprocess]]
                type = "debounce"
                [[pipeline.postprocess]]
                type = "softmax"
                [[pipeline.postprocess]]
                type = "label"
                """;

        assertThat(folder.texts(ConfigFolder.GOOD + steps))
                .containsExactly(
                        "device.toml:21:1: pipeline.0.postprocess.2.type: softmax comes first, before label, debounce",
                        "device.toml:23:1: pipeline.0.postprocess.3.type: nothing comes after debounce",
                        "device.toml:23:1: pipeline.0.postprocess.3.type: there is another label in this pipeline");
    }

    @Test
    void anAlarmLabelMustBeOneThatTheModelCanGive() {
        assertThat(folder.texts(ConfigFolder.GOOD + "[pipeline.record]\nalarm_labels = [\"bearing_fault\"]\n"))
                .containsExactly(
                        "device.toml:19:1: pipeline.0.record.alarm_labels: \"bearing_fault\" is not a label of this"
                                + " pipeline (did you mean bearing-fault?)");
    }

    @Test
    void namesAndDeviceIdsThatWouldNotFitATopicAreRefused() {
        assertThat(folder.texts(ConfigFolder.GOOD.replace("pump-7", "pump/7")))
                .containsExactly("device.toml:2:1: device.id: expected 1 to 64 of A-Z a-z 0-9 . _ -");
        assertThat(folder.texts(ConfigFolder.GOOD + "", Map.of("mqtt.prefix", "a/#")))
                .singleElement()
                .asString()
                .startsWith("--set:1:1: mqtt.prefix: expected at most 128 characters of topic levels");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1h1m", "5", "-5s", "1.5s", "s", "99999999999999999999s", "9223372036854775807d", "5 parsecs"})
    void whatIsNotADurationOrCannotBeCountedIsRefused(String text) {
        assertThat(folder.problems(ConfigFolder.GOOD, Map.of("mqtt.keep_alive", '"' + text + '"')))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).startsWith(Units.DURATION_EXPECTED));
    }

    @Test
    void aValueOutOfItsRangeIsReportedWithTheRange() {
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("mqtt.keep_alive", "1s")))
                .containsExactly("--set:1:1: mqtt.keep_alive: is 1s; expected 5s to 18h");
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("outbox.quota", "1KiB")))
                .contains("--set:1:1: outbox.quota: is 1KiB; expected 1MiB to 1TiB");
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("pipeline.0.source.rate", "nan")))
                .containsExactly("--set:1:1: pipeline.0.source.rate: expected a number, not the number NaN");
    }

    @Test
    void anEmptyFileIsAProblemThatSaysWhereToStart() {
        assertThat(folder.texts(" \n\t"))
                .containsExactly("device.toml:1:1: is empty; start from one of device-config/examples");
    }

    @Test
    void aByteOrderMarkIsNamed() {
        assertThat(folder.texts("\uFEFF" + ConfigFolder.GOOD))
                .containsExactly("device.toml:1:1: starts with a byte order mark; save it as UTF-8 without one");
    }

    @Test
    void bytesThatAreNotUtf8AreReportedWhereTheyStand() throws IOException {
        Path file = folder.write("latin.toml", "");
        Files.write(file, "[device]\nid = \"M\u00fcller\"\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(((LoadResult.Invalid) ConfigLoader.load(ConfigSources.of(file))).problems())
                .containsExactly(new Problem(file.toString(), 2, 8, "", "is not UTF-8 here", null));
        Files.write(file, "[device]".getBytes(StandardCharsets.UTF_16));
        assertThat(((LoadResult.Invalid) ConfigLoader.load(ConfigSources.of(file))).problems())
                .containsExactly(new Problem(file.toString(), 1, 1, "", "is UTF-16; save it as UTF-8", null));
    }

    @Test
    void aFileOfMoreThanAMebibyteIsNotRead() {
        assertThat(folder.texts("#".repeat((1 << 20) + 1)))
                .containsExactly("device.toml:1:1: is larger than 1MiB, so it is not a device's file");
    }

    @Test
    void aDirectoryAndAMissingFileAreFailuresWithAHint() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(ConfigSources.of(dir)))
                .withMessageContaining("it is a directory")
                .satisfies(e -> assertThat(e.hint()).isNotBlank());
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(ConfigSources.of(dir.resolve("absent.toml"))))
                .withMessageContaining("there is no such file");
    }

    @Test
    void aDeeplyNestedFileIsAProblemAndNotACrash() {
        assertThat(folder.problems("a = " + "[".repeat(100_000))).isNotEmpty();
        assertThat(folder.problems("a = " + "{a=".repeat(50_000))).isNotEmpty();
    }

    @Test
    void anEndlessListOfProblemsIsCutShort() {
        String junk = "k%d = 1\n".repeat(5_000);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            text.append(String.format(junk.substring(0, 8), i));
        }

        assertThat(folder.problems(text.toString()))
                .hasSize(Limits.PROBLEMS + 1)
                .last()
                .satisfies(last -> assertThat(last.message()).isEqualTo("and 4903 more problems, not listed"));
    }
}
