package io.fulmar.model.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OcclusionTest {
    @Test
    void theScoreFallsWhereTheModelLooksAndNowhereElse() {
        float[] picture = new float[20 * 30 * 3];
        for (int y = 12; y < 16; y++) {
            for (int x = 4; x < 8; x++) {
                picture[(y * 30 + x) * 3 + 1] = 1;
            }
        }
        ScoreFunction greenThere = it -> it[(13 * 30 + 5) * 3 + 1];
        var occlusion = new Occlusion(20, 30, 3, 4, 2);
        int[] runs = {0};
        float[] map = occlusion.explain(
                it -> {
                    runs[0]++;
                    return greenThere.of(it);
                },
                picture);
        assertThat(runs[0]).isEqualTo((int) occlusion.runs());
        float mean = 16f / 600;
        for (int y = 0; y < 20; y++) {
            for (int x = 0; x < 30; x++) {
                boolean near = Math.abs(y - 13) < 4 && Math.abs(x - 5) < 4;
                if (near) {
                    assertThat(map[y * 30 + x]).isBetween(0f, 1 - mean + 1e-6f);
                } else {
                    assertThat(map[y * 30 + x]).as("row %d, column %d", y, x).isZero();
                }
            }
        }
        assertThat(map[13 * 30 + 5]).isCloseTo(1 - mean, within(1e-6f));
    }

    @Test
    void whatSpeaksAgainstTheScoreIsBelowZeroAndThePictureIsLeftAsItWas() {
        Random random = new Random(1);
        float[] picture = new float[9 * 9];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = random.nextFloat();
        }
        picture[40] = 5;
        float[] before = picture.clone();
        float[] map = new Occlusion(9, 9, 1, 1, 1).explain(it -> -it[40], picture);
        assertThat(map[40]).isNegative();
        assertThat(picture).containsExactly(before);
        assertThat(map[0]).isZero();
    }

    @Test
    void patchesThatLeavePixelsOutAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Occlusion(8, 8, 1, 2, 3))
                .withMessageContaining("so that none is left out");
        assertThatIllegalArgumentException().isThrownBy(() -> new Occlusion(8, 8, 1, 9, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Occlusion(8, 0, 1, 1, 1));
        var occlusion = new Occlusion(8, 8, 1, 2, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> occlusion.explain(it -> 0, new float[63]));
    }
}
