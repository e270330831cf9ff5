package io.fulmar.agent.health;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the host's time service has set the clock, as far as a file tells: systemd-timesyncd leaves one once it has. Of
 * other services nothing is known. Immutable.
 */
public final class TimeService {
    private static final Path TIMESYNCD = Path.of("/run/systemd/timesync");

    private final Path folder;

    /** What the host says of its clock. */
    public enum Says {
        SET,
        NOT_YET,
        NOTHING
    }

    private TimeService(Path folder) {
        this.folder = folder;
    }

    /** One that leaves its mark there. */
    public static TimeService below(Path folder) {
        return new TimeService(folder);
    }

    /** That of this host. */
    public static TimeService ofHost() {
        return new TimeService(TIMESYNCD);
    }

    /** What is known of it now. */
    public Says says() {
        if (Files.exists(folder.resolve("synchronized"))) {
            return Says.SET;
        }
        return Files.isDirectory(folder) ? Says.NOT_YET : Says.NOTHING;
    }
}
