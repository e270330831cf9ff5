package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDiffTest {
    private static final String SECOND = """
            [[pipeline]]
            name = "host"
            model = "bearing"
            [pipeline.source]
            type = "system"
            """;
    private static final ConfigDiff NOTHING =
            new ConfigDiff(List.of(), List.of(), List.of(), false, false, false, List.of());

    private final ConfigFolder folder;

    ConfigDiffTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    @Test
    void theSameConfigurationDiffersInNothing() {
        assertThat(between("", "")).isEqualTo(NOTHING).matches(ConfigDiff::isEmpty);
        assertThat(between("device.groups = [\"a\", \"b\"]", "device.groups = [\"b\", \"a\"]"))
                .matches(ConfigDiff::isEmpty);
    }

    @Test
    void aChangedKeyOfAPipelineIsAChangeOfThatPipelineAlone() {
        assertThat(between(SECOND, SECOND + "rate = 2").pipelinesChanged()).containsExactly("host");
        assertThat(between(SECOND, SECOND + "rate = 2").link()).isFalse();
    }

    @Test
    void pipelinesThatComeAndGoAreNamed() {
        assertThat(between("", SECOND).pipelinesAdded()).containsExactly("host");
        assertThat(between(SECOND, "").pipelinesRemoved()).containsExactly("host");
    }

    @Test
    void aChangedModelChangesThePipelinesThatRunIt() {
        String other = "[[model]]\nname = \"other\"\nfile = \"model.tflite\"\nversion = \"1\"\n";

        assertThat(between(SECOND, SECOND + "[[model]]\nname = \"bearing\"\nthreads = 2")
                        .pipelinesChanged())
                .containsExactly("vibration", "host");
        assertThat(between(other, other + "threads = 2")).matches(ConfigDiff::isEmpty);
    }

    @Test
    void aChangedWayToTheBrokerIsAnotherLinkAndALongerTrialIsNot() {
        assertThat(between("", "mqtt.url = \"mqtt://b:1\"").link()).isTrue();
        assertThat(between("", "mqtt.username = \"u\"").link()).isTrue();
        assertThat(between("", "mqtt.trial = \"1m\"")).matches(ConfigDiff::isEmpty);
    }

    @Test
    void anotherPasswordIsAnotherLink() {
        DeviceConfig one = password("one");

        assertThat(ConfigDiff.between(one, password("two")).link()).isTrue();
        assertThat(ConfigDiff.between(one, password("one"))).matches(ConfigDiff::isEmpty);
    }

    @Test
    void groupsAndTheLogLevelAreChangesOfTheirOwn() {
        assertThat(between("", "device.groups = [\"a\"]"))
                .isEqualTo(new ConfigDiff(List.of(), List.of(), List.of(), false, true, false, List.of()));
        assertThat(between("", "log.level = \"warn\""))
                .isEqualTo(new ConfigDiff(List.of(), List.of(), List.of(), false, false, true, List.of()));
    }

    @Test
    void anotherTrialOfUpdatesRebuildsNothing() {
        assertThat(between("", "update = { trial = \"1h\", load = \"in-place\" }"))
                .matches(ConfigDiff::isEmpty);
        assertThat(loaded("update.trial = \"1h\"").update().trial()).hasHours(1);
    }

    @Test
    void whatOnlyARestartCanChangeIsNamed() {
        DeviceConfig old = folder.loaded(ConfigFolder.GOOD);
        DeviceConfig now = folder.loaded(
                ConfigFolder.GOOD,
                Map.of(
                        "device.id", "x",
                        "device.board", "raspberry-pi-3",
                        "state.dir", "y",
                        "outbox.quota", "9MiB",
                        "trust.root", "rows.csv",
                        "hardware.provider", "simulated"));

        assertThat(ConfigDiff.between(old, now).local())
                .containsExactly("device.id", "device.board", "state", "outbox", "trust", "hardware");
    }

    private DeviceConfig password(String password) {
        return folder.loaded(folder.sources(ConfigFolder.GOOD)
                .remote("desired", "mqtt.username = \"u\"")
                .environment(Map.of(Secrets.PASSWORD, password)));
    }

    private ConfigDiff between(String old, String now) {
        return ConfigDiff.between(loaded(old), loaded(now));
    }

    private DeviceConfig loaded(String remote) {
        return folder.loaded(folder.sources(ConfigFolder.GOOD).remote("desired", remote));
    }
}
