package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlobCodecTest {
    private static final String DIGEST = "0123456789abcdef".repeat(4);
    private static final String OTHER = "ab".repeat(32);
    private static final BlobRequest REQUEST = new BlobRequest(
            DIGEST, 1_000, List.of(new ByteRanges.Range(0, 10), new ByteRanges.Range(990, 1_000)), List.of(OTHER));

    @Test
    void aRequestIsReadAsItWasWritten() {
        assertThat(BlobCodec.decodeRequest(BlobCodec.encode(REQUEST))).isEqualTo(REQUEST);
    }

    @Test
    void whatAnswersItIsReadAsItWasWritten() {
        BlobAnswer.Patch patch = new BlobAnswer.Patch(DIGEST, OTHER, OTHER, 77);
        BlobAnswer.Refused refused = new BlobAnswer.Refused(DIGEST, "gone");
        assertThat(BlobCodec.decode(DIGEST, BlobCodec.encode("t", patch))).isEqualTo(patch);
        assertThat(BlobCodec.decode(DIGEST, BlobCodec.encode("t", refused))).isEqualTo(refused);
        assertThat(BlobCodec.decode(DIGEST, BlobCodec.chunk("t", 7, new byte[] {1, 2})))
                .isInstanceOfSatisfying(BlobAnswer.Chunk.class, chunk -> {
                    assertThat(chunk.range()).isEqualTo(new ByteRanges.Range(7, 9));
                    assertThat(chunk.bytes()).containsExactly(1, 2);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                                     | 'blob' is missing",
                "{\"blob\":\"../x\",\"size\":1,\"ranges\":[]}                           | 64 lower-case hex digits",
                "{\"blob\":\"D\",\"size\":0,\"ranges\":[]}                              | 'size' must be 1 to 1073741824",
                "{\"blob\":\"D\",\"size\":9999999999,\"ranges\":[]}                     | 'size' must be 1 to 1073741824",
                "{\"blob\":\"D\",\"size\":9,\"ranges\":[]}                              | 'ranges' must be 1 to 256",
                "{\"blob\":\"D\",\"size\":9,\"ranges\":[{\"from\":3,\"to\":3}]}          | no such bytes in a blob of 9: 3 to 3",
                "{\"blob\":\"D\",\"size\":9,\"ranges\":[{\"from\":3,\"to\":10}]}         | no such bytes in a blob of 9: 3 to 10",
                "{\"blob\":\"D\",\"size\":9,\"ranges\":[{\"from\":-3,\"to\":1}]}         | 'from' must be not negative",
                "{\"blob\":\"D\",\"size\":9,\"ranges\":[{\"from\":0,\"to\":1}],\"have\":[\"x\"]} | 'have' must be 64",
            })
    void aRequestThatIsNoneIsRefusedWithTheReason(String json, String reason) {
        byte[] bytes = json.replace("\"D\"", "\"" + DIGEST + "\"").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> BlobCodec.decodeRequest(bytes))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"'', offset", "-1, offset", "9999999999999, offset", "1073741824, no blob is so long", "1x, offset"})
    void aPieceWithoutItsPlaceIsRefused(String offset, String reason) {
        Envelope piece = new Envelope("t", new byte[3], BlobCodec.BYTES, Map.of("offset", offset));
        assertThatThrownBy(() -> BlobCodec.decode(DIGEST, piece))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aPieceIsNeitherEmptyNorTooLong() {
        assertThatThrownBy(() -> BlobCodec.decode(DIGEST, BlobCodec.chunk("t", 0, new byte[0])))
                .isInstanceOf(WireException.class);
        byte[] tooLong = new byte[Limits.CHUNK_BYTES + 1];
        assertThatThrownBy(() -> BlobCodec.decode(DIGEST, BlobCodec.chunk("t", 0, tooLong)))
                .isInstanceOf(WireException.class);
    }

    @Test
    void aMutatedRequestIsReadOrRefusedAndNothingElse() {
        SplittableRandom random = new SplittableRandom(20_261_122);
        byte[] whole = BlobCodec.encode(REQUEST);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = whole.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(32, 127);
            }
            try {
                BlobRequest request = BlobCodec.decodeRequest(bytes);
                assertThat(request.ranges()).allMatch(range -> range.to() <= request.size());
                read++;
            } catch (WireException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(read).isPositive();
    }
}
