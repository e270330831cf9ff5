package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The state that the fleet wants one device to have; retained by the broker, so that only the newest counts.
 *
 * @param version rises with every change; a device never goes back to a lower one
 * @param device whom it is for, so that nobody can show a signed one to another device
 * @param config what is laid over the device's own configuration
 *     <p>Immutable.
 */
public record Desired(long version, String device, Config config) {

    /** A fragment of a device's TOML, and its digest, so that both ends name it by the same. Immutable. */
    public record Config(String sha256, String toml) {
        public static Config of(String toml) {
            return new Config(digest(toml), toml);
        }

        /** Whether the digest is that of the fragment. */
        public boolean isWhole() {
            return sha256.equals(digest(toml));
        }

        private static String digest(String toml) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(toml.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }
}
