package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTextTest {
    static final String EVERYTHING = """
            [device]
            id = "pump-7"
            groups = ["line-2", "pumps"]
            board = "raspberry-pi-4"
            [state]
            dir = "state"
            samples = "8MiB"
            [mqtt]
            url = "mqtt://b.example:1884"
            prefix = "a/\\"b\\\\c"
            username = "u\\u007F"
            password_file = "password"
            [outbox]
            quota = "1234567B"
            ballast = "3kB"
            commit_interval = { data = "1500ms" }
            rate = "20kB"
            max_ages = { data = "7d", alarm = "365d" }
            when_full = "refuse-new"
            [log]
            level = "warn"
            [update]
            trial = "90s"
            trial_frames = 12
            max_errors = 0.125
            max_label_shift = 0.2
            rate = "64KiB"
            load = "in-place"
            [trust]
            root = "rows.csv"
            [api]
            enabled = false
            host = "::1"
            port = 0
            token_file = "token"
            max_body = "1MiB"
            queue = 3
            deadline = "250ms"
            interpreters = 2
            [hardware]
            provider = "simulated"
            allow_exec = true
            [[hardware.input]]
            name = "door"
            pin = 17
            pull = "up"
            debounce = "20ms"
            [[hardware.output]]
            name = "valve"
            pin = 27
            safe = "high"
            min_dwell = "2s"
            max_moves = 6
            interlock = "door"
            interlock_level = "low"
            [[hardware.pwm]]
            name = "fan"
            pin = 18
            frequency = 25000
            safe = 0.25
            stale = "1m"
            [[hardware.sensor]]
            name = "vibration"
            type = "adxl345"
            bus = "i2c1"
            rate = 800
            axes = ["z", "x"]
            [[hardware.sensor]]
            name = "shake"
            type = "lis3dh"
            bus = "i2c1"
            range = 16
            [[hardware.sensor]]
            name = "climate"
            type = "bme280"
            bus = "i2c1"
            address = 0x77
            [[hardware.sensor]]
            name = "current"
            type = "mcp3008"
            bus = "spi0"
            rate = 0.5
            inputs = [7, 0]
            [[model]]
            name = "bearing"
            file = "model.tflite"
            version = "1.0.0"
            labels = "labels.txt"
            threads = 3
            delegate = "none"
            [[pipeline]]
            name = "one"
            model = "bearing"
            deadline = "150ms"
            priority = "low"
            [pipeline.source]
            type = "simulated"
            rate = 0.1
            seed = -9223372036854775807
            schedule = [
              { condition = "normal", lasts = "1h" },
              { condition = "bearing-fault", severity = 1e-7, lasts = "1ms" },
            ]
            [[pipeline.preprocess]]
            type = "decode-image"
            [[pipeline.preprocess]]
            type = "resize"
            width = 128
            height = 96
            method = "area"
            fit = "letterbox"
            fill = [1, 2, 255]
            [[pipeline.preprocess]]
            type = "pixels"
            order = "grey"
            [[pipeline.preprocess]]
            type = "decode-audio"
            [[pipeline.preprocess]]
            type = "resample"
            rate = 16000
            [[pipeline.preprocess]]
            type = "spectrogram"
            hop = "10ms"
            curve = "hamming"
            [[pipeline.preprocess]]
            type = "mel-spectrogram"
            bands = 64
            scale = "decibel"
            offset = 1e-10
            [[pipeline.preprocess]]
            type = "mfcc"
            coefficients = 10
            values = "power"
            [[pipeline.preprocess]]
            type = "micro-frontend"
            raw = true
            [[pipeline.preprocess]]
            type = "normalise"
            [[pipeline.preprocess]]
            type = "normalise"
            mean = 1.5
            std = [2, 1e-30]
            [[pipeline.preprocess]]
            type = "scale"
            factor = -1e30
            [[pipeline.preprocess]]
            type = "scale"
            min = [0, 1]
            max = 0.30000000000000004
            [[pipeline.preprocess]]
            type = "window"
            size = 64
            [[pipeline.postprocess]]
            type = "output"
            index = 2
            [[pipeline.postprocess]]
            type = "softmax"
            [[pipeline.postprocess]]
            type = "top-k"
            [[pipeline.postprocess]]
            type = "threshold"
            otherwise = "\\tnot\\nsure \\u001b"
            [[pipeline.postprocess]]
            type = "label"
            [[pipeline.postprocess]]
            type = "debounce"
            [[pipeline.act]]
            type = "mqtt"
            name = "plant"
            topic = "plant/7/alarm"
            payload = "ON"
            labels = ["imbalance"]
            retain = true
            interlock = "door"
            [[pipeline.act]]
            type = "http"
            url = "https://h.example:8443/hook?x=1"
            token_file = "token"
            timeout = "3s"
            min_dwell = "1m"
            [[pipeline.act]]
            type = "exec"
            when = "always"
            command = ["bin/horn", "-n", "two words"]
            max_moves = 3
            [[pipeline.act]]
            type = "log"
            when = "alarm"
            [[pipeline.act]]
            type = "output"
            output = "valve"
            labels = ["imbalance"]
            on = "low"
            [[pipeline.act]]
            type = "pwm"
            pwm = "fan"
            off = 0.1
            [pipeline.record]
            policy = "every"
            alarm_labels = ["normal", "imbalance"]
            [pipeline.drift]
            reference = "device"
            window = 500
            psi = 0.5
            report = "10m"
            [pipeline.samples]
            confidence = 0.6
            disagreement = true
            random = 0.001
            drift = true
            per_hour = 120
            [[pipeline]]
            name = "two"
            model = "bearing"
            source = { type = "system", readings = ["load", "cpu"] }
            record = { policy = "changes", alarm_labels = ["anomaly"] }
            [[pipeline.preprocess]]
            type = "samples"
            [[pipeline.preprocess]]
            type = "resample"
            rate = 12.5
            from = 100
            channels = 3
            [[pipeline.preprocess]]
            type = "resample"
            rate = 10
            time = "ms"
            method = "mean"
            gap = "5s"
            [[pipeline.preprocess]]
            type = "moving-average"
            size = 5
            channels = 3
            [[pipeline.preprocess]]
            type = "low-pass"
            rate = 3200
            cutoff = 1e2
            [[pipeline.preprocess]]
            type = "high-pass"
            rate = 3200
            cutoff = 10.5
            q = 2
            [[pipeline.preprocess]]
            type = "features"
            list = ["rms", "crest-factor"]
            bands = [0, 10, 100]
            rate = 3200
            [[pipeline.preprocess]]
            type = "features"
            list = ["mean"]
            [[pipeline.postprocess]]
            type = "anomaly"
            error = "mae"
            memory = 50
            [[pipeline]]
            name = "three"
            model = "bearing"
            source = { type = "replay", path = "rows.csv", loop = true }
            [[pipeline.postprocess]]
            type = "sigmoid"
            [[pipeline.postprocess]]
            type = "threshold"
            min = [0.5, 0.75]
            release = 0.25
            [[pipeline]]
            name = "four"
            model = "bearing"
            source = { type = "replay", path = "rows.csv", format = "file" }
            [[pipeline.postprocess]]
            type = "segments"
            [[pipeline]]
            name = "five"
            model = "bearing"
            source = { type = "serial", port = "/dev/serial/by-id/usb-x", baud = 115200, parity = "even", format = "raw", element = "int16", start = "aa 55" }
            [[pipeline.postprocess]]
            type = "anomaly"
            threshold = 0.125
            [[pipeline]]
            name = "objects"
            model = "bearing"
            source = { type = "exec", command = ["./bytes"], format = "raw", columns = 3 }
            [[pipeline.postprocess]]
            type = "boxes"
            format = "yolo-v8"
            outputs = [1]
            only = ["normal"]
            pixels = true
            scores = "sigmoid"
            [[pipeline]]
            name = "ready"
            model = "bearing"
            source = { type = "system" }
            [[pipeline.postprocess]]
            type = "boxes"
            format = "ssd"
            label_offset = 1
            [[pipeline]]
            name = "points"
            model = "bearing"
            source = { type = "system" }
            [[pipeline.postprocess]]
            type = "keypoints"
            format = "heatmaps"
            outputs = [1, 0]
            logits = true
            names = ["nose", "chin"]
            [[pipeline]]
            name = "numbers"
            model = "bearing"
            source = { type = "system" }
            record = { policy = "changes", alarm_labels = ["heat high"] }
            [[pipeline.postprocess]]
            type = "regression"
            names = ["heat", "wear"]
            units = ["°C", "1"]
            factor = 0.5
            high = [60, 1]
            [[pipeline]]
            name = "six"
            model = "bearing"
            source = { type = "sensor", sensor = "shake", window = 256, stale = "2s" }
            [[pipeline]]
            name = "seven"
            model = "bearing"
            source = { type = "folder", path = "in", format = "csv", columns = 3, then = "move", stale = "1h" }
            [[pipeline]]
            name = "eight"
            model = "bearing"
            source = { type = "exec", command = ["cam", "-w\\"x"], format = "rgb24", width = 8, height = 4, overflow = "block" }
            [[pipeline]]
            name = "ten"
            model = "bearing"
            source = { type = "exec", command = ["./mic"], format = "jsonl", columns = 3, values = ["$.a", "$.b[1]['x y']"] }
            [[pipeline]]
            name = "twelve"
            model = "bearing"
            source = { type = "mqtt", topic = "a/+/b/#", format = "json", values = ["$.x", "$.y"], retained = true, overflow = "block" }
            [[pipeline]]
            name = "thirteen"
            model = "bearing"
            [pipeline.source]
            type = "mqtt"
            topic = "cam"
            format = "raw"
            element = "int8"
            columns = 3
            broker = { url = "mqtt://10.0.0.1:1884", client_id = "me", username = "u", password_file = "password" }
            [[pipeline]]
            name = "fourteen"
            model = "bearing"
            source = { type = "push", format = "image", max_size = "1MiB", queue = 8, stale = "1m", overflow = "drop-oldest" }
            """;

    private final Path dir;
    private final ConfigFolder folder;

    ConfigTextTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() throws IOException {
        folder.secret("password", "hunter2");
        folder.secret("token", "known to a few only");
        DeviceConfig config = folder.loaded(EVERYTHING);

        String text = ConfigText.of(config);

        assertThat(folder.loaded(text)).isEqualTo(config);
        assertThat(ConfigText.of(folder.loaded(text))).isEqualTo(text);
    }

    @Test
    void whoSignsForAWebhookIsWrittenToo() throws Exception {
        folder.write("ca.pem", TestKeys.make(dir, "EC").certificate());
        folder.secret("password", "hunter2");
        folder.secret("token", "known to a few only");
        DeviceConfig config = folder.loaded(EVERYTHING.replace("timeout = \"3s\"", "ca = \"ca.pem\""));

        assertThat(folder.loaded(ConfigText.of(config))).isEqualTo(config);
        assertThat(ConfigText.of(config)).contains("ca = \"" + dir.resolve("ca.pem") + "\"");
        assertThat(folder.texts(folder.sources(EVERYTHING.replace("timeout = \"3s\"", "ca = \"token\""))))
                .singleElement()
                .asString()
                .contains("ca: token: holds no certificate");
    }

    @Test
    void everyExampleIsReadAsTheSame() throws IOException {
        for (Path example : ExamplesTest.examples()) {
            LoadResult loaded = ConfigLoader.load(ConfigSources.of(example));
            assertThat(loaded).isInstanceOf(LoadResult.Loaded.class);
            DeviceConfig config = ((LoadResult.Loaded) loaded).config();

            assertThat(folder.loaded(ConfigText.of(config))).isEqualTo(config);
        }
    }

    @Test
    void noSecretIsWritten() throws IOException {
        folder.secret("password", "hunter2");
        String file = ConfigFolder.GOOD + "[mqtt]\nusername = \"u\"\n";
        String named = ConfigText.of(folder.loaded(file + "password_file = \"password\"\n"));
        String set =
                ConfigText.of(folder.loaded(folder.sources(file).environment(Map.of(Secrets.PASSWORD, "hunter2"))));

        assertThat(named).doesNotContain("hunter2").contains("password_file = \"" + dir + "/password\"\n");
        assertThat(set)
                .doesNotContain("hunter2")
                .contains("# password = \"(secret)\" is in FULMAR_MQTT_PASSWORD\n")
                .doesNotContain("password_file");
    }

    @Test
    void whereEachValueWasSaidStandsBehindIt() {
        folder.write("conf.d/a.toml", "[[pipeline]]\nname = \"vibration\"\nsource.rate = 25\n");

        LoadResult loaded = ConfigLoader.load(folder.sources(ConfigFolder.GOOD).overrides(Map.of("log.level", "warn")));

        assertThat(loaded).isInstanceOfSatisfying(LoadResult.Loaded.class, result -> {
            List<String> lines =
                    ConfigText.of(result).replace(dir + "/", "").lines().toList();
            assertThat(lines)
                    .contains(
                            "id = \"pump-7\"  # device.toml:2",
                            "url = \"mqtt://127.0.0.1:1883\"  # default",
                            "level = \"warn\"  # --set:1",
                            "rate = 25  # conf.d/a.toml:3",
                            "type = \"label\"  # device.toml:17");
            assertThat(folder.loaded(ConfigText.of(result))).isEqualTo(result.config());
        });
    }
}
