package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.sync.wire.ByteRanges.Range;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ByteRangesTest {
    @Test
    void itHoldsWhatASetOfBitsHolds() {
        long seed = Long.getLong("fulmar.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            ByteRanges ranges = ByteRanges.whole(0);
            BitSet bits = new BitSet();
            for (int step = 0; step < 60; step++) {
                int from = random.nextInt(100);
                Range range = new Range(from, from + 1 + random.nextInt(20));
                if (random.nextBoolean()) {
                    ranges.add(range);
                    bits.set(from, (int) range.to());
                } else {
                    assertThat(ranges.remove(range))
                            .as("seed %d", seed)
                            .isEqualTo(!bits.get(from, (int) range.to()).isEmpty());
                    bits.clear(from, (int) range.to());
                }
                check(seed, ranges, bits, random);
            }
        }
    }

    private static void check(long seed, ByteRanges ranges, BitSet bits, SplittableRandom random) {
        assertThat(ranges.bytes()).as("seed %d", seed).isEqualTo(bits.cardinality());
        assertThat(ranges.isEmpty()).isEqualTo(bits.isEmpty());
        List<Range> all = ranges.ranges();
        for (int i = 0; i < all.size(); i++) {
            int from = (int) all.get(i).from();
            assertThat(bits.nextClearBit(from)).as("seed %d", seed).isEqualTo((int)
                    all.get(i).to());
            assertThat(from == 0 || !bits.get(from - 1)).isTrue();
        }
        int position = random.nextInt(120);
        assertThat(ranges.has(position)).as("seed %d", seed).isEqualTo(bits.get(position));
        Range next = ranges.next(position, 5);
        int expected = bits.nextSetBit(position);
        if (expected < 0) {
            assertThat(next).as("seed %d", seed).isNull();
        } else {
            assertThat(next)
                    .as("seed %d", seed)
                    .isEqualTo(new Range(expected, Math.min(expected + 5, bits.nextClearBit(expected))));
        }
        assertThat(ranges.first(2, 7).stream().mapToLong(Range::bytes).sum()).isLessThanOrEqualTo(7);
    }

    @Test
    void aRangeHasABeginningAndAnEnd() {
        assertThatThrownBy(() -> new Range(3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Range(-1, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThat(ByteRanges.of(List.of(new Range(0, 5), new Range(5, 9))).ranges())
                .containsExactly(new Range(0, 9));
    }
}
