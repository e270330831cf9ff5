package io.fulmar.agent;

import io.fulmar.agent.health.LogRing;
import io.fulmar.agent.os.ServiceManager;
import io.fulmar.agent.run.CrashHandler;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * What an agent needs beside its configuration.
 *
 * @param wallClock may be wrong by decades and may jump; nothing but time stamps depends on it
 * @param links makes the connection to the broker
 * @param crashHandler what a bug in a worker leads to
 * @param drain how long a stop may take to send what is buffered, while connected
 * @param receipts a file that gets one line a receipt, for proofs; null for none
 * @param logs the last lines of the log, for the commands that tell them
 * @param manager is told that the agent runs
 *     <p>Immutable.
 */
public record AgentOptions(
        InstantSource wallClock,
        LinkFactory links,
        CrashHandler crashHandler,
        Duration drain,
        @Nullable Path receipts,
        LogRing logs,
        ServiceManager manager) {

    /** What a device uses. */
    public static AgentOptions standard(LinkFactory links) {
        return new AgentOptions(
                Clock.systemUTC(),
                links,
                CrashHandler.haltingTheProcess(),
                Duration.ofSeconds(3),
                null,
                new LogRing(),
                ServiceManager.none());
    }

    public AgentOptions wallClock(InstantSource clock) {
        return new AgentOptions(clock, links, crashHandler, drain, receipts, logs, manager);
    }

    public AgentOptions crashHandler(CrashHandler handler) {
        return new AgentOptions(wallClock, links, handler, drain, receipts, logs, manager);
    }

    public AgentOptions drain(Duration limit) {
        return new AgentOptions(wallClock, links, crashHandler, limit, receipts, logs, manager);
    }

    public AgentOptions receipts(@Nullable Path file) {
        return new AgentOptions(wallClock, links, crashHandler, drain, file, logs, manager);
    }

    /** Where the last lines of the log are kept. */
    public AgentOptions logs(LogRing ring) {
        return new AgentOptions(wallClock, links, crashHandler, drain, receipts, ring, manager);
    }

    /** Who is told that the agent runs. */
    public AgentOptions manager(ServiceManager serviceManager) {
        return new AgentOptions(wallClock, links, crashHandler, drain, receipts, logs, serviceManager);
    }
}
