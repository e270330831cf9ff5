package io.fulmar.model.pack;

import static io.fulmar.model.pack.ManifestJson.JSON;

import io.fulmar.model.json.Json;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import java.util.Map;
import java.util.Set;

/**
 * What a publisher signs: that this model manifest may be installed, until when, and which releases no more. Immutable.
 *
 * @param model the model's name
 * @param version for people
 * @param release the manifest's
 * @param manifest the digest of exactly the bytes of the model manifest, 64 lower-case hex digits
 * @param size the number of those bytes
 * @param floor from now on no release below this one; at most {@code release}
 * @param issuedMillis when it was signed, in milliseconds since 1970
 * @param expiresMillis from when on it may not be installed any more; what runs goes on
 */
public record ReleaseStatement(
        String model,
        SemanticVersion version,
        long release,
        String manifest,
        long size,
        long floor,
        long issuedMillis,
        long expiresMillis) {

    private static final String WHAT = "the release statement";

    public ReleaseStatement {
        ModelManifest.requireName(model);
        if (!Digest.isHex(manifest)) {
            throw JSON.wrong(WHAT + " has no digest of 64 hex digits");
        }
        if (release < 1 || release > Limits.WHOLE) {
            throw JSON.wrong(WHAT + " has the release number " + release);
        }
        if (floor < 1 || floor > release) {
            throw JSON.wrong(WHAT + " has the floor " + floor + ", not 1 to its release " + release);
        }
        if (size < 1 || size > Limits.MANIFEST_BYTES) {
            throw new PackageException(
                    Reason.TOO_LARGE,
                    WHAT + " names a model manifest of " + size + " bytes, not 1 to " + Limits.MANIFEST_BYTES);
        }
        if (issuedMillis < 0 || expiresMillis <= issuedMillis || expiresMillis > Limits.TIME_MILLIS) {
            throw JSON.wrong(WHAT + " has no time between the issue and the end");
        }
    }

    /** The statement for these bytes of a model manifest. */
    public static ReleaseStatement of(byte[] manifest, long floor, long issuedMillis, long expiresMillis) {
        ModelManifest parsed = ModelManifest.parse(manifest);
        return new ReleaseStatement(
                parsed.name(),
                parsed.version(),
                parsed.release(),
                Digest.of(manifest),
                manifest.length,
                floor,
                issuedMillis,
                expiresMillis);
    }

    /** Reads what an envelope has signed; a {@link PackageException} says what is wrong with it. */
    public static ReleaseStatement parse(byte[] payload) {
        Map<String, Object> object = JSON.read(WHAT, payload, Limits.STATEMENT_PAYLOAD_BYTES);
        JSON.requireOnly(
                WHAT, object, Set.of("model", "version", "release", "manifest", "size", "floor", "issued", "expires"));
        return new ReleaseStatement(
                JSON.text(WHAT, object, "model"),
                ManifestJson.version(WHAT, object, "version"),
                JSON.whole(WHAT, object, "release", 1, Limits.WHOLE),
                Digest.parse(WHAT, JSON.text(WHAT, object, "manifest")),
                JSON.whole(WHAT, object, "size", 1, Limits.WHOLE),
                JSON.whole(WHAT, object, "floor", 1, Limits.WHOLE),
                JSON.whole(WHAT, object, "issued", 0, Limits.TIME_MILLIS),
                JSON.whole(WHAT, object, "expires", 0, Limits.TIME_MILLIS));
    }

    /** The envelope with the signatures of these keys. */
    public Dsse sign(SigningKey... keys) {
        return Dsse.sign(Dsse.RELEASE, toJson(), keys);
    }

    /** The bytes that are signed. */
    public byte[] toJson() {
        return Json.write(json -> {
            json.writeStringProperty("model", model);
            json.writeStringProperty("version", version.toString());
            json.writeNumberProperty("release", release);
            json.writeStringProperty("manifest", Digest.PREFIX + manifest);
            json.writeNumberProperty("size", size);
            json.writeNumberProperty("floor", floor);
            json.writeNumberProperty("issued", issuedMillis);
            json.writeNumberProperty("expires", expiresMillis);
        });
    }
}
