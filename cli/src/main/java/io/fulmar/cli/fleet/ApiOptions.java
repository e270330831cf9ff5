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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How to reach the API of a fleet service, and with which token: that of the service that runs on the data directory of this
 * machine, unless another one is named. Owned by the main thread.
 */
final class ApiOptions {
    private static final String VARIABLE = "FULMAR_TOKEN";

    @Mixin
    DataOption data = new DataOption();

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

    ApiClient client() {
        return client(System.getenv());
    }

    ApiClient client(Map<String, String> environment) {
        URI where = url == null ? served() : url;
        return new ApiClient(where, token(environment));
    }

    private URI served() {
        ServiceFile service = ServiceFile.read(data.directory());
        if (service == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "no fleet service is running on " + data.directory(),
                    "start it with 'fulmar fleet serve --data " + data.directory()
                            + "', or name one with --url https://host");
        }
        return service.http();
    }

    private @Nullable String token(Map<String, String> environment) {
        if (tokenFile != null) {
            return PasswordFile.read(tokenFile);
        }
        String given = environment.get(VARIABLE);
        if (given != null && !given.isBlank()) {
            return given.strip();
        }
        return url == null ? LocalToken.read(data.directory()) : null;
    }
}
