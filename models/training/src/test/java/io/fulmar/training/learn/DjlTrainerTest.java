package io.fulmar.training.learn;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.training.learn.DjlTrainer.Lesson;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer.Convolution;
import io.fulmar.training.network.Layer.Dense;
import io.fulmar.training.network.Network;
import io.fulmar.training.network.Volume;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DjlTrainerTest {
    private static final Architecture SMALL = new Architecture(
            new Volume(4, 6, 1),
            List.of(new Convolution(3, 3, 1, true, 4), new Convolution(2, 2, 2, true, 8), new Dense(2)));
    private static final Schooling SHORT = new Schooling(30, 20, 0.01f, 0, 3);

    private final List<float[]> inputs = new ArrayList<>();
    private final int[] labels = new int[200];

    /** Which corner is brighter: a task in which rows, columns and channels must not be mixed up on the way out of DJL. */
    DjlTrainerTest() {
        Random random = new Random(1);
        for (int i = 0; i < labels.length; i++) {
            float[] input = new float[24];
            for (int pixel = 0; pixel < input.length; pixel++) {
                input[pixel] = 0.3f * random.nextFloat();
            }
            labels[i] = i % 2;
            input[labels[i] == 0 ? 5 : 18] = 1;
            inputs.add(input);
        }
    }

    @Test
    void theNetworkThatComesBackKnowsWhatWasLearned() {
        Network network = train(null);
        for (int i = 0; i < labels.length; i++) {
            float[] logits = network.logits(inputs.get(i));
            assertThat(logits[labels[i]]).isGreaterThan(logits[1 - labels[i]]);
        }
    }

    @Test
    void theSameSeedGivesTheSameWeights() {
        Network one = train(null);
        Network other = train(null);
        for (int i = 0; i < one.parameters().size(); i++) {
            assertThat(other.parameters().get(i).weights())
                    .isEqualTo(one.parameters().get(i).weights());
        }
    }

    @Test
    void theLastLayerAloneIsTaughtAgain() {
        int[] swapped = IntStream.of(labels).map(label -> 1 - label).toArray();
        Network before = train(null);
        Network after = train(new Lesson(inputs, swapped, SHORT));
        int last = before.parameters().size() - 1;
        for (int i = 0; i < last; i++) {
            assertThat(after.parameters().get(i).weights())
                    .isEqualTo(before.parameters().get(i).weights());
            assertThat(after.parameters().get(i).biases())
                    .isEqualTo(before.parameters().get(i).biases());
        }
        for (int i = 0; i < labels.length; i++) {
            float[] logits = after.logits(inputs.get(i));
            assertThat(logits[swapped[i]]).isGreaterThan(logits[1 - swapped[i]]);
        }
    }

    @Test
    void channelsMoveFromFirstToLast() {
        float[] channelsFirst = {0, 1, 2, 3, 10, 11, 12, 13};
        assertThat(DjlTrainer.channelsLast(channelsFirst, 1, new Volume(2, 2, 2)))
                .containsExactly(0, 10, 1, 11, 2, 12, 3, 13);
    }

    private Network train(@Nullable Lesson ofLastLayer) {
        PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new DjlTrainer(SMALL, (input, random) -> {})
                .train(new Lesson(inputs, labels, SHORT), ofLastLayer, quiet);
    }
}
