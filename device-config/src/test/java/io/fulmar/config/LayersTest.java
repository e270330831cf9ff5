package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersTest {
    private final Path dir;
    private final ConfigFolder folder;

    LayersTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @Test
    void eachLayerLiesOverTheOneBefore() {
        folder.write("conf.d/20-b.toml", "[mqtt]\nkeep_alive = \"20s\"\ntrial = \"20s\"\n");
        folder.write("conf.d/10-a.toml", "[mqtt]\nkeep_alive = \"10s\"\nprefix = \"a\"\ntrial = \"10s\"\n");
        folder.write("conf.d/30-c.toml.disabled", "[mqtt]\nkeep_alive = \"30s\"\n");
        String file = ConfigFolder.GOOD + "[mqtt]\nkeep_alive = \"5s\"\nprefix = \"file\"\nconnect_timeout = \"5s\"\n";

        Mqtt local = folder.loaded(folder.sources(file)).mqtt();
        Mqtt remote = folder.loaded(folder.sources(file).remote("desired", "mqtt.trial = \"30s\""))
                .mqtt();
        Mqtt overridden = folder.loaded(folder.sources(file)
                        .remote("desired", "mqtt.trial = \"30s\"")
                        .overrides(Map.of("mqtt.trial", "40s")))
                .mqtt();

        assertThat(local.connectTimeout()).hasSeconds(5);
        assertThat(local.prefix()).isEqualTo("a");
        assertThat(local.keepAlive()).hasSeconds(20);
        assertThat(local.trial()).hasSeconds(20);
        assertThat(remote.keepAlive()).hasSeconds(20);
        assertThat(remote.trial()).hasSeconds(30);
        assertThat(overridden.trial()).hasSeconds(40);
    }

    @Test
    void whereEachValueWasSaidIsKnown() {
        folder.write("conf.d/10-a.toml", "[mqtt]\nkeep_alive = \"10s\"\n");
        LoadResult result = ConfigLoader.load(folder.sources(ConfigFolder.GOOD + "[mqtt]\nprefix = \"x\"\n")
                .remote("desired", "\nlog.level = \"warn\"")
                .overrides(Map.of("device.id", "d7")));

        assertThat(result)
                .isInstanceOfSatisfying(
                        LoadResult.Loaded.class,
                        loaded -> assertThat(loaded.places())
                                .containsEntry("mqtt.prefix", dir + "/device.toml:19")
                                .containsEntry("mqtt.keep_alive", dir + "/conf.d/10-a.toml:2")
                                .containsEntry("log.level", "desired:2")
                                .containsEntry("device.id", "--set:1")
                                .doesNotContainKey("mqtt.url"));
    }

    @Test
    void pipelinesAndModelsMergeByNameAndNewOnesAreAdded() {
        DeviceConfig config = folder.loaded(folder.sources(ConfigFolder.GOOD).remote("desired", """
                [[pipeline]]
                name = "host"
                model = "bearing"
                source = { type = "system" }
                [[pipeline]]
                name = "vibration"
                source.rate = 25
                [[model]]
                name = "bearing"
                threads = 3
                """));

        assertThat(config.pipelines()).extracting(PipelineSettings::name).containsExactly("vibration", "host");
        assertThat(config.pipelines().getFirst().source())
                .isInstanceOfSatisfying(
                        SourceSettings.Simulated.class,
                        source -> assertThat(source.rate()).isEqualTo(25));
        assertThat(config.pipelines().getFirst().postprocess()).containsExactly(new PostprocessSettings.Label());
        assertThat(config.models()).singleElement().satisfies(model -> {
            assertThat(model.threads()).isEqualTo(3);
            assertThat(model.version()).isEqualTo("1.0.0");
        });
    }

    @Test
    void anArrayWithoutNamesIsReplaced() {
        DeviceConfig config = folder.loaded(folder.sources(ConfigFolder.GOOD).remote("desired", """
                [[pipeline]]
                name = "vibration"
                postprocess = [ { type = "softmax" }, { type = "top-k", k = 2 } ]
                """));

        assertThat(config.pipelines().getFirst().postprocess())
                .containsExactly(new PostprocessSettings.Softmax(), new PostprocessSettings.TopK(2));
    }

    @Test
    void aTableOfAnotherTypeReplacesTheOneBelow() {
        DeviceConfig config = folder.loaded(folder.sources(ConfigFolder.GOOD.replace("rate = 10", "window = 64"))
                .remote("desired", """
                        [[pipeline]]
                        name = "vibration"
                        source = { type = "replay", path = "rows.csv" }
                        """));

        assertThat(config.pipelines().getFirst().source()).isInstanceOf(SourceSettings.Replay.class);
    }

    @Test
    void aNameThatStandsTwiceInOneLayerIsStillAProblem() {
        folder.write("conf.d/a.toml", """
                [[model]]
                name = "bearing"
                threads = 2
                [[model]]
                name = "bearing"
                threads = 3
                """);

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD)))
                .contains("conf.d/a.toml:5:1: model.1.name: there is another one named \"bearing\"");
    }

    @Test
    void pathsAreSeenFromTheFileThatSaysThem() {
        folder.write("conf.d/other.tflite", "x");
        folder.write("conf.d/a.toml", "[[model]]\nname = \"bearing\"\nfile = \"other.tflite\"\n");

        DeviceConfig config = folder.loaded(folder.sources(ConfigFolder.GOOD));
        DeviceConfig remote = folder.loaded(folder.sources(ConfigFolder.GOOD)
                .remote("desired", "[[model]]\nname = \"bearing\"\nfile = \"model.tflite\"\n"));

        assertThat(config.models().getFirst().file()).isEqualTo(dir.resolve("conf.d/other.tflite"));
        assertThat(config.models().getFirst().labels()).isEqualTo(dir.resolve("labels.txt"));
        assertThat(remote.models().getFirst().file()).isEqualTo(dir.resolve("model.tflite"));
    }

    @Test
    void problemsOfEveryLayerAreReportedAtOnceInTheOrderOfTheLayers() {
        folder.write("conf.d/b.toml", "[log]\nlevel = \"lout\"\n");
        folder.write("conf.d/a.toml", "\n[mqtt]\nkeep_alve = \"9s\"\n");

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD.replace("rate = 10", "rate = -1"))
                        .remote("desired", "\n\n  outbox.quota = 3")
                        .overrides(Map.of("mqtt.trial", "1s"))))
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("device.toml:15:1: pipeline.0.source.rate: is -1;"),
                        one -> assertThat(one).startsWith("conf.d/a.toml:3:1: mqtt.keep_alve: is not a key here;"),
                        one -> assertThat(one).startsWith("conf.d/b.toml:2:1: log.level: expected one of error,"),
                        one -> assertThat(one)
                                .isEqualTo("desired:3:3: outbox.quota: can only be said by the device's own file"),
                        one -> assertThat(one).isEqualTo("--set:1:1: mqtt.trial: is 1s; expected 10s to 1h"));
    }

    @Test
    void syntaxErrorsOfEveryLayerAreReportedAtOnce() {
        folder.write("conf.d/a.toml", "[mqtt\n");

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD + "x = \n").remote("desired", "= 1")))
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("device.toml:18:"),
                        one -> assertThat(one).startsWith("conf.d/a.toml:1:"),
                        one -> assertThat(one).startsWith("desired:1:1:"));
    }

    @Test
    void everyKeyThatOnlyTheDeviceMaySayIsRefusedFromTheFleet() {
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("desired", """
                        [device]
                        id = "pump-7"
                        board = "raspberry-pi-4"
                        groups = ["line-2"]
                        [state]
                        dir = "elsewhere"
                        [outbox]
                        quota = "1MiB"
                        commit_interval = { data = "5s" }
                        [trust]
                        root = "mine.json"
                        [mqtt]
                        password = "hunter2"
                        password_file = "/etc/shadow"
                        [mqtt.tls]
                        ca = "/etc/ssl/certs/ca-certificates.crt"
                        key = "/etc/shadow"
                        """)))
                .containsExactly(
                        "desired:2:1: device.id: can only be said by the device's own file",
                        "desired:3:1: device.board: can only be said by the device's own file",
                        "desired:6:1: state.dir: can only be said by the device's own file",
                        "desired:8:1: outbox.quota: can only be said by the device's own file",
                        "desired:9:21: outbox.commit_interval.data: can only be said by the device's own file",
                        "desired:11:1: trust.root: can only be said by the device's own file",
                        "desired:13:1: mqtt.password: can only be said by the device's own file",
                        "desired:14:1: mqtt.password_file: can only be said by the device's own file",
                        "desired:16:1: mqtt.tls.ca: can only be said by the device's own file",
                        "desired:17:1: mqtt.tls.key: can only be said by the device's own file");
        assertThat(folder.loaded(folder.sources(ConfigFolder.GOOD).remote("desired", "device.groups = [\"a\", \"b\"]"))
                        .device()
                        .groups())
                .containsExactly("a", "b");
    }

    @Test
    void theFleetCannotHaveFilesReadThatNobodyElseMayRead() throws IOException {
        folder.secret("password.txt", "hunter2\n");
        Files.createSymbolicLink(dir.resolve("innocent"), Path.of("password.txt"));
        String labels = "[[model]]\nname = \"bearing\"\nlabels = \"innocent\"\n";
        String replay = "[[pipeline]]\nname = \"vibration\"\nsource = { type = \"replay\", path = \"password.txt\" }\n";

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("desired", labels + replay)))
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("desired:3:1: model.0.labels: innocent is not for everybody"),
                        one -> assertThat(one).startsWith("desired:6:").contains("password.txt is not for everybody"));
        folder.write("conf.d/a.toml", labels.replace("innocent", "../innocent"));
        assertThat(folder.loaded(folder.sources(ConfigFolder.GOOD))
                        .models()
                        .getFirst()
                        .labels())
                .as("the device's own files can name it")
                .isEqualTo(dir.resolve("innocent"));
    }

    @Test
    void aFragmentThatCannotBeReadIsAProblemOfItsOwn() throws IOException {
        folder.write("conf.d/a.toml", "\uFEFF[log]");
        Files.createDirectory(dir.resolve("conf.d/b.toml"));
        Files.createSymbolicLink(dir.resolve("conf.d/c.toml"), Path.of("c.toml"));
        Files.createSymbolicLink(dir.resolve("conf.d/d.toml"), Path.of("/dev/zero"));
        Files.createSymbolicLink(dir.resolve("conf.d/e.toml"), Path.of("absent"));

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD)))
                .containsExactly(
                        "conf.d/a.toml:1:1: starts with a byte order mark; save it as UTF-8 without one",
                        "conf.d/b.toml:1:1: cannot be read: it is a directory",
                        "conf.d/c.toml:1:1: cannot be read: Too many levels of symbolic links or unable to access"
                                + " attributes of symbolic link",
                        "conf.d/d.toml:1:1: cannot be read: it is a device, a pipe or a socket",
                        "conf.d/e.toml:1:1: cannot be read: there is no such file");
    }

    @Test
    void anEmptyFragmentSaysNothing() {
        folder.write("conf.d/a.toml", "\n# nothing yet\n");

        assertThat(folder.loaded(folder.sources(ConfigFolder.GOOD).remote("desired", "")))
                .isEqualTo(folder.loaded(ConfigFolder.GOOD));
    }

    @Test
    void whatIsTooMuchForALayerIsNotRead() {
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("desired", "#".repeat((64 << 10) + 1))))
                .containsExactly("desired:1:1: is larger than 64KiB");
        for (int i = 0; i <= Limits.FRAGMENTS; i++) {
            folder.write("conf.d/" + i + ".toml", "");
        }
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD)))
                .containsExactly("conf.d:1:1: has more than 64 fragments");
    }

    @Test
    void onlyTheDevicesOwnFileSaysWhichFolderIsReadAndWhatBecomesOfItsFiles() {
        String own = ConfigFolder.GOOD.replace(
                "type = \"simulated\"\nrate = 10", "type = \"folder\"\npath = \"in\"\nformat = \"image\"");
        String remote = "[[pipeline]]\nname = \"vibration\"\n";

        DeviceConfig config = folder.loaded(folder.sources(own).remote("fleet", remote + "source.every = \"5s\"\n"));
        assertThat(config.pipelines().getFirst().source())
                .isInstanceOfSatisfying(
                        SourceSettings.Folder.class,
                        it -> assertThat(it.every()).hasSeconds(5));

        for (String key : List.of("path = \"/etc\"", "then = \"delete\"", "match = \"*\"", "format = \"csv\"")) {
            assertThat(folder.texts(folder.sources(own).remote("fleet", remote + "source." + key + "\n")))
                    .as(key)
                    .singleElement()
                    .asString()
                    .contains("can only be said by the device's own file");
        }
        assertThat(
                        folder.texts(
                                folder.sources(ConfigFolder.GOOD)
                                        .remote(
                                                "fleet",
                                                remote
                                                        + "source = { type = \"folder\", path = \"/home\", format = \"image\", then = \"delete\" }\n")))
                .hasSize(4);
    }

    @Test
    void noFleetSaysToWhichBrokerASourceGivesItsPassword() throws IOException {
        folder.secret("password", "hunter2");
        String source = "type = \"mqtt\"\ntopic = \"a\"\nformat = \"csv\"\n[pipeline.source.broker]\nurl ="
                + " \"mqtt://plc\"\nusername = \"u\"\npassword_file = \"password\"";
        String own = ConfigFolder.GOOD.replace("type = \"simulated\"\nrate = 10", source);
        String remote = "[[pipeline]]\nname = \"vibration\"\n";

        assertThat(folder.loaded(folder.sources(own).remote("fleet", remote + "source.topic = \"b/#\"\n"))
                        .pipelines()
                        .getFirst()
                        .source())
                .isInstanceOfSatisfying(SourceSettings.Messages.class, it -> {
                    assertThat(it.filter()).isEqualTo("b/#");
                    assertThat(it.broker().url()).hasToString("mqtt://plc");
                    assertThat(it.broker().clientId()).endsWith("-vibration");
                });
        for (String key : List.of("url = \"mqtt://evil\"", "client_id = \"x\"", "username = \"root\"")) {
            assertThat(folder.texts(folder.sources(own).remote("fleet", remote + "source.broker." + key + "\n")))
                    .as(key)
                    .singleElement()
                    .asString()
                    .contains("can only be said by the device's own file");
        }
    }

    @Test
    void aChangedBrokerOfTheDeviceIsOneOfTheSourcesThatUseIt() {
        String own = ConfigFolder.GOOD.replace(
                "type = \"simulated\"\nrate = 10", "type = \"mqtt\"\ntopic = \"a\"\nformat = \"csv\"");
        DeviceConfig before = folder.loaded(own);
        DeviceConfig after = folder.loaded(own + "\n[mqtt]\nurl = \"mqtt://10.0.0.9\"\n");

        assertThat(ConfigDiff.between(before, after).pipelinesChanged()).containsExactly("vibration");
    }

    @Test
    void noFleetSaysWhichCommandADeviceRuns() {
        String source = "type = \"exec\"\ncommand = [\"true\"]\nformat = \"csv\"";
        String own = ConfigFolder.GOOD.replace("type = \"simulated\"\nrate = 10", source);
        String remote = "[[pipeline]]\nname = \"vibration\"\n";

        assertThat(folder.loaded(folder.sources(own).remote("fleet", remote + "source.queue = 9\n"))
                        .pipelines()
                        .getFirst()
                        .source())
                .isInstanceOfSatisfying(
                        SourceSettings.Exec.class,
                        it -> assertThat(it.waiting().queue()).isEqualTo(9));

        assertThat(folder.texts(folder.sources(own).remote("fleet", remote + "source.command = [\"reboot\"]\n")))
                .singleElement()
                .asString()
                .contains("command: can only be said by the device's own file");
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD)
                        .remote("fleet", remote + "[pipeline.source]\n" + source + "\n")))
                .hasSize(2)
                .allSatisfy(it -> assertThat(it).contains("can only be said by the device's own file"));
    }
}
