package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.Guard;
import io.fulmar.config.Log;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes decisions to the log, as far as its guard lets it. Owned by the pipeline's thread. */
final class LogActuator implements Actuator {
    private static final Logger LOG = LoggerFactory.getLogger(LogActuator.class);

    private final String name;
    private final Guard guard;
    private final Level level;

    LogActuator(String name, Guard guard, Log.Level level) {
        this.name = name;
        this.guard = guard;
        this.level = Level.valueOf(level.name());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean perform(Action action) {
        return guard.act(
                () -> {
                    LOG.atLevel(level).log(action.text());
                    return null;
                },
                action);
    }

    @Override
    public void close() {
        // the log belongs to the agent
    }
}
