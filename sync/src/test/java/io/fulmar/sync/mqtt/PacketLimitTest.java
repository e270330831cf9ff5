package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketLimitTest {
    private final List<Loss> losses = new ArrayList<>();

    private static byte[] packet(int content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x30);
        int left = content;
        do {
            out.write(left > 127 ? (left & 127) | 128 : left);
            left >>= 7;
        } while (left > 0);
        byte[] bytes = new byte[content];
        new Random(content).nextBytes(bytes);
        out.writeBytes(bytes);
        return out.toByteArray();
    }

    /** Reads all of it, in pieces whose size is drawn. */
    private byte[] read(byte[] sent, long limit, Random pieces) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PacketLimit in = new PacketLimit(new ByteArrayInputStream(sent), limit, losses::add);
        while (true) {
            if (pieces.nextBoolean()) {
                int b = in.read();
                if (b < 0) {
                    return out.toByteArray();
                }
                out.write(b);
            } else {
                byte[] piece = new byte[1 + pieces.nextInt(300)];
                int read = in.read(piece, 0, piece.length);
                if (read < 0) {
                    return out.toByteArray();
                }
                out.write(piece, 0, read);
            }
        }
    }

    @Test
    void packetsWithinTheLimitPassUnchangedHoweverTheyAreRead() throws IOException {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (int content : new int[] {0, 1, 127, 128, 5_000, 16_383, 16_384, 0, 99_996}) {
            sent.writeBytes(packet(content));
        }
        for (int seed = 0; seed < 50; seed++) {
            assertThat(read(sent.toByteArray(), 100_000, new Random(seed))).isEqualTo(sent.toByteArray());
        }
        assertThat(losses).isEmpty();
    }

    @Test
    void theFirstPacketOverTheLimitEndsTheConnection() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        sent.writeBytes(packet(400));
        sent.writeBytes(packet(998));
        for (int seed = 0; seed < 50; seed++) {
            int with = seed;
            losses.clear();
            assertThatThrownBy(() -> read(sent.toByteArray(), 1_000, new Random(with)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a packet of 1001 bytes");
            assertThat(losses).singleElement().extracting(Loss::kind).isEqualTo(LinkEvent.Kind.LIMIT);
        }
    }
}
