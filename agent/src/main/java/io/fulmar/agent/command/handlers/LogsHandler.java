package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.LogRing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.Level;

/** {@code logs}: the last lines of the log. Owned by the command thread. */
public final class LogsHandler implements CommandHandler {
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private final LogRing ring;

    public LogsHandler(LogRing ring) {
        this.ring = ring;
    }

    @Override
    public Effect prepare(Arguments args) {
        int lines = args.wholeNumber("lines", 1, Limits.LOG_LINES, Limits.LOG_LINES_USUAL);
        Level level = args.textOrNull("level") == null
                ? Level.INFO
                : Level.valueOf(args.oneOf("level", LEVELS).toUpperCase(Locale.ROOT));
        return () -> CommandOutcome.done(told(ring.last(lines, level)));
    }

    /** The newest lines that fit into an answer, in their order. */
    static Map<String, Object> told(List<LogRing.Line> lines) {
        List<Object> fitting = new ArrayList<>();
        int chars = 0;
        for (LogRing.Line line : lines.reversed()) {
            chars += line.text().length() + line.logger().length() + 100;
            if (chars > Limits.LOG_CHARS) {
                break;
            }
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("at", Instant.ofEpochMilli(line.wallMillis()).toString());
            told.put("level", line.level().name().toLowerCase(Locale.ROOT));
            told.put("logger", line.logger());
            told.put("text", line.text());
            fitting.addFirst(told);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("lines", fitting);
        if (fitting.size() < lines.size()) {
            result.put("leftOut", lines.size() - fitting.size());
        }
        return result;
    }
}
