package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state that the fleet wants one device to have; retained by the broker, so that only the newest counts.
 *
 * @param version rises with every change; a device never goes back to a lower one
 * @param device whom it is for, so that nobody can show a signed one to another device
 * @param config what is laid over the device's own configuration
 * @param models which release of which model is to run, each model once; the device leaves alone what is not named
 *     <p>Immutable.
 */
public record Desired(long version, String device, Config config, List<Model> models) {
    public Desired {
        models = List.copyOf(models);
    }

    /** One that says nothing of models. */
    public Desired(long version, String device, Config config) {
        this(version, device, config, List.of());
    }

    /** The same with other models, under another version. */
    public Desired with(long newVersion, List<Model> others) {
        return new Desired(newVersion, device, config, others);
    }

    /**
     * A release of a model. What it says is only a hint where to look: the device believes the statement, if its trust root
     * does, and what the statement names.
     *
     * @param manifest the digest of the model manifest, 64 lower-case hex digits
     * @param size of the model manifest in bytes
     * @param statement the exact text of the envelope with the release statement; null for a release that nobody signed
     * @param assigned the version of the desired state that assigned this release; later versions carry it on, so a device
     *     that turned it down tries again only when this has risen
     * @param shadowMillis how long the release is to run beside the active one without replacing it; 0 to replace it
     */
    public record Model(
            String name,
            String version,
            long release,
            String manifest,
            long size,
            @Nullable String statement,
            long assigned,
            long shadowMillis) {
        /** One that is to replace what runs, and does not say when it was assigned. */
        public Model(
                String name, String version, long release, String manifest, long size, @Nullable String statement) {
            this(name, version, release, manifest, size, statement, 0, 0);
        }
    }

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
