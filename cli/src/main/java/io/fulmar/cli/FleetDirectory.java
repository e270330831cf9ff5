package io.fulmar.cli;

import java.nio.file.Path;
import java.util.Map;

/** Where the data of a fleet is unless another directory is named: the same for the service and for all who ask it. */
public final class FleetDirectory {
    private FleetDirectory() {}

    /** That of the user who runs this process. */
    public static Path usual() {
        return usual(System.getenv(), System.getProperty("user.home"));
    }

    /** That of a user with this environment and this home. */
    public static Path usual(Map<String, String> environment, String home) {
        String data = environment.get("XDG_DATA_HOME");
        Path base = data == null || data.isBlank() ? Path.of(home, ".local", "share") : Path.of(data);
        return base.resolve("fulmar").resolve("fleet");
    }
}
