package io.fulmar.model.trust;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.trust.TrustRoot.Signers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A trust root is only ever followed by one that its own keys, and the new one's, have signed. */
class SuccessionTest {
    private static final SigningKey ANNA = SigningKey.generate();
    private static final SigningKey BERT = SigningKey.generate();
    private static final SigningKey CARLA = SigningKey.generate();
    private static final SigningKey DORA = SigningKey.generate();
    private static final SigningKey RELEASER = SigningKey.generate();

    private final TrustRoot old = root(3, 2, ANNA, BERT, CARLA);

    @Test
    void aRootSignedByTheOldThresholdAndItsOwnFollows() {
        TrustRoot next = root(4, 2, BERT, CARLA, DORA);

        Succession said = old.successor(signed(next, ANNA, BERT, CARLA));

        assertThat(said).isInstanceOfSatisfying(Succession.Accepted.class, accepted -> {
            assertThat(accepted.root().version()).isEqualTo(4);
            assertThat(accepted.root().toJson()).isEqualTo(next.toJson());
        });
    }

    @Test
    void aVersionMayBeLeftOut() {
        assertThat(old.successor(signed(root(9, 1, ANNA), ANNA, BERT))).isInstanceOf(Succession.Accepted.class);
    }

    @Test
    void fewerThanTheOldThresholdAreNotEnough() {
        refused(signed(root(4, 1, DORA), ANNA, DORA), "1 of the 2");
    }

    @Test
    void theNewKeysAloneAreNotEnough() {
        refused(signed(root(4, 1, DORA), DORA), "0 of the 2");
    }

    @Test
    void theOldKeysAloneAreNotEnough() {
        refused(signed(root(4, 1, DORA), ANNA, BERT), "by its own keys");
    }

    @Test
    void theSameOrAnOlderVersionDoesNotFollow() {
        refused(signed(root(3, 1, ANNA), ANNA, BERT), "does not follow version 3");
        refused(signed(root(2, 1, ANNA), ANNA, BERT), "does not follow version 3");
    }

    @Test
    void aRootThatNobodyCouldReplaceDoesNotFollow() {
        TrustRoot next = TrustRoot.of(
                4,
                List.of(new TrustRoot.Key(RELEASER.verifyingKey(), null)),
                Map.of(TrustRole.RELEASE, signers(1, RELEASER)));

        refused(signed(next, ANNA, BERT), "names no root");
    }

    @Test
    void keysOfAnotherRoleCannotReplaceARoot() {
        refused(signed(root(4, 1, ANNA), RELEASER, ANNA), "1 of the 2");
    }

    @Test
    void aRootWithoutTheRoleRootIsNeverReplaced() {
        TrustRoot lasting = TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(RELEASER.verifyingKey(), null)),
                Map.of(TrustRole.RELEASE, signers(1, RELEASER)));

        assertThat(lasting.successor(signed(root(4, 1, ANNA), ANNA, RELEASER)))
                .isInstanceOfSatisfying(
                        Succession.Refused.class,
                        refused -> assertThat(refused.reason()).contains("names no root"));
    }

    @Test
    void aReleaseIsNoRootWhoeverSignedIt() {
        byte[] envelope =
                Dsse.sign(Dsse.RELEASE, root(4, 1, ANNA).toJson(), ANNA, BERT).toJson();

        refused(envelope, "signed as");
    }

    @Test
    void whatIsNoRootDoesNotFollow() {
        refused(Dsse.sign(Dsse.TRUST_ROOT, new byte[] {'{', '}'}, ANNA, BERT).toJson(), "trust root");
        refused(new byte[0], "envelope");
    }

    @Test
    void oneSignsAfterTheOther() {
        TrustRoot next = root(4, 1, DORA);
        Dsse envelope = Dsse.sign(Dsse.TRUST_ROOT, next.toJson(), ANNA);
        refused(envelope.toJson(), "1 of the 2");

        Dsse whole = Dsse.read(envelope.signedBy(BERT).toJson()).signedBy(DORA).signedBy(BERT);

        assertThat(whole.keyIds()).hasSize(3);
        assertThat(old.successor(whole.toJson())).isInstanceOf(Succession.Accepted.class);
    }

    private void refused(byte[] envelope, String why) {
        assertThat(old.successor(envelope))
                .isInstanceOfSatisfying(
                        Succession.Refused.class,
                        refused -> assertThat(refused.reason()).contains(why));
    }

    private static byte[] signed(TrustRoot root, SigningKey... keys) {
        return Dsse.sign(Dsse.TRUST_ROOT, root.toJson(), keys).toJson();
    }

    private static TrustRoot root(int version, int threshold, SigningKey... keys) {
        List<TrustRoot.Key> all = new ArrayList<>(Arrays.stream(keys)
                .map(key -> new TrustRoot.Key(key.verifyingKey(), null))
                .toList());
        all.add(new TrustRoot.Key(RELEASER.verifyingKey(), null));
        Map<TrustRole, Signers> roles = new EnumMap<>(TrustRole.class);
        roles.put(TrustRole.ROOT, signers(threshold, keys));
        roles.put(TrustRole.RELEASE, signers(1, RELEASER));
        return TrustRoot.of(version, all, roles);
    }

    private static Signers signers(int threshold, SigningKey... keys) {
        return new Signers(
                Arrays.stream(keys).map(key -> key.verifyingKey().id()).toList(), threshold);
    }
}
