package io.fulmar.fleet.catalog;

import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import java.util.Arrays;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/** Which release statement a catalogue keeps of a release that is published once more. Immutable. */
final class Statements {
    private final ModelManifest manifest;
    private final String manifestDigest;
    private final @Nullable TrustRoot root;
    private final long nowMillis;

    /**
     * Of what there was and what came.
     *
     * @param statement the envelope that the catalogue is to keep; null to keep the one that it has
     */
    record Choice(Publication publication, @Nullable Dsse statement) {}

    Statements(PackageReader reader, @Nullable TrustRoot root, long nowMillis) {
        this.manifest = reader.manifest();
        this.manifestDigest = reader.manifestDigest();
        this.root = root != null && root.names(TrustRole.RELEASE) ? root : null;
        this.nowMillis = nowMillis;
    }

    Choice choose(byte @Nullable [] old, byte @Nullable [] fresh) {
        if (fresh == null || Arrays.equals(old, fresh)) {
            return new Choice(Publication.UNCHANGED, null);
        }
        Dsse next = read(fresh);
        if (next == null || (root != null && !covers(fresh))) {
            return new Choice(Publication.UNFIT, null);
        }
        Dsse before = old == null ? null : read(old);
        if (old == null || before == null) {
            return new Choice(Publication.SIGNED, next);
        }
        if (Arrays.equals(before.unverifiedPayload(), next.unverifiedPayload())) {
            return joined(next.joined(before), before, root != null && !covers(old));
        }
        boolean olderOneWillDo = root == null || covers(old);
        return olderOneWillDo && issued(before) > issued(next)
                ? new Choice(Publication.NEWER_STATEMENT_STAYS, null)
                : new Choice(Publication.SIGNED, next);
    }

    private static Choice joined(Dsse both, Dsse before, boolean lacking) {
        boolean same = new HashSet<>(both.keyIds()).equals(new HashSet<>(before.keyIds()));
        return same && !lacking
                ? new Choice(Publication.UNCHANGED, null)
                : new Choice(Publication.MORE_SIGNATURES, both);
    }

    private boolean covers(byte[] envelope) {
        return root != null
                && new ReleaseCheck(root, model -> 0, new DeviceClass(null, manifest.version()), nowMillis)
                                .statement(envelope)
                        instanceof Verdict.Verified;
    }

    /** Null unless it is an envelope with a statement for this manifest. */
    private @Nullable Dsse read(byte[] bytes) {
        try {
            Dsse envelope = Dsse.read(bytes);
            return envelope.payloadType().equals(Dsse.RELEASE)
                            && ReleaseStatement.parse(envelope.unverifiedPayload())
                                    .manifest()
                                    .equals(manifestDigest)
                    ? envelope
                    : null;
        } catch (TrustException | PackageException e) {
            return null;
        }
    }

    private static long issued(Dsse envelope) {
        return ReleaseStatement.parse(envelope.unverifiedPayload()).issuedMillis();
    }
}
