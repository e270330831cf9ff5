package io.fulmar.config;

/** Writes where a pipeline's frames come from. Owned by the call that makes it. */
final class SourceText {
    private final TomlLines toml;

    SourceText(TomlLines toml) {
        this.toml = toml;
    }

    void source(SourceSettings source, String path) {
        toml.header("[pipeline.source]", path);
        switch (source) {
            case SourceSettings.Simulated simulated -> {
                toml.line("type", "simulated");
                toml.number("rate", simulated.rate());
                toml.line("pace", simulated.pace());
                toml.raw("seed", Long.toString(simulated.seed()));
                toml.raw("window", Integer.toString(simulated.window()));
                for (int i = 0; i < simulated.schedule().size(); i++) {
                    phase(simulated.schedule().get(i), path + ".schedule." + i);
                }
            }
            case SourceSettings.HostSystem system -> {
                toml.line("type", "system");
                toml.number("rate", system.rate());
                toml.strings(
                        "readings",
                        system.readings().stream().map(TableReader::nameOf).toList());
            }
            case SourceSettings.Sensor sensor -> {
                toml.line("type", "sensor");
                toml.line("sensor", sensor.sensor());
                toml.raw("window", Integer.toString(sensor.window()));
                toml.line("stale", sensor.stale());
            }
            case SourceSettings.Folder folder -> {
                toml.line("type", "folder");
                toml.line("path", folder.path());
                toml.line("format", folder.format());
                toml.line("match", folder.match());
                toml.line("every", folder.every());
                toml.line("then", folder.then());
                toml.line("max_size", Units.text(folder.maxSize()));
                numbers(folder.numbers(), folder.format() == SourceSettings.FileFormat.JSONL);
                if (folder.stale() != null) {
                    toml.line("stale", folder.stale());
                }
            }
            case SourceSettings.Exec exec -> exec(exec);
            case SourceSettings.Serial serial -> serial(serial);
            case SourceSettings.Messages messages -> messages(messages, path);
            case SourceSettings.Push push -> {
                toml.line("type", "push");
                message(push.form());
                waiting(push.waiting());
            }
            case SourceSettings.Replay replay -> {
                toml.line("type", "replay");
                toml.number("rate", replay.rate());
                toml.line("pace", replay.pace());
                toml.line("path", replay.path());
                toml.line("match", replay.match());
                toml.line("format", replay.format());
                numbers(replay.numbers(), replay.format() == SourceSettings.Format.JSONL);
                toml.raw("loop", Boolean.toString(replay.loop()));
            }
        }
    }

    private void exec(SourceSettings.Exec exec) {
        toml.line("type", "exec");
        toml.strings("command", exec.command());
        stream(exec.form());
        waiting(exec.waiting());
        toml.line("restart", exec.restart());
    }

    private void serial(SourceSettings.Serial serial) {
        toml.line("type", "serial");
        toml.line("port", serial.port());
        SourceSettings.SerialLine wire = serial.line();
        toml.raw("baud", Integer.toString(wire.baud()));
        toml.raw("bits", Integer.toString(wire.bits()));
        toml.line("parity", wire.parity());
        toml.raw("stop_bits", Integer.toString(wire.stopBits()));
        toml.line("flow", wire.flow());
        stream(serial.form());
        waiting(serial.waiting());
    }

    private void messages(SourceSettings.Messages messages, String path) {
        toml.line("type", "mqtt");
        toml.line("topic", messages.filter());
        toml.raw("retained", Boolean.toString(messages.retained()));
        message(messages.form());
        waiting(messages.waiting());
        SourceSettings.Broker broker = messages.broker();
        if (!broker.own()) {
            return;
        }
        toml.header("[pipeline.source.broker]", path + ".broker");
        toml.line("url", broker.url().toString());
        toml.line("client_id", broker.clientId());
        if (broker.username() != null) {
            toml.line("username", broker.username());
        }
        if (broker.password() != null) {
            toml.line("password_file", broker.password().origin());
        }
        if (broker.tls() != null) {
            toml.tls(broker.tls(), "pipeline.source.broker.tls", path + ".broker.tls");
        }
    }

    private void message(SourceSettings.MessageForm form) {
        toml.line("format", form.format());
        numbers(form.numbers(), form.format() == SourceSettings.Payload.JSON);
        if (form.format() == SourceSettings.Payload.RAW) {
            toml.line("element", form.element());
        }
        toml.line("max_size", Units.text(form.maxSize()));
    }

    private void stream(SourceSettings.StreamForm form) {
        toml.line("format", form.format());
        switch (form.format()) {
            case RGB24 -> {
                toml.raw("width", Integer.toString(form.width()));
                toml.raw("height", Integer.toString(form.height()));
            }
            case S16LE -> {
                toml.raw("rate", Integer.toString(form.rate()));
                toml.raw("samples", Integer.toString(form.samples()));
            }
            case MJPEG -> toml.line("max_size", Units.text(form.maxSize()));
            case CSV -> numbers(form.numbers(), false);
            case JSONL -> numbers(form.numbers(), true);
            case RAW -> {
                numbers(form.numbers(), false);
                toml.line("element", form.bytes().element());
                if (!form.bytes().start().isEmpty()) {
                    toml.line("start", form.bytes().start());
                }
            }
        }
    }

    private void numbers(SourceSettings.Numbers numbers, boolean json) {
        if (numbers.columns() > 0) {
            toml.raw("columns", Integer.toString(numbers.columns()));
        }
        if (json) {
            toml.strings("values", numbers.values());
        }
    }

    private void waiting(SourceSettings.Waiting waiting) {
        toml.raw("queue", Integer.toString(waiting.queue()));
        toml.line("overflow", waiting.overflow());
        if (waiting.stale() != null) {
            toml.line("stale", waiting.stale());
        }
    }

    private void phase(SourceSettings.Phase phase, String path) {
        toml.header("[[pipeline.source.schedule]]", path);
        toml.line("condition", phase.condition());
        if (phase.condition() != SourceSettings.Condition.NORMAL) {
            toml.number("severity", phase.severity());
        }
        toml.line("lasts", phase.lasts());
    }
}
