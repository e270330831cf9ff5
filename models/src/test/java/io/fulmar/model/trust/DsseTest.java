package io.fulmar.model.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DsseTest {
    private static final String TYPE = "application/vnd.fulmar.command+json";
    private static final SigningKey KEY = SigningKey.generate();

    @Test
    void whatIsSignedIsTheEncodingOfTheSpecification() {
        // the example of github.com/secure-systems-lab/dsse
        assertThat(Dsse.pae("http://example.com/HelloWorld", "hello world".getBytes(UTF_8)))
                .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world".getBytes(UTF_8));
    }

    @Test
    void anEnvelopeIsTheSameAfterTheWire() {
        Dsse read =
                Dsse.read(Dsse.sign(TYPE, "{\"id\":\"a\"}".getBytes(UTF_8), KEY).toJson());

        assertThat(read.payloadType()).isEqualTo(TYPE);
        assertThat(read.unverifiedPayload()).isEqualTo("{\"id\":\"a\"}".getBytes(UTF_8));
        assertThat(read.keyIds()).containsExactly(KEY.verifyingKey().id());
    }

    @Test
    void aMessageWithAPayloadTypeClaimsToBeAnEnvelope() {
        assertThat(Dsse.isEnvelope(Dsse.sign(TYPE, new byte[0], KEY).toJson())).isTrue();
        assertThat(Dsse.isEnvelope("{\"a\":{\"b\":[1]},\"payloadType\":3}".getBytes(UTF_8)))
                .isTrue();
        assertThat(Dsse.isEnvelope("{\"id\":\"1\",\"args\":{\"payloadType\":\"x\"}}".getBytes(UTF_8)))
                .isFalse();
        assertThat(Dsse.isEnvelope("[]".getBytes(UTF_8))).isFalse();
        assertThat(Dsse.isEnvelope("{".getBytes(UTF_8))).isFalse();
        assertThat(Dsse.isEnvelope(new byte[0])).isFalse();
    }

    @Test
    void standardAndUrlSafeBase64AreRead() {
        byte[] payload = {(byte) 0xfb, (byte) 0xff, (byte) 0xfe, 1};
        assertThat(Dsse.read(envelope(Base64.getEncoder().encodeToString(payload)))
                        .unverifiedPayload())
                .isEqualTo(payload);
        assertThat(Dsse.read(envelope(Base64.getUrlEncoder().withoutPadding().encodeToString(payload)))
                        .unverifiedPayload())
                .isEqualTo(payload);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+_8=", "YQ==YQ==", "Y Q==", "YQ==\\n", "Y", "é"})
    void otherBase64IsRefused(String text) {
        assertThatThrownBy(() -> Dsse.read(envelope(text)))
                .isInstanceOf(TrustException.class)
                .hasMessageContaining("base64");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{}",
                "{\"payloadType\":\"a\",\"payload\":\"\"}",
                "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[1]}",
                "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{}]}",
                "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":{}}",
                "{\"payloadType\":1,\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"a b\",\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"a\\n\",\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"a\",\"payload\":null,\"signatures\":[]}",
                "{\"payloadType\":1e400}",
                "{\"payloadType\":99999999999999999999}",
                "{\"payloadType\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
            })
    void whatIsNoEnvelopeIsRefused(String json) {
        assertThatThrownBy(() -> Dsse.read(json.getBytes(UTF_8))).isInstanceOf(TrustException.class);
    }

    @Test
    void everyCutOffEnvelopeIsRefused() {
        byte[] whole = Dsse.sign(TYPE, "x".getBytes(UTF_8), KEY).toJson();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Dsse.read(cut)).isInstanceOf(TrustException.class);
        }
    }

    @Test
    void somethingAfterTheEnvelopeIsRefused() {
        byte[] json = (new String(Dsse.sign(TYPE, new byte[0], KEY).toJson(), UTF_8) + "{}").getBytes(UTF_8);
        assertThatThrownBy(() -> Dsse.read(json)).hasMessageContaining("something follows");
    }

    @Test
    void aNameThatComesTwiceIsRefusedSoThatNoTwoReadersSeeTwoThings() {
        String json = new String(Dsse.sign(TYPE, new byte[0], KEY).toJson(), UTF_8);
        assertThatThrownBy(() -> Dsse.read(json.replace("\"payload\":", "\"payload\":\"YQ==\",\"payload\":")
                        .getBytes(UTF_8)))
                .hasMessageContaining("Duplicate");
        assertThatThrownBy(() -> Dsse.read(
                        json.replace("\"sig\":", "\"sig\":\"YQ==\",\"sig\":").getBytes(UTF_8)))
                .hasMessageContaining("Duplicate");
    }

    @Test
    void anEnvelopeInAnotherEncodingOfTextIsRefused() {
        String json = new String(Dsse.sign(TYPE, new byte[0], KEY).toJson(), UTF_8);
        assertThatThrownBy(() -> Dsse.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_16LE)))
                .hasMessageContaining("UTF-8");
    }

    @Test
    void aPropertyThatIsNotSignedIsRefused() {
        String json = new String(Dsse.sign(TYPE, new byte[0], KEY).toJson(), UTF_8);
        assertThatThrownBy(() -> Dsse.read(json.replace("{\"payloadType\"", "{\"id\":\"x\",\"payloadType\"")
                        .getBytes(UTF_8)))
                .hasMessageContaining("'id'");
    }

    @Test
    void twoSignaturesOfOneKeyAreRefused() {
        assertThatThrownBy(
                        () -> Dsse.read(Dsse.sign(TYPE, new byte[0], KEY, KEY).toJson()))
                .hasMessageContaining("two signatures");
    }

    @Test
    void moreThanSixteenSignaturesAreRefused() {
        byte[] json = envelope("", 17);
        assertThatThrownBy(() -> Dsse.read(json)).hasMessageContaining("17 signatures");
        assertThat(Dsse.read(envelope("", 16)).keyIds()).hasSize(16);
    }

    @Test
    void anEnvelopeOfMoreThanAMegabyteIsRefusedUnread() {
        assertThatThrownBy(() -> Dsse.read(new byte[(1 << 20) + 1])).hasMessageContaining("limit");
        assertThat(Dsse.isEnvelope(new byte[(1 << 20) + 1])).isFalse();
    }

    @Test
    void anErrorRepeatsWhatWasSentOnOneShortLine() {
        String name = "\\u0007\\n" + "n".repeat(110);
        assertThatThrownBy(() -> Dsse.read(("{\"" + name + "\":1}").getBytes(UTF_8)))
                .message()
                .hasSizeLessThan(200)
                .doesNotContain("\n", "\u0007");
    }

    private static byte[] envelope(String payload) {
        return envelope(payload, 1);
    }

    private static byte[] envelope(String payload, int signatures) {
        String list = IntStream.range(0, signatures)
                .mapToObj(i -> "{\"keyid\":\"%064x\",\"sig\":\"%s\"}"
                        .formatted(i, Base64.getEncoder().encodeToString(new byte[64])))
                .collect(Collectors.joining(","));
        return "{\"payloadType\":\"%s\",\"payload\":\"%s\",\"signatures\":[%s]}"
                .formatted(TYPE, payload, list)
                .getBytes(UTF_8);
    }
}
