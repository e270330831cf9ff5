package io.fulmar.fleet.query;

import io.fulmar.sync.wire.Desired;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device should have, against what it says that it has.
 *
 * @param version of what it should have; 0 for nothing
 * @param wanted what it should have; null for nothing, or for something of a form that is no longer read
 * @param signedBy key ids
 * @param setMillis when that was set
 * @param reportedVersion the highest that it has seen; null when it has not said anything
 * @param reported its whole report: JSON
 *     <p>Immutable.
 */
public record DesiredRow(
        String device,
        long version,
        @Nullable String sha256,
        @Nullable Desired wanted,
        List<String> signedBy,
        @Nullable Long setMillis,
        @Nullable Long reportedVersion,
        @Nullable String reportedSha256,
        @Nullable String reportedState,
        @Nullable String reason,
        @Nullable String reported,
        @Nullable Long reportedMillis) {
    public DesiredRow {
        signedBy = List.copyOf(signedBy);
    }

    /** Of a device of which nothing is known. */
    public static DesiredRow unknown(String device) {
        return new DesiredRow(device, 0, null, null, List.of(), null, null, null, null, null, null, null);
    }

    /** The fragment of configuration that it should have; null where nothing is wanted. */
    public @Nullable String toml() {
        return wanted == null ? null : wanted.config().toml();
    }

    /**
     * In a word: {@code none} when nothing is wanted, {@code in sync}, {@code pending} until the device has seen it, {@code
     * trial}, {@code reverted} and {@code refused} as the device says, {@code changed} when a command changed it since, and
     * {@code ahead} when the device has seen a newer one than this fleet knows.
     */
    public String state() {
        if (reportedVersion == null || reportedVersion < version) {
            return version == 0 ? "none" : "pending";
        }
        if (reportedVersion > version) {
            return "ahead";
        }
        if (!"active".equals(reportedState)) {
            return String.valueOf(reportedState);
        }
        if (version == 0) {
            return "none";
        }
        return String.valueOf(sha256).equals(reportedSha256) ? "in sync" : "changed";
    }
}
