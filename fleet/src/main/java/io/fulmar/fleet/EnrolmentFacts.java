package io.fulmar.fleet;

import io.fulmar.fleet.api.EnrolmentApi;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.identity.BrokerSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What devices are told when they enrol, as it is now.
 *
 * @param broker as the fleet reaches it
 * @param embedded whether it runs in this process
 *     <p>Immutable.
 */
record EnrolmentFacts(
        Path data,
        URI broker,
        boolean embedded,
        String prefix,
        @Nullable Path trustRootFile) implements EnrolmentApi.Facts {
    /** A Mosquitto of this fleet knows its public name; the embedded broker is where this server is. */
    @Override
    public URI broker(String asked) {
        URI known = BrokerSettings.read(data).publicUrl();
        if (embedded) {
            return URI.create(broker.getScheme() + "://" + asked + ":" + broker.getPort());
        }
        return known == null ? broker : known;
    }

    @Override
    public @Nullable String trustRoot() {
        try {
            return trustRootFile == null ? null : Files.readString(trustRootFile);
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT, "cannot read the trust root " + trustRootFile + ": " + e, "check the file", e);
        }
    }
}
