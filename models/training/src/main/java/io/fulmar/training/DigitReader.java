package io.fulmar.training;

import io.fulmar.training.Sample.Again;
import io.fulmar.training.data.HandwrittenDigits;
import io.fulmar.training.learn.Schooling;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer.Convolution;
import io.fulmar.training.network.Layer.Dense;
import io.fulmar.training.network.Volume;
import io.fulmar.training.quantize.Affine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** The recipe of the model digit-reader. Has no state. */
final class DigitReader {
    private static final int SIDE = 8;

    private DigitReader() {}

    static Sample sample(Path digitsFile) throws IOException {
        HandwrittenDigits digits = HandwrittenDigits.read(digitsFile);
        return new Sample(
                "digit-reader",
                "1.0.0",
                1,
                "Handwritten digits of 8 by 8 pixels",
                new Architecture(
                        new Volume(SIDE, SIDE, 1),
                        List.of(new Convolution(3, 3, 1, true, 16), new Convolution(4, 4, 2, true, 32), new Dense(10))),
                new Schooling(60, 32, 0.002f, 1e-4f, 1),
                DigitReader::disturb,
                Affine.over(0, HandwrittenDigits.DARKEST),
                "pixels",
                IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
                digits.training(),
                digits.heldOut(),
                500,
                Map.of());
    }

    /** The first release with its last layer taught some more, the digits shown in other ways. */
    static Again lastLayer(Path digitsFile) throws IOException {
        return new Again(
                "1.0.1", HandwrittenDigits.read(digitsFile).training(), new Schooling(15, 32, 0.001f, 1e-4f, 2));
    }

    /** Another camera: the digit up to a pixel off, the ink lighter or darker, some noise. */
    private static void disturb(float[] pixels, Random random) {
        float[] original = pixels.clone();
        int down = random.nextInt(3) - 1;
        int right = random.nextInt(3) - 1;
        float ink = 0.85f + 0.3f * random.nextFloat();
        Arrays.fill(pixels, 0);
        for (int row = 0; row < SIDE; row++) {
            for (int column = 0; column < SIDE; column++) {
                int fromRow = row - down;
                int fromColumn = column - right;
                if (fromRow >= 0 && fromRow < SIDE && fromColumn >= 0 && fromColumn < SIDE) {
                    float value = ink * original[fromRow * SIDE + fromColumn] + 0.5f * (float) random.nextGaussian();
                    pixels[row * SIDE + column] = Math.clamp(value, 0, HandwrittenDigits.DARKEST);
                }
            }
        }
    }
}
