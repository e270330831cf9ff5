package io.fulmar.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a configuration as the TOML that would give it again, every key with its value, secrets by where they are and not
 * by what they are. Owned by the call that makes it.
 */
public final class ConfigText {
    private final TomlLines toml;
    private final ActText acts;

    private ConfigText(@Nullable Map<String, String> places) {
        toml = new TomlLines(places);
        acts = new ActText(toml);
    }

    /** The configuration as TOML. */
    public static String of(DeviceConfig config) {
        return new ConfigText(null).write(config);
    }

    /** The configuration as TOML, with where each value was said behind it. */
    public static String of(LoadResult.Loaded loaded) {
        return new ConfigText(loaded.places()).write(loaded.config());
    }

    private String write(DeviceConfig config) {
        device(config.device());
        toml.header("[state]", "state");
        toml.line("dir", config.state().dir());
        toml.raw("samples", TomlWriter.quoted(Units.text(config.state().samplesBytes())));
        mqtt(config.mqtt());
        outbox(config.outbox());
        toml.header("[log]", "log");
        toml.line("level", config.log().level());
        update(config.update());
        hardware(config.hardware());
        for (int i = 0; i < config.models().size(); i++) {
            model(config.models().get(i), i);
        }
        for (int i = 0; i < config.pipelines().size(); i++) {
            pipeline(config.pipelines().get(i), "pipeline." + i);
        }
        if (config.trust().root() != null) {
            toml.header("[trust]", "trust");
            toml.line("root", config.trust().root());
        }
        api(config.api());
        return toml.toString();
    }

    private void api(ApiSettings api) {
        toml.header("[api]", "api");
        toml.raw("enabled", Boolean.toString(api.enabled()));
        toml.line("host", api.host());
        if (api.port() != null) {
            toml.raw("port", Integer.toString(api.port()));
        }
        if (api.token() != null) {
            toml.line("token_file", api.token().origin());
        }
        toml.raw("max_body", TomlWriter.quoted(Units.text(api.maxBodyBytes())));
        toml.raw("queue", Integer.toString(api.queue()));
        toml.line("deadline", api.deadline());
        toml.raw("interpreters", Integer.toString(api.interpreters()));
    }

    private void device(Device device) {
        toml.header("[device]", "device");
        toml.line("id", device.id());
        toml.strings("groups", device.groups());
        if (device.board() != null) {
            toml.line("board", device.board());
        }
    }

    private void mqtt(Mqtt mqtt) {
        toml.header("[mqtt]", "mqtt");
        toml.line("url", mqtt.url().toString());
        toml.line("prefix", mqtt.prefix());
        toml.line("keep_alive", mqtt.keepAlive());
        toml.line("connect_timeout", mqtt.connectTimeout());
        toml.line("backoff_min", mqtt.backoffMin());
        toml.line("backoff_max", mqtt.backoffMax());
        if (mqtt.username() != null) {
            toml.line("username", mqtt.username());
        }
        Secret password = mqtt.password();
        if (password != null && password.origin().equals(Secrets.PASSWORD)) {
            toml.comment("password = \"" + password + "\" is in " + Secrets.PASSWORD);
        } else if (password != null) {
            toml.line("password_file", password.origin());
        }
        toml.line("trial", mqtt.trial());
        if (mqtt.tls() != null) {
            toml.tls(mqtt.tls(), "mqtt.tls", "mqtt.tls");
        }
    }

    private void outbox(OutboxSettings outbox) {
        toml.header("[outbox]", "outbox");
        toml.raw("quota", TomlWriter.quoted(Units.text(outbox.quotaBytes())));
        toml.raw("ballast", TomlWriter.quoted(Units.text(outbox.ballastBytes())));
        toml.line("max_age", outbox.maxAge());
        toml.line("when_full", outbox.whenFull());
        toml.raw("batch_rows", Integer.toString(outbox.batchRows()));
        toml.line("ack_timeout", outbox.ackTimeout());
        if (outbox.rateBytes() != null) {
            toml.raw("rate", TomlWriter.quoted(Units.text(outbox.rateBytes())));
        }
        byStream("max_ages", outbox.maxAges());
        byStream("commit_interval", outbox.commitInterval());
    }

    private void byStream(String key, OutboxSettings.ByStream times) {
        toml.header("[outbox." + key + "]", "outbox." + key);
        toml.line("alarm", times.alarm());
        toml.line("event", times.event());
        toml.line("data", times.data());
    }

    private void update(UpdateSettings update) {
        toml.header("[update]", "update");
        toml.line("trial", update.trial());
        toml.raw("trial_frames", Long.toString(update.trialFrames()));
        toml.number("max_errors", update.maxErrors());
        if (update.maxLabelShift() != null) {
            toml.number("max_label_shift", update.maxLabelShift());
        }
        if (update.rateBytes() != null) {
            toml.raw("rate", TomlWriter.quoted(Units.text(update.rateBytes())));
        }
        toml.line("load", update.load());
    }

    private void hardware(HardwareSettings hardware) {
        if (hardware.provider() == null && !hardware.allowExec()) {
            return;
        }
        toml.header("[hardware]", "hardware");
        if (hardware.provider() != null) {
            toml.line("provider", hardware.provider());
        }
        toml.raw("allow_exec", Boolean.toString(hardware.allowExec()));
        for (int i = 0; i < hardware.inputs().size(); i++) {
            HardwareSettings.Input input = hardware.inputs().get(i);
            toml.header("[[hardware.input]]", "hardware.input." + i);
            toml.line("name", input.name());
            toml.raw("pin", Integer.toString(input.pin()));
            toml.line("pull", input.pull());
            toml.line("debounce", input.debounce());
        }
        for (int i = 0; i < hardware.outputs().size(); i++) {
            HardwareSettings.Output output = hardware.outputs().get(i);
            toml.header("[[hardware.output]]", "hardware.output." + i);
            toml.line("name", output.name());
            toml.raw("pin", Integer.toString(output.pin()));
            toml.line("safe", output.safe());
            toml.line("pull", output.pull());
            acts.guard(output.guard());
        }
        for (int i = 0; i < hardware.pwms().size(); i++) {
            HardwareSettings.Pwm pwm = hardware.pwms().get(i);
            toml.header("[[hardware.pwm]]", "hardware.pwm." + i);
            toml.line("name", pwm.name());
            toml.raw("pin", Integer.toString(pwm.pin()));
            toml.raw("frequency", Integer.toString(pwm.frequency()));
            toml.number("safe", pwm.safe());
            acts.guard(pwm.guard());
        }
        for (int i = 0; i < hardware.sensors().size(); i++) {
            sensor(hardware.sensors().get(i), i);
        }
    }

    private void sensor(SensorSettings sensor, int index) {
        toml.header("[[hardware.sensor]]", "hardware.sensor." + index);
        toml.line("name", sensor.name());
        switch (sensor) {
            case SensorSettings.Acceleration it -> {
                toml.line("type", it.chip());
                toml.line("bus", it.bus());
                toml.raw("address", Integer.toString(it.address()));
                toml.raw("rate", Integer.toString(it.samples()));
                toml.raw("range", Integer.toString(it.range()));
                toml.strings("axes", it.axes().stream().map(TableReader::nameOf).toList());
            }
            case SensorSettings.Climate it -> {
                toml.line("type", "bme280");
                toml.line("bus", it.bus());
                toml.raw("address", Integer.toString(it.address()));
                toml.number("rate", it.rate());
            }
            case SensorSettings.Voltage it -> {
                toml.line("type", "mcp3008");
                toml.line("bus", it.bus());
                toml.raw("chip_select", Integer.toString(it.chipSelect()));
                toml.number("rate", it.rate());
                toml.number("reference", it.reference());
                toml.raw("inputs", it.inputs().toString());
            }
        }
    }

    private void model(ModelSettings model, int index) {
        toml.header("[[model]]", "model." + index);
        toml.line("name", model.name());
        if (model.file() != null) {
            toml.line("file", model.file());
            toml.line("version", model.version());
        }
        if (model.labels() != null) {
            toml.line("labels", model.labels());
        }
        toml.raw("threads", Integer.toString(model.threads()));
        toml.line("delegate", model.delegate());
    }

    private void pipeline(PipelineSettings pipeline, String path) {
        toml.header("[[pipeline]]", path);
        toml.line("name", pipeline.name());
        toml.line("model", pipeline.model());
        if (pipeline.deadline() != null) {
            toml.line("deadline", pipeline.deadline());
        }
        toml.line("priority", pipeline.priority());
        StepText around = new StepText(toml);
        List<PreprocessSettings> preprocess = steps("preprocess", pipeline.preprocess());
        List<PostprocessSettings> postprocess = steps("postprocess", pipeline.postprocess());
        new SourceText(toml).source(pipeline.source(), path + ".source");
        for (int i = 0; i < preprocess.size(); i++) {
            toml.header("[[pipeline.preprocess]]", path + ".preprocess." + i);
            around.preprocess(preprocess.get(i));
        }
        for (int i = 0; i < postprocess.size(); i++) {
            toml.header("[[pipeline.postprocess]]", path + ".postprocess." + i);
            around.postprocess(postprocess.get(i));
        }
        for (int i = 0; i < pipeline.act().size(); i++) {
            toml.header("[[pipeline.act]]", path + ".act." + i);
            acts.act(pipeline.act().get(i));
        }
        record(pipeline.record(), path + ".record");
        drift(pipeline.drift(), path + ".drift");
        samples(pipeline.samples(), path + ".samples");
    }

    /** Those that are said; that there are to be none is said too. */
    private <T> List<T> steps(String key, @Nullable List<T> steps) {
        if (steps != null && steps.isEmpty()) {
            toml.raw(key, "[]");
        }
        return steps == null ? List.of() : steps;
    }

    private void record(RecordSettings record, String path) {
        toml.header("[pipeline.record]", path);
        switch (record.policy()) {
            case RecordSettings.All _ -> toml.line("policy", "all");
            case RecordSettings.Changes _ -> toml.line("policy", "changes");
            case RecordSettings.Every every -> {
                toml.line("policy", "every");
                toml.raw("n", Integer.toString(every.n()));
            }
        }
        toml.strings("alarm_labels", record.alarmLabels().stream().sorted().toList());
    }

    private void drift(DriftSettings drift, String path) {
        toml.header("[pipeline.drift]", path);
        toml.raw("enabled", Boolean.toString(drift.enabled()));
        toml.line("reference", drift.reference());
        toml.raw("window", Integer.toString(drift.window()));
        toml.raw("learn", Integer.toString(drift.learn()));
        toml.number("psi", drift.psi());
        toml.number("ks", drift.ks());
        toml.line("report", drift.report());
    }

    private void samples(SamplesSettings samples, String path) {
        toml.header("[pipeline.samples]", path);
        toml.number("confidence", samples.confidence());
        toml.raw("disagreement", Boolean.toString(samples.disagreement()));
        toml.number("random", samples.random());
        toml.raw("drift", Boolean.toString(samples.drift()));
        toml.raw("per_hour", Integer.toString(samples.perHour()));
    }
}
