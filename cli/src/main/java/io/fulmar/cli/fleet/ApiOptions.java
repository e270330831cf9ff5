package io.fulmar.cli.fleet;

import java.util.Map;
import picocli.CommandLine.Mixin;

/**
 * How to reach the API of a fleet service, and with which token: that of the service that runs on the data directory of this
 * machine, unless another one is named. Owned by the main thread.
 */
final class ApiOptions {
    @Mixin
    DataOption data = new DataOption();

    @Mixin
    UrlOptions service = new UrlOptions();

    /** Whether another place than the data directory of this machine was named. */
    boolean elsewhere() {
        return service.elsewhere();
    }

    ApiClient client() {
        return client(System.getenv());
    }

    ApiClient client(Map<String, String> environment) {
        return service.client(data.directory(), environment);
    }
}
