package io.fulmar.cli.fleet;

import io.fulmar.cli.FleetDirectory;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the fleet's database is: the same default for the service and for the queries. Owned by the main thread. */
final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of the fleet's database; default: $$XDG_DATA_HOME/fulmar/fleet, else"
                    + " ~/.local/share/fulmar/fleet.")
    @Nullable
    Path directory;

    Path directory() {
        return directory == null ? defaultDirectory(System.getenv(), System.getProperty("user.home")) : directory;
    }

    static Path defaultDirectory(Map<String, String> environment, String home) {
        return FleetDirectory.usual(environment, home);
    }
}
