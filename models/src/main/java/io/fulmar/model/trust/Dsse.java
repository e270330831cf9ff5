package io.fulmar.model.trust;

import static io.fulmar.model.trust.TrustException.JSON;

import io.fulmar.model.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;

/**
 * Bytes with a type and the signatures over both: a DSSE v1 envelope. What is in it is worth nothing until {@link
 * TrustRoot#verify} has said so. Immutable.
 */
public final class Dsse {
    /** The payload type of a signed command. */
    public static final String COMMAND = "application/vnd.fulmar.command+json";

    /** The payload type of a signed desired state. */
    public static final String DESIRED = "application/vnd.fulmar.desired+json";

    /** The payload type of a release statement: which model may run. */
    public static final String RELEASE = "application/vnd.fulmar.release+json";

    /** The payload type of the next trust root. */
    public static final String TRUST_ROOT = "application/vnd.fulmar.trust-root+json";

    private static final String WHAT = "the envelope";
    private static final Pattern PAYLOAD_TYPE = Pattern.compile("[\\x21-\\x7e]{1," + Limits.PAYLOAD_TYPE_CHARS + "}");

    private final String payloadType;
    private final byte[] payload;
    private final List<Signature> signatures;

    /** One key's signature over {@link #pae}. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Signature(String keyId, byte[] bytes) {}

    private Dsse(String payloadType, byte[] payload, List<Signature> signatures) {
        this.payloadType = payloadType;
        this.payload = payload;
        this.signatures = List.copyOf(signatures);
    }

    /** What is signed: type and payload with their lengths, so that neither can pass for the other. */
    public static byte[] pae(String payloadType, byte[] payload) {
        byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("DSSEv1 " + type.length + " " + payloadType + " " + payload.length + " ")
                .getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + payload.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(payload, 0, all, head.length, payload.length);
        return all;
    }

    /** Signs with each of the keys. */
    public static Dsse sign(String payloadType, byte[] payload, SigningKey... keys) {
        if (!PAYLOAD_TYPE.matcher(payloadType).matches()) {
            throw new IllegalArgumentException("not a payload type: " + payloadType);
        }
        byte[] message = pae(payloadType, payload);
        List<Signature> signatures = new ArrayList<>();
        for (SigningKey key : keys) {
            signatures.add(new Signature(key.verifyingKey().id(), key.sign(message)));
        }
        return new Dsse(payloadType, payload.clone(), signatures);
    }

    /** The same with one more signature; a key that signed before signs anew. */
    public Dsse signedBy(SigningKey key) {
        String id = key.verifyingKey().id();
        List<Signature> all = new ArrayList<>(signatures);
        all.removeIf(signature -> signature.keyId().equals(id));
        if (all.size() == Limits.SIGNATURES) {
            throw JSON.wrong(WHAT + " has " + Limits.SIGNATURES + " signatures already, which is all that it may have");
        }
        all.add(new Signature(id, key.sign(pae(payloadType, payload))));
        return new Dsse(payloadType, payload, all);
    }

    /** The same with the signatures of another envelope over the same, as many as fit; those of this one count first. */
    public Dsse joined(Dsse other) {
        if (!payloadType.equals(other.payloadType) || !Arrays.equals(payload, other.payload)) {
            throw new IllegalArgumentException("not the same payload");
        }
        List<Signature> all = new ArrayList<>(signatures);
        List<String> known = keyIds();
        other.signatures.stream()
                .filter(signature -> !known.contains(signature.keyId()))
                .limit(Limits.SIGNATURES - all.size())
                .forEach(all::add);
        return new Dsse(payloadType, payload, all);
    }

    /** Whether a message claims to be an envelope: a JSON object with {@code payloadType}. */
    public static boolean isEnvelope(byte[] message) {
        return message.length <= Limits.ENVELOPE_BYTES && JSON.hasProperty(message, "payloadType");
    }

    /**
     * Reads an envelope's JSON. Unknown properties, a name or a key id that comes twice, and more than 16 signatures are
     * refused; base64 may be the standard or the URL-safe one.
     *
     * @throws TrustException when it is none
     */
    public static Dsse read(byte[] json) {
        return of(JSON.read(WHAT, json, Limits.ENVELOPE_BYTES));
    }

    /** The envelope that this JSON object is. */
    static Dsse of(Map<String, Object> object) {
        JSON.requireOnly(WHAT, object, Set.of("payloadType", "payload", "signatures"));
        String payloadType = JSON.text(WHAT, object, "payloadType");
        if (!PAYLOAD_TYPE.matcher(payloadType).matches()) {
            throw JSON.wrong(WHAT + "'s payload type is not printable ASCII without blanks");
        }
        byte[] payload = base64("payload", JSON.text(WHAT, object, "payload"));
        List<Map<String, Object>> entries = JSON.objects(WHAT, object, "signatures");
        if (entries.isEmpty() || entries.size() > Limits.SIGNATURES) {
            throw JSON.wrong(WHAT + " has " + entries.size() + " signatures, not 1 to " + Limits.SIGNATURES);
        }
        List<Signature> signatures = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Map<String, Object> entry : entries) {
            Signature signature = signature(entry);
            if (!seen.add(signature.keyId())) {
                throw JSON.wrong(WHAT + " has two signatures of the key " + signature.keyId());
            }
            signatures.add(signature);
        }
        return new Dsse(payloadType, payload, signatures);
    }

    private static Signature signature(Map<String, Object> object) {
        JSON.requireOnly("a signature", object, Set.of("keyid", "sig"));
        String keyId = JSON.text("a signature", object, "keyid");
        if (!VerifyingKey.isId(keyId)) {
            throw JSON.wrong("a signature's key id is not 64 lower-case hex digits");
        }
        byte[] bytes = base64("sig", JSON.text("a signature", object, "sig"));
        if (bytes.length != VerifyingKey.SIGNATURE_BYTES) {
            throw JSON.wrong("a signature has " + bytes.length + " bytes, not " + VerifyingKey.SIGNATURE_BYTES);
        }
        return new Signature(keyId, bytes);
    }

    private static byte[] base64(String name, String text) {
        boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
        try {
            return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
        } catch (IllegalArgumentException e) {
            throw TrustException.damaged("'" + name + "' is not base64", e);
        }
    }

    /** The envelope on one line of JSON. */
    public byte[] toJson() {
        return Json.write(this::write);
    }

    /** Its properties, into an object that is open. */
    void write(JsonGenerator json) {
        json.writeStringProperty("payloadType", payloadType);
        json.writeStringProperty("payload", Base64.getEncoder().encodeToString(payload));
        json.writeArrayPropertyStart("signatures");
        for (Signature signature : signatures) {
            json.writeStartObject();
            json.writeStringProperty("keyid", signature.keyId());
            json.writeStringProperty("sig", Base64.getEncoder().encodeToString(signature.bytes()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** What the envelope says that its payload is. */
    public String payloadType() {
        return payloadType;
    }

    /** Bytes that nobody has vouched for yet: fit to be shown or kept, not to be acted upon. */
    public byte[] unverifiedPayload() {
        return payload.clone();
    }

    /** Whose signatures it claims to have. */
    public List<String> keyIds() {
        return signatures.stream().map(Signature::keyId).toList();
    }

    List<Signature> signatures() {
        return signatures;
    }
}
