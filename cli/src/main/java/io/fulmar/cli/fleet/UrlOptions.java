package io.fulmar.cli.fleet;

import io.fulmar.cli.PasswordFile;
import io.fulmar.fleet.ServiceFile;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where the API of a fleet service is, and with which token. Owned by the main thread. */
final class UrlOptions {
    private static final String VARIABLE = "FULMAR_TOKEN";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The fleet service, as https://fleet.example.com; default: the one that runs on the data"
                    + " directory.")
    @Nullable
    URI url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File whose first line is your token, readable by its owner only; default: the variable "
                    + VARIABLE + ", else, for a service on this machine, its admin.token.")
    @Nullable
    Path tokenFile;

    /** Whether another place than the data directory of this machine was named. */
    boolean elsewhere() {
        return url != null;
    }

    /** With --url the service itself tells the devices, and signs for that. */
    void requireAlone(CommandSpec spec, BrokerOptions broker, @Nullable Path key) {
        if (elsewhere() && broker.named()) {
            throw new ParameterException(
                    spec.commandLine(), "with --url the service tells the devices: leave the options of a broker out");
        }
        if (elsewhere() && key != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "with --url the service signs what devices are to have: start it with --operator-key,"
                            + " or leave --url out");
        }
    }

    /** A way to the service that was named, else to the one on that directory. */
    ApiClient client(Path dataDir, Map<String, String> environment) {
        URI where = url == null ? served(dataDir) : url;
        return new ApiClient(where, token(dataDir, environment));
    }

    private static URI served(Path dataDir) {
        ServiceFile service = ServiceFile.read(dataDir);
        if (service == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "no fleet service is running on " + dataDir,
                    "start it with 'fulmar fleet serve --data " + dataDir + "', or name one with --url https://host");
        }
        return service.http();
    }

    private @Nullable String token(Path dataDir, Map<String, String> environment) {
        if (tokenFile != null) {
            return PasswordFile.read(tokenFile);
        }
        String given = environment.get(VARIABLE);
        if (given != null && !given.isBlank()) {
            return given.strip();
        }
        return url == null ? LocalToken.read(dataDir) : null;
    }
}
