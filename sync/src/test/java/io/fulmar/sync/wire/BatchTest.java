package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final ChainHash GAP_HASH = new ChainHash(8, 8);

    @Test
    void aChainHashIsTheStartOfSha256OverWhatTheProtocolSays() throws Exception {
        byte[] input =
                HexFormat.of().parseHex("00".repeat(16) + "0000000000000007" + "03" + "0000000000000001" + "616263");
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(input);
        assertThat(ChainHash.ZERO.next(7, Stream.DATA, 1, bytes("abc")).text())
                .isEqualTo(HexFormat.of().formatHex(digest, 0, 16));
    }

    @Test
    void aBatchThatIsCutBetweenRecordsKnowsTheHashBeforeTheCut() {
        Batch batch = batch();
        Batch cut = batch.from(10);
        assertThat(cut.first()).isEqualTo(10);
        assertThat(cut.previous()).isEqualTo(GAP_HASH.next(1, Stream.DATA, 9, bytes("nine")));
        assertThat(cut.tailHash()).isEqualTo(batch.tailHash());
        assertThat(cut.last()).isEqualTo(batch.last()).isEqualTo(10);
    }

    @Test
    void aBatchThatIsCutInsideOfAGapBeginsWithTheRestOfTheGap() {
        Batch cut = batch().from(7);
        assertThat(cut.previous()).isNull();
        assertThat(cut.rows().getFirst()).isEqualTo(new Row.Gap(8, GapReason.AGE, 2, GAP_HASH));
        assertThat(cut.tailHash()).isEqualTo(batch().tailHash());
    }

    @Test
    void aBatchIsNotCutOutside() {
        assertThat(batch().from(4)).isEqualTo(batch());
        assertThatThrownBy(() -> batch().from(3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> batch().from(11)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBatchThatContradictsItselfCannotBeMade() {
        Row data = new Row.Data(bytes("x"));
        assertThatThrownBy(() -> new Batch(1, Stream.DATA, 0, ChainHash.ZERO, List.of(data)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Batch(1, Stream.DATA, 1, ChainHash.ZERO, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Batch(1, Stream.DATA, 1, null, List.of(data)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> new Batch(1, Stream.DATA, 5, null, List.of(new Row.Gap(4, GapReason.AGE, 0, GAP_HASH))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> new Batch(1, Stream.DATA, 5, null, List.of(new Row.Gap(8, GapReason.AGE, 3, GAP_HASH))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Batch(
                        1,
                        Stream.DATA,
                        5,
                        null,
                        List.of(new Row.Gap(Long.MAX_VALUE, GapReason.AGE, Long.MAX_VALUE - 4, GAP_HASH))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Batch batch() {
        return new Batch(
                1,
                Stream.DATA,
                4,
                ChainHash.ZERO,
                List.of(
                        new Row.Data(bytes("four")),
                        new Row.Gap(8, GapReason.AGE, 4, GAP_HASH),
                        new Row.Data(bytes("nine")),
                        new Row.Data(bytes("ten"))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
