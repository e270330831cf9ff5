package io.fulmar.model.trust;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a key may sign. Immutable. */
public enum TrustRole {
    /** Commands that change a device, and its desired state. */
    OPERATOR,
    /** Which models may run. */
    RELEASE,
    /** The next trust root. */
    ROOT;

    /** As a trust root writes it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static @Nullable TrustRole ofText(String text) {
        for (TrustRole role : values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        return null;
    }
}
