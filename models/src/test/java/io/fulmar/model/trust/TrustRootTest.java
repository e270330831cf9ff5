package io.fulmar.model.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.model.trust.TrustRoot.Signers;
import io.fulmar.model.trust.Verification.Rejected;
import io.fulmar.model.trust.Verification.Verified;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustRootTest {
    private static final String TYPE = "application/vnd.fulmar.command+json";
    private static final byte[] PAYLOAD = "{\"id\":\"1\"}".getBytes(UTF_8);
    private static final SigningKey ANNA = SigningKey.generate();
    private static final SigningKey BERT = SigningKey.generate();
    private static final SigningKey RELEASER = SigningKey.generate();
    private static final SigningKey STRANGER = SigningKey.generate();

    @TempDir
    Path dir;

    @Test
    void aSignatureOfTheRolesKeyIsVerified() {
        assertThat(root(1).verify(
                                TrustRole.OPERATOR,
                                TYPE,
                                Dsse.sign(TYPE, PAYLOAD, ANNA).toJson()))
                .isInstanceOfSatisfying(Verified.class, verified -> {
                    assertThat(verified.payload()).isEqualTo(PAYLOAD);
                    assertThat(verified.keyIds()).containsExactly(id(ANNA));
                });
    }

    @Test
    void anotherKeyAnotherRoleAndAnotherTypeAreRejected() {
        assertRejected(root(1), Dsse.sign(TYPE, PAYLOAD, STRANGER).toJson(), "is not of this role");
        assertRejected(root(1), Dsse.sign(TYPE, PAYLOAD, RELEASER).toJson(), "is not of this role");
        assertRejected(
                root(1),
                Dsse.sign("application/vnd.fulmar.desired+json", PAYLOAD, ANNA).toJson(),
                "is wanted here");
        assertRejected(root(1), "{}".getBytes(UTF_8), "payloadType");
    }

    @Test
    void aRoleThatIsNotNamedVerifiesNothing() {
        assertThat(root(1).names(TrustRole.ROOT)).isFalse();
        assertThat(root(1).verify(TrustRole.ROOT, TYPE, Dsse.sign(TYPE, PAYLOAD, ANNA)))
                .isInstanceOf(Rejected.class);
    }

    @Test
    void everyAlteredByteOfAnEnvelopeIsRejectedOrMeansTheSame() {
        byte[] good = Dsse.sign(TYPE, PAYLOAD, ANNA).toJson();
        for (int i = 0; i < good.length; i++) {
            byte[] altered = good.clone();
            altered[i] ^= 1;
            if (root(1).verify(TrustRole.OPERATOR, TYPE, altered) instanceof Verified verified) {
                assertThat(verified.payload()).isEqualTo(PAYLOAD);
            }
        }
    }

    @Test
    void anotherPayloadUnderTheSameSignatureIsRejected() {
        String json = new String(Dsse.sign(TYPE, PAYLOAD, ANNA).toJson(), UTF_8);
        String other = json.replace(
                Base64.getEncoder().encodeToString(PAYLOAD),
                Base64.getEncoder().encodeToString("{\"id\":\"2\"}".getBytes(UTF_8)));
        assertThat(other).isNotEqualTo(json);
        assertRejected(root(1), other.getBytes(UTF_8), "is wrong");
    }

    @Test
    void theThresholdCountsDifferentKeysOfTheRole() {
        assertRejected(root(2), Dsse.sign(TYPE, PAYLOAD, ANNA).toJson(), "1 of the 2");
        assertRejected(root(2), Dsse.sign(TYPE, PAYLOAD, ANNA, STRANGER).toJson(), "1 of the 2");
        assertRejected(root(2), Dsse.sign(TYPE, PAYLOAD, ANNA, RELEASER).toJson(), "1 of the 2");
        assertThat(root(2).verify(TrustRole.OPERATOR, TYPE, Dsse.sign(TYPE, PAYLOAD, ANNA, ANNA)))
                .as("one key twice, even past the reader that refuses it")
                .isInstanceOf(Rejected.class);
        assertThat(root(2).verify(TrustRole.OPERATOR, TYPE, Dsse.sign(TYPE, PAYLOAD, STRANGER, BERT, ANNA)))
                .isInstanceOf(Verified.class);
    }

    @Test
    void aTrustRootIsTheSameAfterItsFile() {
        Path file = dir.resolve("trust.json");
        root(2).write(file);
        TrustRoot read = TrustRoot.read(file);

        assertThat(read.version()).isEqualTo(3);
        assertThat(read.keys()).isEqualTo(root(2).keys());
        assertThat(read.signers(TrustRole.OPERATOR)).isEqualTo(new Signers(List.of(id(ANNA), id(BERT)), 2));
        assertThat(read.signers(TrustRole.ROOT)).isNull();
        assertThat(read.toJson()).isEqualTo(root(2).toJson());
        assertThatThrownBy(() -> root(1).write(file)).hasMessageContaining("is there already");
    }

    @Test
    void whatATrustRootDoesNotKnowIsRefusedSinceItWouldProtectNothing() {
        assertMalformed(json().replace("\"operator\"", "\"operators\""), "unknown role 'operators'");
        assertMalformed(json().replace("\"threshold\"", "\"treshold\""), "'treshold'");
        assertMalformed(json().replace("\"roles\"", "\"rules\""), "'rules'");
        assertMalformed(json().replace("\"ed25519\"", "\"rsa\""), "ed25519");
    }

    @Test
    void aThresholdThatNobodyOrEverybodyReachesIsRefused() {
        assertMalformed(json().replace("\"threshold\" : 1", "\"threshold\" : 3"), "3 signatures of a role with 2");
        assertMalformed(json().replace("\"threshold\" : 1", "\"threshold\" : 0"), "at least 1");
        assertMalformed(json().replace("\"threshold\" : 1", "\"threshold\" : -1"), "at least 1");
        assertMalformed(json().replace("\"threshold\" : 1", "\"threshold\" : 4294967297"), "at least 1");
        assertMalformed(json().replace("\"version\" : 3", "\"version\" : 0"), "at least 1");
        assertThatThrownBy(() -> new Signers(List.of(), 0)).isInstanceOf(TrustException.class);
    }

    @Test
    void aKeyUnderAnotherNameThanItsDigestIsRefused() {
        assertMalformed(json().replace(id(ANNA), "0".repeat(64)), "has the id " + id(ANNA));
    }

    @Test
    void aKeyThatIsNamedTwiceOrMissingIsRefused() {
        assertThatThrownBy(() -> new Signers(List.of(id(ANNA), id(ANNA)), 2)).hasMessageContaining("twice");
        assertThatThrownBy(() ->
                        TrustRoot.of(1, List.of(), Map.of(TrustRole.OPERATOR, new Signers(List.of(id(ANNA)), 1))))
                .hasMessageContaining("has no key");
    }

    @Test
    void theErrorNamesTheFile() {
        assertThatThrownBy(() -> TrustRoot.read(dir.resolve("none.json"))).hasMessageContaining("none.json");
    }

    @Test
    void everyCutOffTrustRootIsRefused() {
        byte[] whole = json().stripTrailing().getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> TrustRoot.parse(cut)).isInstanceOf(TrustException.class);
        }
    }

    private static void assertRejected(TrustRoot root, byte[] envelope, String why) {
        assertThat(root.verify(TrustRole.OPERATOR, TYPE, envelope))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).contains(why));
    }

    private static void assertMalformed(String json, String why) {
        assertThat(json).isNotEqualTo(json());
        assertThatThrownBy(() -> TrustRoot.parse(json.getBytes(UTF_8)))
                .isInstanceOf(TrustException.class)
                .hasMessageContaining(why);
    }

    private static String json() {
        return new String(root(1).toJson(), UTF_8);
    }

    private static TrustRoot root(int threshold) {
        return TrustRoot.of(
                3,
                List.of(
                        new TrustRoot.Key(ANNA.verifyingKey(), "Anna"),
                        new TrustRoot.Key(BERT.verifyingKey(), null),
                        new TrustRoot.Key(RELEASER.verifyingKey(), "the release key")),
                Map.of(
                        TrustRole.OPERATOR, new Signers(List.of(id(ANNA), id(BERT)), threshold),
                        TrustRole.RELEASE, new Signers(List.of(id(RELEASER)), 1)));
    }

    private static String id(SigningKey key) {
        return key.verifyingKey().id();
    }
}
