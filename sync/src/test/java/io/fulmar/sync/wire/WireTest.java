package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final Topics TOPICS = new Topics("fulmar/v1");
    private final Wire wire = new Wire(TOPICS);

    @Test
    void aBatchIsDeflatedOnlyWhereThatIsSmaller() {
        assertThat(wire.encode("d", Samples.uplink("batch")).userProperties()).containsEntry("enc", "deflate");
        assertThat(wire.encode("d", Samples.uplink("batch-small")).userProperties())
                .isEmpty();
    }

    @Test
    void fiftyPredictionsTakeLessThanAThousandBytes() {
        List<Row> rows = new java.util.ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rows.add(new Row.Data(Records.encode(Samples.prediction(i))));
        }
        Envelope envelope = wire.encode("d", new Batch(Samples.EPOCH, Stream.DATA, 1, ChainHash.ZERO, rows));
        assertThat(envelope.payload().length).isLessThan(1000);
    }

    @Test
    void aBatchThatIsMovedToAnotherStreamIsRefused() {
        Envelope envelope = wire.encode("d", Samples.uplink("batch"));
        assertThatThrownBy(() -> wire.decodeUplink(new Envelope(
                        TOPICS.up("d", Stream.ALARM),
                        envelope.payload(),
                        envelope.contentType(),
                        envelope.userProperties())))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("altered");
    }

    @Test
    void aBombIsRefusedBeforeItGrows() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bomb, new Deflater(9, true))) {
            byte[] zeros = new byte[1024 * 1024];
            for (int i = 0; i < 256; i++) {
                out.write(zeros);
            }
        }
        assertThatThrownBy(() -> wire.decodeUplink(new Envelope(
                        TOPICS.up("d", Stream.DATA), bomb.toByteArray(), Envelope.PROTOBUF, Map.of("enc", "deflate"))))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("inflates to more than");
    }

    @Test
    void whatIsOverALimitIsRefusedOnBothSides() {
        byte[] record = new byte[Limits.RECORD_BYTES + 1];
        assertThatThrownBy(() -> Records.decode(record)).isInstanceOf(WireException.class);
        Batch rows = new Batch(
                1,
                Stream.DATA,
                1,
                ChainHash.ZERO,
                Collections.nCopies(Limits.BATCH_ROWS + 1, new Row.Data(new byte[1])));
        assertThatThrownBy(() -> wire.encode("d", rows)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> wire.decodeDownlink(
                        new Envelope(TOPICS.down("d"), new byte[Limits.CONTROL_BYTES + 1], Envelope.JSON, Map.of())))
                .isInstanceOf(WireException.class);
    }

    @Test
    void theDeviceIsTheOneInTheTopicWhateverThePayloadSays() {
        byte[] payload =
                "{\"device\":\"other\",\"type\":\"welcome\",\"fleet\":\"1\",\"credit\":1,\"retryAfterMs\":0,\"now\":5}"
                        .getBytes(StandardCharsets.UTF_8);
        assertThat(wire.decodeDownlink(new Envelope(TOPICS.down("mine"), payload, null, Map.of())))
                .isEqualTo(new ToDevice("mine", new Welcome("1", 1, 0, 5)));
    }

    @Test
    void controlMessagesSayWhatIsWrongWithThem() {
        assertRefused("[]", "object");
        assertRefused("{", "JSON");
        assertRefused("{} {}", "follows");
        assertRefused("{\"type\":\"dance\"}", "dance");
        assertRefused("{\"type\":\"renew\",\"epoch\":\"XYZ\",\"reason\":\"\",\"now\":1}", "16 lower-case hex");
        assertRefused("{\"type\":\"renew\",\"epoch\":\"0000000000000001\",\"now\":1}", "'reason' is missing");
        assertRefused("{\"type\":\"renew\",\"type\":\"renew\"}", "uplicate");
        assertRefused(
                "{\"type\":\"welcome\",\"fleet\":\"1\",\"credit\":-1,\"retryAfterMs\":0,\"now\":5}", "not negative");
        assertRefused(
                "{\"type\":\"welcome\",\"fleet\":\"1\",\"credit\":99999999999,\"retryAfterMs\":0,\"now\":5}",
                "at most");
        assertRefused(
                "{\"type\":\"welcome\",\"fleet\":\"1\",\"credit\":1e3,\"retryAfterMs\":0,\"now\":5}", "whole number");
        assertRefused("{\"type\":" + "[".repeat(100) + "]".repeat(100) + "}", "epth");
    }

    @Test
    void onlyUplinkTopicsAreReadAsUplinkAndOnlyDownlinkTopicsAsDownlink() {
        Envelope down = wire.encode("d", Samples.downlink("renew"));
        assertThatThrownBy(() -> wire.decodeUplink(down)).isInstanceOf(WireException.class);
        Envelope up = wire.encode("d", Samples.uplink("hello"));
        assertThatThrownBy(() -> wire.decodeDownlink(up)).isInstanceOf(WireException.class);
    }

    private void assertRefused(String json, String cause) {
        assertThatThrownBy(() -> wire.decodeDownlink(
                        new Envelope(TOPICS.down("d"), json.getBytes(StandardCharsets.UTF_8), Envelope.JSON, Map.of())))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(cause);
    }
}
