package io.fulmar.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a configuration as the TOML that would give it again, every key with its value, secrets by where they are and not
 * by what they are. Owned by the call that makes it.
 */
public final class ConfigText {
    private final StringBuilder text = new StringBuilder();
    private final @Nullable Map<String, String> places;
    private String table = "";

    private ConfigText(@Nullable Map<String, String> places) {
        this.places = places;
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
        header("[state]", "state");
        line("dir", config.state().dir());
        raw("samples", TomlWriter.quoted(Units.text(config.state().samplesBytes())));
        mqtt(config.mqtt());
        outbox(config.outbox());
        header("[log]", "log");
        line("level", config.log().level());
        update(config.update());
        hardware(config.hardware());
        for (int i = 0; i < config.models().size(); i++) {
            model(config.models().get(i), i);
        }
        for (int i = 0; i < config.pipelines().size(); i++) {
            pipeline(config.pipelines().get(i), "pipeline." + i);
        }
        if (config.trust().root() != null) {
            header("[trust]", "trust");
            line("root", config.trust().root());
        }
        api(config.api());
        return text.toString();
    }

    private void api(ApiSettings api) {
        header("[api]", "api");
        raw("enabled", Boolean.toString(api.enabled()));
        line("host", api.host());
        if (api.port() != null) {
            raw("port", Integer.toString(api.port()));
        }
        if (api.token() != null) {
            line("token_file", api.token().origin());
        }
        raw("max_body", TomlWriter.quoted(Units.text(api.maxBodyBytes())));
        raw("queue", Integer.toString(api.queue()));
        line("deadline", api.deadline());
        raw("interpreters", Integer.toString(api.interpreters()));
    }

    private void device(Device device) {
        header("[device]", "device");
        line("id", device.id());
        strings("groups", device.groups());
        if (device.board() != null) {
            line("board", device.board());
        }
    }

    private void mqtt(Mqtt mqtt) {
        header("[mqtt]", "mqtt");
        line("url", mqtt.url().toString());
        line("prefix", mqtt.prefix());
        line("keep_alive", mqtt.keepAlive());
        line("connect_timeout", mqtt.connectTimeout());
        line("backoff_min", mqtt.backoffMin());
        line("backoff_max", mqtt.backoffMax());
        if (mqtt.username() != null) {
            line("username", mqtt.username());
        }
        Secret password = mqtt.password();
        if (password != null && password.origin().equals(Secrets.PASSWORD)) {
            text.append("# password = \"")
                    .append(password)
                    .append("\" is in ")
                    .append(Secrets.PASSWORD)
                    .append('\n');
        } else if (password != null) {
            line("password_file", password.origin());
        }
        line("trial", mqtt.trial());
        if (mqtt.tls() != null) {
            tls(mqtt.tls(), "mqtt.tls", "mqtt.tls");
        }
    }

    private void tls(TlsSettings tls, String header, String path) {
        header("[" + header + "]", path);
        line("ca", tls.ca());
        if (tls.certificate() != null && tls.key() != null) {
            line("cert", tls.certificate());
            line("key", tls.key());
        }
    }

    private void outbox(OutboxSettings outbox) {
        header("[outbox]", "outbox");
        raw("quota", TomlWriter.quoted(Units.text(outbox.quotaBytes())));
        raw("ballast", TomlWriter.quoted(Units.text(outbox.ballastBytes())));
        line("max_age", outbox.maxAge());
        line("when_full", outbox.whenFull());
        raw("batch_rows", Integer.toString(outbox.batchRows()));
        line("ack_timeout", outbox.ackTimeout());
        header("[outbox.commit_interval]", "outbox.commit_interval");
        line("alarm", outbox.commitInterval().alarm());
        line("event", outbox.commitInterval().event());
        line("data", outbox.commitInterval().data());
    }

    private void update(UpdateSettings update) {
        header("[update]", "update");
        line("trial", update.trial());
        raw("trial_frames", Long.toString(update.trialFrames()));
        number("max_errors", update.maxErrors());
        if (update.maxLabelShift() != null) {
            number("max_label_shift", update.maxLabelShift());
        }
        if (update.rateBytes() != null) {
            raw("rate", TomlWriter.quoted(Units.text(update.rateBytes())));
        }
        line("load", update.load());
    }

    private void hardware(HardwareSettings hardware) {
        if (hardware.provider() == null && !hardware.allowExec()) {
            return;
        }
        header("[hardware]", "hardware");
        if (hardware.provider() != null) {
            line("provider", hardware.provider());
        }
        raw("allow_exec", Boolean.toString(hardware.allowExec()));
        for (int i = 0; i < hardware.inputs().size(); i++) {
            HardwareSettings.Input input = hardware.inputs().get(i);
            header("[[hardware.input]]", "hardware.input." + i);
            line("name", input.name());
            raw("pin", Integer.toString(input.pin()));
            line("pull", input.pull());
            line("debounce", input.debounce());
        }
        for (int i = 0; i < hardware.outputs().size(); i++) {
            HardwareSettings.Output output = hardware.outputs().get(i);
            header("[[hardware.output]]", "hardware.output." + i);
            line("name", output.name());
            raw("pin", Integer.toString(output.pin()));
            line("safe", output.safe());
            line("pull", output.pull());
            guard(output.guard());
        }
        for (int i = 0; i < hardware.pwms().size(); i++) {
            HardwareSettings.Pwm pwm = hardware.pwms().get(i);
            header("[[hardware.pwm]]", "hardware.pwm." + i);
            line("name", pwm.name());
            raw("pin", Integer.toString(pwm.pin()));
            raw("frequency", Integer.toString(pwm.frequency()));
            number("safe", pwm.safe());
            guard(pwm.guard());
        }
        for (int i = 0; i < hardware.sensors().size(); i++) {
            sensor(hardware.sensors().get(i), i);
        }
    }

    private void sensor(SensorSettings sensor, int index) {
        header("[[hardware.sensor]]", "hardware.sensor." + index);
        line("name", sensor.name());
        switch (sensor) {
            case SensorSettings.Acceleration it -> {
                line("type", it.chip());
                line("bus", it.bus());
                raw("address", Integer.toString(it.address()));
                raw("rate", Integer.toString(it.samples()));
                raw("range", Integer.toString(it.range()));
                strings("axes", it.axes().stream().map(TableReader::nameOf).toList());
            }
            case SensorSettings.Climate it -> {
                line("type", "bme280");
                line("bus", it.bus());
                raw("address", Integer.toString(it.address()));
                number("rate", it.rate());
            }
            case SensorSettings.Voltage it -> {
                line("type", "mcp3008");
                line("bus", it.bus());
                raw("chip_select", Integer.toString(it.chipSelect()));
                number("rate", it.rate());
                number("reference", it.reference());
                raw("inputs", it.inputs().toString());
            }
        }
    }

    private void model(ModelSettings model, int index) {
        header("[[model]]", "model." + index);
        line("name", model.name());
        if (model.file() != null) {
            line("file", model.file());
            line("version", model.version());
        }
        if (model.labels() != null) {
            line("labels", model.labels());
        }
        raw("threads", Integer.toString(model.threads()));
        line("delegate", model.delegate());
    }

    private void pipeline(PipelineSettings pipeline, String path) {
        header("[[pipeline]]", path);
        line("name", pipeline.name());
        line("model", pipeline.model());
        if (pipeline.deadline() != null) {
            line("deadline", pipeline.deadline());
        }
        line("priority", pipeline.priority());
        List<PreprocessSettings> preprocess = steps("preprocess", pipeline.preprocess());
        List<PostprocessSettings> postprocess = steps("postprocess", pipeline.postprocess());
        source(pipeline.source(), path + ".source");
        for (int i = 0; i < preprocess.size(); i++) {
            header("[[pipeline.preprocess]]", path + ".preprocess." + i);
            preprocess(preprocess.get(i));
        }
        for (int i = 0; i < postprocess.size(); i++) {
            header("[[pipeline.postprocess]]", path + ".postprocess." + i);
            postprocess(postprocess.get(i));
        }
        for (int i = 0; i < pipeline.act().size(); i++) {
            header("[[pipeline.act]]", path + ".act." + i);
            act(pipeline.act().get(i));
        }
        record(pipeline.record(), path + ".record");
        drift(pipeline.drift(), path + ".drift");
        samples(pipeline.samples(), path + ".samples");
    }

    /** Those that are said; that there are to be none is said too. */
    private <T> List<T> steps(String key, @Nullable List<T> steps) {
        if (steps != null && steps.isEmpty()) {
            raw(key, "[]");
        }
        return steps == null ? List.of() : steps;
    }

    private void source(SourceSettings source, String path) {
        header("[pipeline.source]", path);
        switch (source) {
            case SourceSettings.Simulated simulated -> {
                line("type", "simulated");
                number("rate", simulated.rate());
                line("pace", simulated.pace());
                raw("seed", Long.toString(simulated.seed()));
                raw("window", Integer.toString(simulated.window()));
                for (int i = 0; i < simulated.schedule().size(); i++) {
                    phase(simulated.schedule().get(i), path + ".schedule." + i);
                }
            }
            case SourceSettings.HostSystem system -> {
                line("type", "system");
                number("rate", system.rate());
                strings(
                        "readings",
                        system.readings().stream().map(TableReader::nameOf).toList());
            }
            case SourceSettings.Sensor sensor -> {
                line("type", "sensor");
                line("sensor", sensor.sensor());
                raw("window", Integer.toString(sensor.window()));
                line("stale", sensor.stale());
            }
            case SourceSettings.Folder folder -> {
                line("type", "folder");
                line("path", folder.path());
                line("format", folder.format());
                line("match", folder.match());
                line("every", folder.every());
                line("then", folder.then());
                line("max_size", Units.text(folder.maxSize()));
                numbers(folder.numbers(), folder.format() == SourceSettings.FileFormat.JSONL);
                if (folder.stale() != null) {
                    line("stale", folder.stale());
                }
            }
            case SourceSettings.Exec exec -> exec(exec);
            case SourceSettings.Serial serial -> serial(serial);
            case SourceSettings.Messages messages -> messages(messages, path);
            case SourceSettings.Push push -> {
                line("type", "push");
                message(push.form());
                waiting(push.waiting());
            }
            case SourceSettings.Replay replay -> {
                line("type", "replay");
                number("rate", replay.rate());
                line("pace", replay.pace());
                line("path", replay.path());
                line("match", replay.match());
                line("format", replay.format());
                numbers(replay.numbers(), replay.format() == SourceSettings.Format.JSONL);
                raw("loop", Boolean.toString(replay.loop()));
            }
        }
    }

    private void exec(SourceSettings.Exec exec) {
        line("type", "exec");
        strings("command", exec.command());
        stream(exec.form());
        waiting(exec.waiting());
        line("restart", exec.restart());
    }

    private void serial(SourceSettings.Serial serial) {
        line("type", "serial");
        line("port", serial.port());
        SourceSettings.SerialLine wire = serial.line();
        raw("baud", Integer.toString(wire.baud()));
        raw("bits", Integer.toString(wire.bits()));
        line("parity", wire.parity());
        raw("stop_bits", Integer.toString(wire.stopBits()));
        line("flow", wire.flow());
        stream(serial.form());
        waiting(serial.waiting());
    }

    private void messages(SourceSettings.Messages messages, String path) {
        line("type", "mqtt");
        line("topic", messages.filter());
        raw("retained", Boolean.toString(messages.retained()));
        message(messages.form());
        waiting(messages.waiting());
        SourceSettings.Broker broker = messages.broker();
        if (!broker.own()) {
            return;
        }
        header("[pipeline.source.broker]", path + ".broker");
        line("url", broker.url().toString());
        line("client_id", broker.clientId());
        if (broker.username() != null) {
            line("username", broker.username());
        }
        if (broker.password() != null) {
            line("password_file", broker.password().origin());
        }
        if (broker.tls() != null) {
            tls(broker.tls(), "pipeline.source.broker.tls", path + ".broker.tls");
        }
    }

    private void message(SourceSettings.MessageForm form) {
        line("format", form.format());
        numbers(form.numbers(), form.format() == SourceSettings.Payload.JSON);
        if (form.format() == SourceSettings.Payload.RAW) {
            line("element", form.element());
        }
        line("max_size", Units.text(form.maxSize()));
    }

    private void stream(SourceSettings.StreamForm form) {
        line("format", form.format());
        switch (form.format()) {
            case RGB24 -> {
                raw("width", Integer.toString(form.width()));
                raw("height", Integer.toString(form.height()));
            }
            case S16LE -> {
                raw("rate", Integer.toString(form.rate()));
                raw("samples", Integer.toString(form.samples()));
            }
            case MJPEG -> line("max_size", Units.text(form.maxSize()));
            case CSV -> numbers(form.numbers(), false);
            case JSONL -> numbers(form.numbers(), true);
            case RAW -> {
                numbers(form.numbers(), false);
                line("element", form.bytes().element());
                if (!form.bytes().start().isEmpty()) {
                    line("start", form.bytes().start());
                }
            }
        }
    }

    private void numbers(SourceSettings.Numbers numbers, boolean json) {
        if (numbers.columns() > 0) {
            raw("columns", Integer.toString(numbers.columns()));
        }
        if (json) {
            strings("values", numbers.values());
        }
    }

    private void waiting(SourceSettings.Waiting waiting) {
        raw("queue", Integer.toString(waiting.queue()));
        line("overflow", waiting.overflow());
        if (waiting.stale() != null) {
            line("stale", waiting.stale());
        }
    }

    private void phase(SourceSettings.Phase phase, String path) {
        header("[[pipeline.source.schedule]]", path);
        line("condition", phase.condition());
        if (phase.condition() != SourceSettings.Condition.NORMAL) {
            number("severity", phase.severity());
        }
        line("lasts", phase.lasts());
    }

    private void preprocess(PreprocessSettings step) {
        line("type", step.type());
        switch (step) {
            case PreprocessSettings.Normalise normalise -> {
                numbers("mean", normalise.mean());
                numbers("std", normalise.std());
            }
            case PreprocessSettings.ZScore _ -> {}
            case PreprocessSettings.DecodeImage decode -> raw("max_pixels", Integer.toString(decode.maxPixels()));
            case PreprocessSettings.Resize resize -> {
                raw("width", Integer.toString(resize.width()));
                raw("height", Integer.toString(resize.height()));
                line("method", resize.method());
                line("fit", resize.fit());
                if (resize.fit() == PreprocessSettings.Resize.Fit.LETTERBOX) {
                    raw("fill", resize.fill().toString());
                }
            }
            case PreprocessSettings.MovingAverage average -> {
                raw("size", Integer.toString(average.size()));
                raw("channels", Integer.toString(average.channels()));
            }
            case PreprocessSettings.Pass pass -> {
                number("rate", pass.rate());
                number("cutoff", pass.cutoff());
                number("q", pass.q());
                raw("channels", Integer.toString(pass.channels()));
            }
            case PreprocessSettings.Features features -> {
                strings(
                        "list",
                        features.features().stream().map(TableReader::nameOf).toList());
                if (!features.bands().isEmpty()) {
                    numbers("bands", features.bands());
                    number("rate", features.rate());
                }
                raw("channels", Integer.toString(features.channels()));
            }
            case PreprocessSettings.DecodeAudio _, PreprocessSettings.Samples _ -> {}
            case PreprocessSettings.ResampleSeries series -> series(series);
            case PreprocessSettings.Resample resample -> raw("rate", Integer.toString(resample.rate()));
            case PreprocessSettings.Spectrum spectrum -> spectrum(spectrum);
            case PreprocessSettings.MicroFrontend frontend -> {
                raw("channels", Integer.toString(frontend.channels()));
                number("low", frontend.low());
                number("high", frontend.high());
                raw("raw", Boolean.toString(frontend.raw()));
            }
            case PreprocessSettings.Pixels pixels -> {
                line("order", pixels.order());
                raw("raw", Boolean.toString(pixels.raw()));
            }
            case PreprocessSettings.Scale scale -> {
                number("factor", scale.factor());
                number("offset", scale.offset());
            }
            case PreprocessSettings.Range range -> {
                numbers("min", range.min());
                numbers("max", range.max());
            }
            case PreprocessSettings.Window window -> {
                raw("size", Integer.toString(window.size()));
                raw("hop", Integer.toString(window.hop()));
            }
        }
    }

    private void series(PreprocessSettings.ResampleSeries series) {
        number("rate", series.rate());
        if (series.from() != null) {
            number("from", series.from());
            raw("channels", Integer.toString(series.channels()));
        }
        if (series.clock() != null) {
            line("time", series.clock());
            line("gap", series.gap());
        }
        line("method", series.method());
    }

    private void spectrum(PreprocessSettings.Spectrum spectrum) {
        line("frame", spectrum.frame());
        line("hop", spectrum.hop());
        line("curve", spectrum.curve());
        line("values", spectrum.values());
        line("scale", spectrum.scale());
        number("offset", spectrum.offset());
        PreprocessSettings.Spectrum.Mel mel = spectrum.mel();
        if (mel != null) {
            raw("bands", Integer.toString(mel.bands()));
            number("low", mel.low());
            number("high", mel.high());
            if (mel.coefficients() > 0) {
                raw("coefficients", Integer.toString(mel.coefficients()));
            }
        }
    }

    private void postprocess(PostprocessSettings step) {
        line("type", step.type());
        switch (step) {
            case PostprocessSettings.Output output -> raw("index", Integer.toString(output.index()));
            case PostprocessSettings.Softmax _,
                    PostprocessSettings.Sigmoid _,
                    PostprocessSettings.Segments _,
                    PostprocessSettings.Label _ -> {}
            case PostprocessSettings.TopK top -> {
                raw("k", Integer.toString(top.k()));
            }
            case PostprocessSettings.Threshold threshold -> {
                numbers("min", threshold.min());
                numbers("release", threshold.release());
                line("otherwise", threshold.otherwise());
            }
            case PostprocessSettings.Anomaly anomaly -> {
                line("error", anomaly.error());
                if (anomaly.threshold() != null) {
                    number("threshold", anomaly.threshold());
                } else {
                    number("deviations", anomaly.deviations());
                    raw("memory", Integer.toString(anomaly.memory()));
                    raw("warm_up", Integer.toString(anomaly.warmUp()));
                }
            }
            case PostprocessSettings.Boxes boxes -> {
                line("format", boxes.format());
                raw("outputs", boxes.outputs().toString());
                number("min", boxes.min());
                raw("max", Integer.toString(boxes.max()));
                raw("label_offset", Integer.toString(boxes.labelOffset()));
                if (!boxes.only().isEmpty()) {
                    strings("only", boxes.only());
                }
                line("otherwise", boxes.otherwise());
                if (boxes.format() != PostprocessSettings.Boxes.Format.SSD) {
                    number("iou", boxes.iou());
                    line("scores", boxes.scores());
                    raw("pixels", Boolean.toString(boxes.pixels()));
                }
            }
            case PostprocessSettings.Keypoints keypoints -> {
                line("format", keypoints.format());
                if (keypoints.format() == PostprocessSettings.Keypoints.Form.HEATMAPS) {
                    raw("logits", Boolean.toString(keypoints.logits()));
                }
                raw("outputs", keypoints.outputs().toString());
                if (!keypoints.names().isEmpty()) {
                    strings("names", keypoints.names());
                }
                number("min", keypoints.min());
                line("label", keypoints.label());
                line("otherwise", keypoints.otherwise());
            }
            case PostprocessSettings.Regression regression -> {
                strings("names", regression.names());
                if (!regression.units().isEmpty()) {
                    strings("units", regression.units());
                }
                numbersIfAny("factor", regression.factor());
                numbersIfAny("offset", regression.offset());
                numbersIfAny("low", regression.low());
                numbersIfAny("high", regression.high());
            }
            case PostprocessSettings.Debounce debounce -> {
                raw("k", Integer.toString(debounce.k()));
                raw("n", Integer.toString(debounce.n()));
            }
        }
    }

    private void act(ActSettings act) {
        switch (act) {
            case ActSettings.LogLine log -> {
                occasion("log", log.name(), log.occasion());
                line("level", log.level());
                moves(log.guard());
            }
            case ActSettings.Publish publish -> {
                occasion("mqtt", publish.name(), publish.occasion());
                line("topic", publish.topic());
                if (publish.payload() != null) {
                    line("payload", publish.payload());
                }
                raw("retain", Boolean.toString(publish.retain()));
                moves(publish.guard());
            }
            case ActSettings.Webhook webhook -> {
                occasion("http", webhook.name(), webhook.occasion());
                line("url", webhook.url().toString());
                if (webhook.token() != null) {
                    line("token_file", webhook.token().origin());
                }
                if (webhook.ca() != null) {
                    line("ca", webhook.ca());
                }
                line("timeout", webhook.timeout());
                moves(webhook.guard());
            }
            case ActSettings.Command command -> {
                occasion("exec", command.name(), command.occasion());
                strings("command", command.command());
                line("timeout", command.timeout());
                moves(command.guard());
            }
            case ActSettings.Output output -> {
                line("type", "output");
                line("output", output.output());
                wanted(output.wanted());
                line("on", output.high() ? "high" : "low");
            }
            case ActSettings.Pwm pwm -> {
                line("type", "pwm");
                line("pwm", pwm.pwm());
                wanted(pwm.wanted());
                number("on", pwm.on());
                number("off", pwm.off());
            }
        }
    }

    private void wanted(ActSettings.Wanted wanted) {
        if (!wanted.labels().isEmpty()) {
            strings("labels", wanted.labels());
        }
    }

    private void occasion(String type, String name, ActSettings.Occasion occasion) {
        line("type", type);
        if (!name.equals(type)) {
            line("name", name);
        }
        line("when", occasion.when());
        if (!occasion.labels().isEmpty()) {
            strings("labels", occasion.labels());
        }
    }

    private void guard(GuardSettings guard) {
        line("stale", guard.stale());
        moves(guard);
    }

    private void moves(GuardSettings guard) {
        line("min_dwell", guard.minDwell());
        raw("max_moves", Integer.toString(guard.maxMoves()));
        if (guard.interlock() != null) {
            line("interlock", guard.interlock());
            line("interlock_level", guard.interlockHigh() ? "high" : "low");
        }
    }

    private void record(RecordSettings record, String path) {
        header("[pipeline.record]", path);
        switch (record.policy()) {
            case RecordSettings.All _ -> line("policy", "all");
            case RecordSettings.Changes _ -> line("policy", "changes");
            case RecordSettings.Every every -> {
                line("policy", "every");
                raw("n", Integer.toString(every.n()));
            }
        }
        strings("alarm_labels", record.alarmLabels().stream().sorted().toList());
    }

    private void drift(DriftSettings drift, String path) {
        header("[pipeline.drift]", path);
        raw("enabled", Boolean.toString(drift.enabled()));
        line("reference", drift.reference());
        raw("window", Integer.toString(drift.window()));
        raw("learn", Integer.toString(drift.learn()));
        number("psi", drift.psi());
        number("ks", drift.ks());
        line("report", drift.report());
    }

    private void samples(SamplesSettings samples, String path) {
        header("[pipeline.samples]", path);
        number("confidence", samples.confidence());
        raw("disagreement", Boolean.toString(samples.disagreement()));
        number("random", samples.random());
        raw("drift", Boolean.toString(samples.drift()));
        raw("per_hour", Integer.toString(samples.perHour()));
    }

    private void header(String header, String path) {
        text.append(text.isEmpty() ? "" : "\n").append(header).append('\n');
        table = path;
    }

    private void line(String key, String value) {
        raw(key, TomlWriter.quoted(value));
    }

    private void line(String key, Path value) {
        line(key, value.toString());
    }

    private void line(String key, Duration value) {
        line(key, Units.text(value));
    }

    private void line(String key, Enum<?> value) {
        line(key, TableReader.nameOf(value));
    }

    private void number(String key, double value) {
        raw(key, number(value));
    }

    private void numbers(String key, List<Double> values) {
        raw(key, "[" + String.join(", ", values.stream().map(ConfigText::number).toList()) + "]");
    }

    private void numbersIfAny(String key, List<Double> values) {
        if (!values.isEmpty()) {
            numbers(key, values);
        }
    }

    private void strings(String key, List<String> values) {
        List<String> quoted = new ArrayList<>();
        values.forEach(value -> quoted.add(TomlWriter.quoted(value)));
        raw(key, "[" + String.join(", ", quoted) + "]");
    }

    private void raw(String key, String value) {
        text.append(key).append(" = ").append(value);
        if (places != null) {
            text.append("  # ").append(places.getOrDefault(table + "." + key, "default"));
        }
        text.append('\n');
    }

    /** With a point where TOML would take it for an integer that is too large. */
    private static String number(double value) {
        String plain = TableReader.plain(value);
        return plain.length() > 18 && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
}
