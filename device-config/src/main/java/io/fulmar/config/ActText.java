package io.fulmar.config;

/** Writes what a pipeline does, and what guards it. Owned by the call that makes it. */
final class ActText {
    private final TomlLines toml;

    ActText(TomlLines toml) {
        this.toml = toml;
    }

    void act(ActSettings act) {
        switch (act) {
            case ActSettings.LogLine log -> {
                occasion("log", log.name(), log.occasion());
                toml.line("level", log.level());
                moves(log.guard());
            }
            case ActSettings.Publish publish -> {
                occasion("mqtt", publish.name(), publish.occasion());
                toml.line("topic", publish.topic());
                if (publish.payload() != null) {
                    toml.line("payload", publish.payload());
                }
                toml.raw("retain", Boolean.toString(publish.retain()));
                moves(publish.guard());
            }
            case ActSettings.Webhook webhook -> {
                occasion("http", webhook.name(), webhook.occasion());
                toml.line("url", webhook.url().toString());
                if (webhook.token() != null) {
                    toml.line("token_file", webhook.token().origin());
                }
                if (webhook.ca() != null) {
                    toml.line("ca", webhook.ca());
                }
                toml.line("timeout", webhook.timeout());
                moves(webhook.guard());
            }
            case ActSettings.Command command -> {
                occasion("exec", command.name(), command.occasion());
                toml.strings("command", command.command());
                toml.line("timeout", command.timeout());
                moves(command.guard());
            }
            case ActSettings.Output output -> {
                toml.line("type", "output");
                toml.line("output", output.output());
                wanted(output.wanted());
                toml.line("on", output.high() ? "high" : "low");
            }
            case ActSettings.Pwm pwm -> {
                toml.line("type", "pwm");
                toml.line("pwm", pwm.pwm());
                wanted(pwm.wanted());
                toml.number("on", pwm.on());
                toml.number("off", pwm.off());
            }
        }
    }

    private void wanted(ActSettings.Wanted wanted) {
        if (!wanted.labels().isEmpty()) {
            toml.strings("labels", wanted.labels());
        }
    }

    private void occasion(String type, String name, ActSettings.Occasion occasion) {
        toml.line("type", type);
        if (!name.equals(type)) {
            toml.line("name", name);
        }
        toml.line("when", occasion.when());
        if (!occasion.labels().isEmpty()) {
            toml.strings("labels", occasion.labels());
        }
    }

    void guard(GuardSettings guard) {
        toml.line("stale", guard.stale());
        moves(guard);
    }

    private void moves(GuardSettings guard) {
        toml.line("min_dwell", guard.minDwell());
        toml.raw("max_moves", Integer.toString(guard.maxMoves()));
        if (guard.interlock() != null) {
            toml.line("interlock", guard.interlock());
            toml.line("interlock_level", guard.interlockHigh() ? "high" : "low");
        }
    }
}
