package io.fulmar.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who this device is: {@code id} is also its MQTT topic level, 1 to 64 of {@code A-Za-z0-9._-}, as is each of the
 * {@code groups} whose commands it takes too; {@code board} names a {@link BoardProfile}. Immutable.
 */
public record Device(
        String id, List<String> groups, @Nullable String board) {
    public Device {
        groups = List.copyOf(groups);
    }
}
