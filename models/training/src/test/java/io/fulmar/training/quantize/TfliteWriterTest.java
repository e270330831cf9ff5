package io.fulmar.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelDescription;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer;
import io.fulmar.training.network.Layer.Convolution;
import io.fulmar.training.network.Layer.Dense;
import io.fulmar.training.network.Layer.MeanPool;
import io.fulmar.training.network.Network;
import io.fulmar.training.network.Parameters;
import io.fulmar.training.network.Volume;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.lite.schema.Model;

/** The runtime must compute from the file what the float network computes, but for the rounding to eight bits. */
class TfliteWriterTest {
    private static final Architecture LINE = new Architecture(
            new Volume(1, 32, 1),
            List.of(
                    new Convolution(1, 8, 2, true, 6),
                    new Convolution(1, 3, 1, false, 5),
                    new MeanPool(),
                    new Dense(3)));
    private static final Architecture IMAGE = new Architecture(
            new Volume(8, 8, 1),
            List.of(new Convolution(3, 3, 1, true, 4), new Convolution(4, 4, 2, true, 6), new Dense(5)));

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void aLineOfSamplesGivesTheScoresOfTheFloatNetwork(Delegate delegate) {
        compare(LINE, delegate);
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void anImageGivesTheScoresOfTheFloatNetwork(Delegate delegate) {
        compare(IMAGE, delegate);
    }

    @Test
    void theSameNetworkGivesTheSameBytes() {
        assertThat(file(random(LINE))).isEqualTo(file(random(LINE)));
    }

    @Test
    void theFileSaysWhatItIs() {
        ModelDescription description = ModelFile.of("line", file(random(LINE))).description();
        assertThat(description.text()).isEqualTo("a test");
        assertThat(description.inputs().getFirst().name()).isEqualTo("in");
        assertThat(description.signatures().getFirst().key()).isEqualTo("serving_default");
        assertThat(description.operators())
                .extracting(operator -> operator.name() + " " + operator.version())
                .containsExactlyInAnyOrder("CONV_2D 3", "MEAN 2", "FULLY_CONNECTED 4", "SOFTMAX 2");
    }

    @Test
    void constantsLieAtMultiplesOfSixteen() {
        Model model = Model.getRootAsModel(ByteBuffer.wrap(file(random(LINE))));
        for (int i = 0; i < model.buffersLength(); i++) {
            if (model.buffers(i).dataLength() > 0) {
                assertThat(model.buffers(i).dataAsByteBuffer().position() % 16).isZero();
            }
        }
    }

    private static void compare(Architecture architecture, Delegate delegate) {
        Network network = random(architecture);
        ModelFile model = ModelFile.of("random", file(network));
        try (Interpreter interpreter = Interpreter.open(model, new InterpreterOptions(1, delegate))) {
            for (float[] input : inputs(architecture, 20, 99)) {
                interpreter.input(0).write(input, 0, input.length);
                interpreter.invoke();
                float[] expected = softmax(network.logits(input));
                for (int i = 0; i < expected.length; i++) {
                    assertThat(interpreter.output(0).getReal(i)).isCloseTo(expected[i], within(0.05f));
                }
            }
        }
    }

    private static byte[] file(Network network) {
        QuantizedNetwork quantized =
                QuantizedNetwork.of(network, Affine.over(-1, 1), inputs(network.architecture(), 200, 5));
        return TfliteWriter.write(quantized, "a test", "in", "out");
    }

    private static Network random(Architecture architecture) {
        Random random = new Random(17);
        List<Volume> volumes = architecture.volumes();
        List<Parameters> parameters = new ArrayList<>();
        for (int i = 0; i < architecture.layers().size(); i++) {
            Layer layer = architecture.layers().get(i);
            int weights = layer.weights(volumes.get(i));
            double deviation = layer.biases() == 0 ? 0 : Math.sqrt(2.0 * layer.biases() / weights);
            parameters.add(
                    new Parameters(gaussians(random, weights, deviation), gaussians(random, layer.biases(), 0.1)));
        }
        return new Network(architecture, parameters);
    }

    private static List<float[]> inputs(Architecture architecture, int count, int seed) {
        Random random = new Random(seed);
        List<float[]> inputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] input = new float[architecture.input().size()];
            for (int j = 0; j < input.length; j++) {
                input[j] = 2 * random.nextFloat() - 1;
            }
            inputs.add(input);
        }
        return inputs;
    }

    private static float[] gaussians(Random random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    private static float[] softmax(float[] logits) {
        float[] scores = new float[logits.length];
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) Math.exp(logits[i]);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (scores[i] / sum);
        }
        return scores;
    }
}
