package io.fulmar.sync.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the fleet answers to an {@link EnrolmentRequest}. Immutable. */
public sealed interface EnrolmentAnswer {
    /**
     * The device is part of the fleet.
     *
     * @param certificate PEM
     * @param ca who vouches for the fleet, PEM
     * @param broker where to connect to; null where the device has to be told otherwise
     * @param prefix what all topics begin with; null for what the device has
     * @param trustRoot whose signatures count, as JSON; null where the fleet has none; of no effect in a renewal
     * @param nowMillis the fleet's clock
     */
    record Granted(
            String device,
            List<String> groups,
            String certificate,
            String ca,
            @Nullable String broker,
            @Nullable String prefix,
            @Nullable String trustRoot,
            long nowMillis)
            implements EnrolmentAnswer {
        public Granted {
            groups = List.copyOf(groups);
        }

        /** The same with another trust root, or none. */
        public Granted trusting(@Nullable String root) {
            return new Granted(device, groups, certificate, ca, broker, prefix, root, nowMillis);
        }
    }

    /**
     * It is not.
     *
     * @param reason one of malformed, unknown, expired, used, revoked, unavailable
     * @param message for a person
     */
    record Refused(String reason, String message) implements EnrolmentAnswer {}
}
