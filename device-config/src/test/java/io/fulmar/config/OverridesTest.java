package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverridesTest {

    private final ConfigFolder folder;

    OverridesTest(@TempDir Path dir) {

        folder = new ConfigFolder(dir);
    }

    @Test
    void anOverrideReplacesAScalarWithoutQuotes() {
        DeviceConfig config = folder.loaded(
                ConfigFolder.GOOD,
                Map.of("device.id", "d7", "mqtt.url", "mqtt://broker.local:1884", "mqtt.keep_alive", "45s"));

        assertThat(config.device().id()).isEqualTo("d7");
        assertThat(config.mqtt().url()).hasHost("broker.local").hasPort(1884);
        assertThat(config.mqtt().keepAlive()).hasSeconds(45);
    }

    @Test
    void aNumberIsATextWhereATextIsExpected() {
        assertThat(folder.loaded(ConfigFolder.GOOD, Map.of("device.id", "0042"))
                        .device()
                        .id())
                .isEqualTo("0042");
        assertThat(folder.loaded(ConfigFolder.GOOD, Map.of("device.id", "42"))
                        .device()
                        .id())
                .isEqualTo("42");
        assertThat(folder.loaded(ConfigFolder.GOOD, Map.of("model.0.version", "1.10"))
                        .models()
                        .getFirst()
                        .version())
                .isEqualTo("1.10");
    }

    @Test
    void anOverrideReachesIntoArraysOfTables() {
        DeviceConfig config = folder.loaded(
                ConfigFolder.GOOD,
                Map.of(
                        "pipeline.0.source.rate", "250",
                        "pipeline.0.record.alarm_labels", "[\"imbalance\"]",
                        "model.0.threads", "2"));

        assertThat(rate(config)).isEqualTo(250);
        assertThat(config.pipelines().getFirst().record().alarmLabels()).containsExactly("imbalance");
        assertThat(config.models().getFirst().threads()).isEqualTo(2);
    }

    @Test
    void anEntryGoesByItsNameToo() {
        DeviceConfig config = folder.loaded(
                ConfigFolder.GOOD, Map.of("pipeline.vibration.source.rate", "250", "model.bearing.threads", "2"));

        assertThat(rate(config)).isEqualTo(250);
        assertThat(config.models().getFirst().threads()).isEqualTo(2);
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("pipeline.vibratoin.source.rate", "3")))
                .containsExactly("--set:1:1: pipeline.vibratoin.source.rate: pipeline has entries 0 to 0, and none is"
                        + " \"vibratoin\" (did you mean vibration?)");
    }

    @Test
    void aTableThatTheFileDoesNotHaveIsMade() {
        assertThat(folder.loaded(ConfigFolder.GOOD, Map.of("outbox.commit_interval.data", "5s"))
                        .outbox()
                        .commitInterval()
                        .data())
                .hasSeconds(5);
    }

    @Test
    void problemsOfOverridesStandInAFileOfTheirOwn() {
        Map<String, String> overrides = new LinkedHashMap<>();
        overrides.put("device.id", "ok");
        overrides.put("pipeline.0.source.rate", "fast");
        overrides.put("pipeline.1.source.rate", "3");
        overrides.put("log.levle", "info");
        overrides.put("device.id.more", "x");
        overrides.put("..", "x");
        overrides.put("pipeline.0", "x");

        assertThat(folder.texts(ConfigFolder.GOOD, overrides))
                .containsExactly(
                        "--set:2:1: pipeline.0.source.rate: expected a number, not \"fast\"",
                        "--set:3:1: pipeline.1.source.rate: pipeline has entries 0 to 0, and none is \"1\"",
                        "--set:4:1: log.levle: is not a key here; known are level (did you mean level?)",
                        "--set:5:1: device.id.more: device.id is \"ok\", which has no keys inside",
                        "--set:6:1: ..: is not a dotted key such as device.id or pipeline.0.source.rate",
                        "--set:7:1: pipeline.0: names a whole table; name a key inside it");
    }

    @Test
    void anOverrideCannotSmuggleInASecondKey() {
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("log.level", "\"info\"\nx = 1")))
                .hasSize(1);
    }

    private static double rate(DeviceConfig config) {
        return ((SourceSettings.Simulated) config.pipelines().getFirst().source()).rate();
    }
}
