package io.fulmar.model.trust;

import static io.fulmar.model.trust.TrustException.JSON;

import io.fulmar.model.json.Json;
import io.fulmar.model.trust.Verification.Rejected;
import io.fulmar.model.trust.Verification.Rejected.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom a device believes: keys by their id, and for each role which of them may sign and how many must. A role that is
 * not named asks for no signature. Immutable.
 */
public final class TrustRoot {
    private static final String WHAT = "the trust root";
    private static final String KEY_TYPE = "ed25519";

    private final int version;
    private final Map<String, Key> keys;
    private final Map<TrustRole, Signers> roles;

    /**
     * A key and what people call it.
     *
     * @param name for people, not checked by anybody
     */
    public record Key(VerifyingKey key, @Nullable String name) {}

    /**
     * Who may sign for a role.
     *
     * @param keyIds different keys of the trust root
     * @param threshold how many of them must sign
     */
    public record Signers(List<String> keyIds, int threshold) {
        public Signers {
            keyIds = List.copyOf(keyIds);
            if (new HashSet<>(keyIds).size() != keyIds.size()) {
                throw JSON.wrong(WHAT + " names a key twice in one role");
            }
            if (threshold < 1 || threshold > keyIds.size()) {
                throw JSON.wrong(
                        WHAT + " asks for " + threshold + " signatures of a role with " + keyIds.size() + " keys");
            }
        }
    }

    private TrustRoot(int version, Map<String, Key> keys, Map<TrustRole, Signers> roles) {
        this.version = version;
        this.keys = keys;
        this.roles = roles;
    }

    /**
     * A trust root of these keys.
     *
     * @param version rises with every change
     */
    public static TrustRoot of(int version, List<Key> keys, Map<TrustRole, Signers> roles) {
        if (version < 1) {
            throw JSON.wrong(WHAT + "'s version is " + version + ", but starts at 1");
        }
        if (keys.size() > Limits.KEYS) {
            throw JSON.wrong(WHAT + " has more than " + Limits.KEYS + " keys");
        }
        Map<String, Key> byId = new LinkedHashMap<>();
        keys.forEach(key -> byId.put(key.key().id(), key));
        roles.forEach((role, signers) -> signers.keyIds().forEach(id -> {
            if (!byId.containsKey(id)) {
                throw JSON.wrong(WHAT + " has no key " + Json.oneLine(id) + ", but names it as " + role.text());
            }
        }));
        Map<TrustRole, Signers> own = new EnumMap<>(TrustRole.class);
        own.putAll(roles);
        return new TrustRoot(version, byId, own);
    }

    /** Reads the file; a {@link TrustException} says what is wrong with it and names the file. */
    public static TrustRoot read(Path file) {
        byte[] bytes = KeyFiles.bytes(file, Limits.TRUST_ROOT_BYTES);
        try {
            return parse(bytes);
        } catch (TrustException e) {
            throw new TrustException(e.category(), file + ": " + e.getMessage(), e.hint(), e);
        }
    }

    /** Reads the JSON of a trust root. What it does not know is refused: a misspelt role would protect nothing. */
    public static TrustRoot parse(byte[] json) {
        Map<String, Object> object = JSON.read(WHAT, json, Limits.TRUST_ROOT_BYTES);
        JSON.requireOnly(WHAT, object, Set.of("version", "keys", "roles"));
        Map<String, Object> keyObjects = JSON.object(WHAT, object, "keys");
        List<Key> keys = new ArrayList<>();
        for (String id : keyObjects.keySet()) {
            keys.add(key(id, JSON.object(WHAT, keyObjects, id)));
        }
        Map<String, Object> roleObjects = JSON.object(WHAT, object, "roles");
        Map<TrustRole, Signers> roles = new EnumMap<>(TrustRole.class);
        for (String name : roleObjects.keySet()) {
            TrustRole role = TrustRole.ofText(name);
            if (role == null) {
                throw JSON.wrong(WHAT + " has an unknown role '" + Json.oneLine(name) + "'");
            }
            roles.put(role, signers(JSON.object(WHAT, roleObjects, name)));
        }
        return of(JSON.positive(WHAT, object, "version"), keys, roles);
    }

    private static Key key(String id, Map<String, Object> object) {
        String what = WHAT + "'s key " + Json.oneLine(id);
        JSON.requireOnly(what, object, Set.of("type", "public", "name"));
        if (!KEY_TYPE.equals(JSON.text(what, object, "type"))) {
            throw JSON.wrong(what + " is not of the type " + KEY_TYPE);
        }
        VerifyingKey key = VerifyingKey.ofPem(JSON.text(what, object, "public"));
        if (!key.id().equals(id)) {
            throw JSON.wrong(what + " has the id " + key.id());
        }
        String name = object.containsKey("name") ? JSON.text(what, object, "name") : null;
        if (name != null && name.length() > Limits.KEY_NAME_CHARS) {
            throw JSON.wrong(what + " has a name of more than " + Limits.KEY_NAME_CHARS + " characters");
        }
        return new Key(key, name);
    }

    private static Signers signers(Map<String, Object> object) {
        String what = WHAT + "'s role";
        JSON.requireOnly(what, object, Set.of("keys", "threshold"));
        List<String> ids = new ArrayList<>();
        for (Object entry : JSON.list(what, object, "keys")) {
            if (!(entry instanceof String id)) {
                throw JSON.wrong(what + " lists something that is not a key id");
            }
            ids.add(id);
        }
        return new Signers(ids, JSON.positive(what, object, "threshold"));
    }

    /** The file's text: indented JSON. */
    public byte[] toJson() {
        return Json.writeIndented(json -> {
            json.writeNumberProperty("version", version);
            json.writeObjectPropertyStart("keys");
            keys.forEach((id, key) -> {
                json.writeObjectPropertyStart(id);
                json.writeStringProperty("type", KEY_TYPE);
                if (key.name() != null) {
                    json.writeStringProperty("name", key.name());
                }
                json.writeStringProperty("public", key.key().pem());
                json.writeEndObject();
            });
            json.writeEndObject();
            json.writeObjectPropertyStart("roles");
            roles.forEach((role, signers) -> {
                json.writeObjectPropertyStart(role.text());
                json.writeArrayPropertyStart("keys");
                signers.keyIds().forEach(json::writeString);
                json.writeEndArray();
                json.writeNumberProperty("threshold", signers.threshold());
                json.writeEndObject();
            });
            json.writeEndObject();
        });
    }

    /** Writes a new file; never over an existing one. */
    public void write(Path file) {
        KeyFiles.writePublic(file, toJson());
    }

    /** Replaces a file, whole or not at all. */
    public void replace(Path file) {
        KeyFiles.replace(file, toJson());
    }

    /** Rises with every change. */
    public int version() {
        return version;
    }

    public List<Key> keys() {
        return List.copyOf(keys.values());
    }

    /** Who may sign for a role; null when it asks for no signature. */
    public @Nullable Signers signers(TrustRole role) {
        return roles.get(role);
    }

    /** Whether a role is named, so that what belongs to it must be signed. */
    public boolean names(TrustRole role) {
        return roles.containsKey(role);
    }

    /** Reads an envelope and checks it; see {@link #verify(TrustRole, String, Dsse)}. */
    public Verification verify(TrustRole role, String payloadType, byte[] envelope) {
        try {
            return verify(role, payloadType, Dsse.read(envelope));
        } catch (TrustException e) {
            return new Rejected(Kind.MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Checks that enough different keys of the role signed this payload as this type. Without a key in the role nothing is
     * verified. Signatures of other keys neither help nor harm.
     */
    public Verification verify(TrustRole role, String payloadType, Dsse envelope) {
        if (!envelope.payloadType().equals(payloadType)) {
            return new Rejected(
                    Kind.MALFORMED,
                    "signed as '" + envelope.payloadType() + "', but '" + payloadType + "' is wanted here");
        }
        Signers signers = roles.get(role);
        if (signers == null) {
            return new Rejected(Kind.NOBODY, WHAT + " names no " + role.text());
        }
        byte[] payload = envelope.unverifiedPayload();
        byte[] message = Dsse.pae(payloadType, payload);
        Set<String> valid = new LinkedHashSet<>(); // different keys, however often one signed
        Kind kind = Kind.TOO_FEW;
        String why = "";
        for (Dsse.Signature signature : envelope.signatures()) {
            Key key = keys.get(signature.keyId());
            if (key == null || !signers.keyIds().contains(signature.keyId())) {
                kind = kind == Kind.TOO_FEW ? Kind.UNKNOWN_KEY : kind;
                why = "; the key " + signature.keyId() + " is not of this role";
            } else if (key.key().verifies(message, signature.bytes())) {
                valid.add(signature.keyId());
            } else {
                kind = Kind.WRONG_SIGNATURE;
                why = "; the signature of the key " + signature.keyId() + " is wrong";
            }
        }
        if (valid.size() < signers.threshold()) {
            return new Rejected(
                    kind == Kind.UNKNOWN_KEY && !valid.isEmpty() ? Kind.TOO_FEW : kind,
                    "signed by " + valid.size() + " of the " + signers.threshold() + " " + role.text()
                            + " keys that are needed" + why);
        }
        return new Verification.Verified(payload, List.copyOf(valid));
    }

    /**
     * Reads the envelope of the root that shall follow this one: signed by as many keys of this root's role {@code root} as
     * it asks for, and by as many of the new one's own, so that nobody can take over with one of the two, and a root whose
     * keys nobody holds cannot lock everybody out. Its version must be greater; it may skip some.
     */
    public Succession successor(byte[] envelope) {
        try {
            return successor(Dsse.read(envelope));
        } catch (TrustException e) {
            return new Succession.Refused(String.valueOf(e.getMessage()));
        }
    }

    /** The same of an envelope that was read. */
    public Succession successor(Dsse envelope) {
        return switch (verify(TrustRole.ROOT, Dsse.TRUST_ROOT, envelope)) {
            case Rejected rejected -> new Succession.Refused(rejected.reason());
            case Verification.Verified verified -> successor(verified.payload(), envelope);
        };
    }

    private Succession successor(byte[] json, Dsse envelope) {
        TrustRoot next;
        try {
            next = parse(json);
        } catch (TrustException e) {
            return new Succession.Refused(String.valueOf(e.getMessage()));
        }
        if (next.version() <= version) {
            return new Succession.Refused("version " + next.version() + " does not follow version " + version);
        }
        return switch (next.verify(TrustRole.ROOT, Dsse.TRUST_ROOT, envelope)) {
            case Rejected rejected -> new Succession.Refused("by its own keys: " + rejected.reason());
            case Verification.Verified _ -> new Succession.Accepted(next);
        };
    }
}
