package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.WireException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Signs what the service itself wants devices to have, where they ask for an operator's signature. Looks at the trust root
 * each time, so that it may change. Thread-safe.
 */
public final class OperatorSignature {
    private final Path dataDir;
    private final @Nullable SigningKey key;

    /**
     * Of the fleet with that data directory.
     *
     * @param key of an operator; null to sign nothing
     */
    public OperatorSignature(Path dataDir, @Nullable SigningKey key) {
        this.dataDir = dataDir;
        this.key = key;
    }

    /** Throws where devices would not believe this service; the hint says what to do. */
    public void require() {
        Desired probe = new Desired(1, "probe", Desired.Config.of(""));
        TrustRoot trust = trust();
        if (trust == null) {
            return;
        }
        if (key == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the trust root " + FleetTrust.file(dataDir)
                            + " wants an operator's signature on what devices are to"
                            + " have, and this service has no key to sign with",
                    "start it with --operator-key FILE, or take the role operator out of the trust root");
        }
        byte[] signed = Dsse.sign(DesiredCodec.PAYLOAD_TYPE, DesiredCodec.encode(probe), key)
                .toJson();
        if (trust.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, signed)
                instanceof Verification.Rejected rejected) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the trust root " + FleetTrust.file(dataDir) + " does not accept the key of this service: "
                            + rejected.reason(),
                    "start it with the key of an operator, --operator-key FILE; one signature must be enough");
        }
    }

    /** The trust root that asks for operators; null where none does. */
    private @Nullable TrustRoot trust() {
        TrustRoot root = FleetTrust.read(dataDir);
        return root != null && root.names(TrustRole.OPERATOR) ? root : null;
    }

    /** Whether that document may be carried on under this signature; else an exception says why. */
    void requireBelieved(String device, byte[] bytes) {
        HeardDesired.read(device, bytes, trust(), 0);
    }

    /** A document as it is published; a {@link WireException} says why it cannot be. */
    byte[] message(Desired desired) {
        byte[] message;
        try {
            byte[] bytes = DesiredCodec.encode(desired);
            message = key == null
                    ? bytes
                    : Dsse.sign(DesiredCodec.PAYLOAD_TYPE, bytes, key).toJson();
        } catch (IllegalArgumentException e) {
            throw new WireException("what it is to have is too large: " + e.getMessage(), e);
        }
        if (message.length > Limits.CONTROL_BYTES) {
            throw new WireException("what it is to have is too large: " + message.length
                    + " bytes as a message, at most " + Limits.CONTROL_BYTES);
        }
        return message;
    }

    /** Who signs. */
    List<String> keyIds() {
        return key == null ? List.of() : List.of(key.verifyingKey().id());
    }
}
