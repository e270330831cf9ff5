package io.fulmar.agent.identity;

import io.fulmar.agent.identity.IdentityException.Category;
import io.fulmar.agent.identity.IdentityFiles.Facts;
import io.fulmar.agent.identity.IdentityFiles.Held;
import io.fulmar.sync.wire.EnrolmentAnswer;
import io.fulmar.sync.wire.EnrolmentAnswer.Granted;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a device part of a fleet: exchanges a token for a certificate, and writes the fragment of the configuration that
 * uses it. It can be repeated after it was cut off at any moment. Owned by one thread.
 */
public final class Enroller {
    /** The name of the fragment in {@code conf.d}. */
    public static final String FRAGMENT = "50-enrolled.toml";

    private static final String REQUEST_NAME = "fulmar-device";
    private static final int TOKEN_PARTS = 3;

    private final IdentityFiles files;
    private final Path fragment;
    private final boolean takesTrust;

    /**
     * What came of it.
     *
     * @param before whether this was so already, but for the last step of an earlier enrolment
     */
    public record Outcome(
            String device, List<String> groups, URI broker, Instant until, Path fragment, boolean before) {
        public Outcome {
            groups = List.copyOf(groups);
        }
    }

    /**
     * @param config the device's TOML file
     * @param state its state directory
     * @param trust the trust root that the configuration names; null for none. One that does not come from an earlier
     *     enrolment stays: the device's owner stands over the fleet
     */
    public Enroller(Path config, Path state, @Nullable Path trust) {
        this.files = new IdentityFiles(state);
        this.takesTrust = trust == null
                || trust.toAbsolutePath().normalize().equals(files.directory().resolve(IdentityFiles.TRUST));
        this.fragment =
                config.toAbsolutePath().normalize().resolveSibling("conf.d").resolve(FRAGMENT);
    }

    /**
     * Enrols.
     *
     * @param fleet {@code https://host:port}
     * @param broker to connect to, in place of the one that the fleet names; null for that one
     * @param force replaces the identity that the device has
     */
    public Outcome enrol(URI fleet, String token, @Nullable URI broker, boolean force) {
        Held held = files.held();
        if (held != null && !force) {
            return finished(held);
        }
        String[] parts = token.strip().split("\\.", -1);
        if (parts.length != TOKEN_PARTS) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "this is no token, or not all of one",
                    "copy the whole line that 'fulmar fleet enroll' printed");
        }
        DeviceKey key = files.pendingKey();
        EnrolmentAnswer answer =
                FleetEndpoint.of(fleet, parts[2]).enrol(parts[0] + "." + parts[1], key.request(REQUEST_NAME));
        return switch (answer) {
            case Granted granted -> install(fleet, broker, key, granted);
            case EnrolmentAnswer.Refused refused -> throw refused(refused);
        };
    }

    /** Takes away a fragment that points to an identity which is gone, so that the configuration can be read. */
    public static void repair(Path config) {
        Path fragment = fragment(config);
        try {
            if (Files.isSymbolicLink(fragment) && !Files.exists(fragment)) {
                Files.delete(fragment);
            }
        } catch (IOException e) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "cannot remove " + fragment + ", whose identity is gone: " + e,
                    "remove it by hand",
                    e);
        }
    }

    private static Path fragment(Path config) {
        return config.toAbsolutePath().normalize().resolveSibling("conf.d").resolve(FRAGMENT);
    }

    /** The device has an identity; the fragment may be missing where an enrolment was cut off before its last step. */
    private Outcome finished(Held held) {
        Path target = files.directory().resolve(IdentityFiles.FRAGMENT);
        if (Files.exists(fragment)) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "this device has an identity already: it is " + held.facts().device(),
                    "--force replaces it by a new one");
        }
        IdentityFiles.link(fragment, target);
        X509Certificate certificate = Chain.certificate(held.certificate());
        return new Outcome(
                held.facts().device(),
                List.of(),
                held.facts().broker() == null
                        ? held.facts().fleet()
                        : held.facts().broker(),
                certificate.getNotAfter().toInstant(),
                fragment,
                true);
    }

    private Outcome install(URI fleet, @Nullable URI broker, DeviceKey key, Granted answer) {
        Granted granted = takesTrust ? answer : answer.trusting(null);
        X509Certificate certificate = Chain.certificate(granted.certificate());
        if (!key.belongsTo(certificate.getPublicKey())) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "the fleet sent a certificate for another key",
                    "try again; if it stays so, look into the fleet's log");
        }
        URI url = brokerOf(granted, broker);
        files.install(
                new Facts(granted.device(), fleet, Instant.ofEpochMilli(granted.nowMillis()), broker),
                key,
                granted,
                Fragment.of(files.directory(), granted, url));
        IdentityFiles.link(fragment, files.directory().resolve(IdentityFiles.FRAGMENT));
        return new Outcome(
                granted.device(),
                granted.groups(),
                url,
                certificate.getNotAfter().toInstant(),
                fragment,
                false);
    }

    static URI brokerOf(Granted granted, @Nullable URI broker) {
        if (broker != null) {
            return broker;
        }
        if (granted.broker() == null) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "the fleet does not say where its broker is",
                    "name it with --broker-url mqtts://host:8883");
        }
        return URI.create(granted.broker());
    }

    private IdentityException refused(EnrolmentAnswer.Refused refused) {
        String again = "ask for another one: 'fulmar fleet enroll' makes it";
        String hint = switch (refused.reason()) {
            case "unknown" -> "check that the whole token was copied, or " + again;
            case "expired", "used" -> again;
            case "revoked" -> "the certificate that came for this token was revoked; " + again;
            case "unavailable" -> "run the same line again: the token is not used up";
            default -> "check that fleet and device have versions that fit";
        };
        if (refused.reason().equals("used")) {
            files.forgetPendingKey(); // it asked for a certificate that somebody else has
        }
        Category category = refused.reason().equals("unavailable") ? Category.TRANSIENT : Category.PERMANENT;
        return new IdentityException(category, "the fleet refused: " + refused.message(), hint);
    }
}
