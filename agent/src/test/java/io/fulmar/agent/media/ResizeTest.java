package io.fulmar.agent.media;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.Content;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    private static final int[] BLACK = {0, 0, 0};

    private final Content.Image picture = ImageDecoder.decode(Golden.bytes("image/rgb.png"), 1 << 22);

    /** Weights are floats here and were doubles there, so what lies on the edge between two numbers may be the other one. */
    @ParameterizedTest
    @CsvSource({"NEAREST,32,16", "NEAREST,50,61", "BILINEAR,32,16", "BILINEAR,50,61", "AREA,32,16", "AREA,50,61"})
    void everyPixelIsThatOfTheDefinition(Resize.Method method, int width, int height) {
        byte[] expected =
                Golden.bytes("image/" + method.name().toLowerCase(Locale.ROOT) + "-" + width + "x" + height + ".rgb");

        byte[] rgb = new Resize(width, height, method, Resize.Fit.STRETCH, BLACK)
                .apply(picture)
                .rgb();

        int others = 0;
        for (int i = 0; i < expected.length; i++) {
            int difference = Math.abs((rgb[i] & 0xFF) - (expected[i] & 0xFF));
            assertThat(difference).isLessThanOrEqualTo(1);
            others += difference;
        }
        assertThat(others).isLessThan(5);
    }

    @Test
    void aPictureOfTheSameSizeIsTheSame() {
        for (Resize.Method method : Resize.Method.values()) {
            for (Resize.Fit fit : Resize.Fit.values()) {
                assertThat(new Resize(45, 35, method, fit, BLACK).apply(picture).rgb())
                        .isEqualTo(picture.rgb());
            }
        }
    }

    @Test
    void aLetterboxHasBordersOfTheColourThatWasSaid() {
        Content.Image white = new Content.Image(4, 2, new byte[] {
            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
        });

        byte[] rgb = new Resize(8, 8, Resize.Method.BILINEAR, Resize.Fit.LETTERBOX, new int[] {1, 2, 3})
                .apply(white)
                .rgb();

        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 8; x++) {
                boolean border = y < 2 || y >= 6;
                assertThat(rgb[3 * (8 * y + x)]).isEqualTo((byte) (border ? 1 : 255));
                assertThat(rgb[3 * (8 * y + x) + 2]).isEqualTo((byte) (border ? 3 : 255));
            }
        }
    }

    @Test
    void aCropIsTheMiddle() {
        byte[] columns = new byte[3 * 6 * 2];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = (byte) (i / 3 % 6);
        }

        byte[] rgb = new Resize(2, 2, Resize.Method.NEAREST, Resize.Fit.CROP, BLACK)
                .apply(new Content.Image(6, 2, columns))
                .rgb();

        assertThat(rgb).containsExactly(2, 2, 2, 3, 3, 3, 2, 2, 2, 3, 3, 3);
    }

    @Test
    void picturesOfOtherSizesMayFollowEachOther() {
        Resize resize = new Resize(16, 16, Resize.Method.AREA, Resize.Fit.CROP, BLACK);
        byte[] first = resize.apply(picture).rgb().clone();

        resize.apply(new Content.Image(1, 1, new byte[] {9, 9, 9}));
        assertThat(resize.apply(picture).rgb()).isEqualTo(first);
    }
}
