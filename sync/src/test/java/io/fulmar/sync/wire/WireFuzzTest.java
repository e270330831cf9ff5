package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever arrives, a decoder answers with a message or with a WireException that has a cause text. */
class WireFuzzTest {
    private static final long SEED = 20261121;
    private static final int MUTATIONS_PER_SAMPLE = 12_000;
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));

    @Test
    void aMutatedRecordIsReadOrRefusedWithACause() {
        int refused = 0;
        for (DeviceRecord sample : Samples.records().values()) {
            byte[] golden = Records.encode(sample);
            Random random = new Random(SEED);
            for (int i = 0; i < MUTATIONS_PER_SAMPLE; i++) {
                byte[] mutated = mutate(golden, random);
                refused += refused(() -> Records.decode(mutated), mutated);
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aMutatedMessageIsReadOrRefusedWithACause() {
        List<Envelope> goldens = new ArrayList<>();
        Samples.uplink().values().forEach(message -> goldens.add(wire.encode("pump-7", message)));
        Samples.downlink().values().forEach(message -> goldens.add(wire.encode("pump-7", message)));
        int refused = 0;
        for (Envelope golden : goldens) {
            Random random = new Random(SEED);
            for (int i = 0; i < MUTATIONS_PER_SAMPLE; i++) {
                byte[] mutated = mutate(golden.payload(), random);
                Envelope envelope =
                        new Envelope(golden.topic(), mutated, golden.contentType(), golden.userProperties());
                refused += refused(
                        () -> golden.topic().endsWith("/down")
                                ? wire.decodeDownlink(envelope)
                                : wire.decodeUplink(envelope),
                        mutated);
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aBatchThatWasAlteredOnTheWayIsNeverReadAsAnother() {
        Batch batch = (Batch) Samples.uplink("batch");
        byte[] golden = BatchCodec.encode(batch);
        for (int bit = 0; bit < golden.length * 8; bit++) {
            byte[] flipped = golden.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            try {
                assertThat(BatchCodec.decode(Stream.DATA, flipped).rows()).isEqualTo(batch.rows());
                fail("bit %d went unseen", bit);
            } catch (WireException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @SuppressWarnings("ReturnValueIgnored")
    private static int refused(java.util.function.Supplier<?> decode, byte[] input) {
        try {
            decode.get();
            return 0;
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotBlank();
            return 1;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError("decoding " + Arrays.toString(input) + " threw " + e, e);
        }
    }

    private static byte[] mutate(byte[] golden, Random random) {
        byte[] bytes = golden.clone();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) 0xff;
                case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                case 4 -> bytes = insert(bytes, at, random);
                default -> {
                    int from = random.nextInt(bytes.length);
                    System.arraycopy(bytes, from, bytes, at, Math.min(bytes.length - Math.max(from, at), 16));
                }
            }
        }
        return bytes;
    }

    private static byte[] insert(byte[] bytes, int at, Random random) {
        byte[] longer = new byte[bytes.length + 1 + random.nextInt(8)];
        random.nextBytes(longer);
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
        return longer;
    }
}
