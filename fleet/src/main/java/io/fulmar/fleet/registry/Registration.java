package io.fulmar.fleet.registry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which devices a fleet takes something of. Immutable. */
public enum Registration {
    /** Every device that the broker lets in: it is known from its first hello, or from its enrolment. */
    OPEN,
    /** Only those that were enrolled. */
    ENROLLED;

    /** Whether something of this device is taken; one that was revoked is refused besides. */
    public boolean admits(Identities identities, String device) {
        return this == OPEN || identities.isEnrolled(device);
    }

    /** As people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that people write so; null for none. */
    public static @Nullable Registration of(String text) {
        for (Registration each : values()) {
            if (each.text().equals(text)) {
                return each;
            }
        }
        return null;
    }
}
