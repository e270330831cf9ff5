package io.fulmar.model.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.model.trust.TrustRoot.Signers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who missed some trust roots comes to the newest, and nobody else gets anybody anywhere. */
class TrustChainTest {
    private static final SigningKey ANNA = SigningKey.generate();
    private static final SigningKey BERT = SigningKey.generate();
    private static final SigningKey CARLA = SigningKey.generate();
    private static final SigningKey EVE = SigningKey.generate();

    private final TrustRoot first = root(1, 1, ANNA);
    private final TrustRoot second = root(2, 1, BERT);
    private final TrustRoot third = root(3, 1, CARLA);
    private final TrustChain chain = chain(signed(second, ANNA, BERT)).with(chain(signed(third, BERT, CARLA)));

    @Test
    void whoMissedSomeComesToTheNewest() {
        TrustChain travelled = TrustChain.parse(chain.toJson());

        assertThat(version(travelled.follow(first))).isEqualTo(3);
        assertThat(version(travelled.follow(second))).isEqualTo(3);
        assertThat(travelled.follow(third)).isInstanceOf(Succession.Known.class);
        assertThat(travelled.toJson()).isEqualTo(chain.toJson());
    }

    @Test
    void oneEnvelopeAloneIsAChainToo() {
        assertThat(version(TrustChain.parse(signed(second, ANNA, BERT)).follow(first)))
                .isEqualTo(2);
    }

    @Test
    void anOlderOneIsNoWayBack() {
        refused(chain(signed(second, ANNA, BERT)).follow(third), "version 2 does not follow version 3");
        refused(TrustChain.empty().follow(first), "is empty");
    }

    @Test
    void anotherOneOfTheSameVersionIsRefused() {
        refused(chain(signed(root(1, 1, EVE), ANNA, EVE)).follow(first), "another version 1");
    }

    @Test
    void whatTheOldKeysDidNotSignIsRefusedHoweverMuchFollowsIt() {
        TrustChain taken = chain(signed(root(2, 1, EVE), EVE)).with(chain(signed(root(3, 1, EVE), EVE)));
        refused(taken.follow(first), "0 of the 1 root keys");
    }

    @Test
    void aMissingLinkEndsTheChainWhereItIsMissing() {
        refused(chain.withoutOldest().follow(first), "version 3: signed by 0 of the 1");
        assertThat(version(chain.with(chain(signed(root(4, 1, EVE), EVE))).follow(first)))
                .as("as far as it holds")
                .isEqualTo(3);
    }

    @Test
    void aRootThatNamesNobodyForTheNextHasNone() {
        TrustRoot end = TrustRoot.of(1, List.of(), Map.of());
        refused(chain(signed(second, ANNA, BERT)).follow(end), "names no root");
    }

    @Test
    void whatIsNoChainIsSaid() {
        byte[] command = Dsse.sign(Dsse.COMMAND, second.toJson(), ANNA).toJson();
        assertThatThrownBy(() -> TrustChain.parse(command)).hasMessageContaining("no trust root");
        for (String wrong : List.of("", "{}", "[]", "{\"roots\":[{}]}", "{\"roots\":[],\"x\":1}", "{\"roots\":7}")) {
            assertThatThrownBy(() -> TrustChain.parse(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isInstanceOf(TrustException.class);
        }
        String many = "{\"roots\":[" + "{},".repeat(32) + "{}]}";
        assertThatThrownBy(() -> TrustChain.parse(many.getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("more than 32");
    }

    private static void refused(Succession said, String why) {
        assertThat(said)
                .isInstanceOfSatisfying(
                        Succession.Refused.class,
                        refused -> assertThat(refused.reason()).contains(why));
    }

    private static int version(Succession said) {
        return said instanceof Succession.Accepted(TrustRoot root) ? root.version() : -1;
    }

    private static TrustChain chain(byte[] envelope) {
        return TrustChain.parse(envelope);
    }

    private static byte[] signed(TrustRoot root, SigningKey... keys) {
        return Dsse.sign(Dsse.TRUST_ROOT, root.toJson(), keys).toJson();
    }

    private static TrustRoot root(int version, int threshold, SigningKey... rootKeys) {
        List<TrustRoot.Key> keys = new ArrayList<>();
        Arrays.stream(rootKeys).forEach(key -> keys.add(new TrustRoot.Key(key.verifyingKey(), null)));
        Map<TrustRole, Signers> roles = new EnumMap<>(TrustRole.class);
        roles.put(
                TrustRole.ROOT,
                new Signers(keys.stream().map(key -> key.key().id()).toList(), threshold));
        return TrustRoot.of(version, keys, roles);
    }
}
