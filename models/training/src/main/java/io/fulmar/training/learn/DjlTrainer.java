package io.fulmar.training.learn;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer;
import io.fulmar.training.network.Network;
import io.fulmar.training.network.Parameters;
import io.fulmar.training.network.Volume;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network with DJL on PyTorch: Adam, softmax cross-entropy, a learning rate that falls along a cosine. One thread and
 * a seed, so that a run on the same kind of processor gives the same weights. Owned by the training run.
 */
public final class DjlTrainer {
    private final Architecture architecture;
    private final Augmentation augmentation;

    /** Changes a copy of an input a little each time it is shown, so that the network learns what does not matter. */
    @FunctionalInterface
    public interface Augmentation {
        void apply(float[] input, Random random);
    }

    /**
     * What to learn from, and how long.
     *
     * @param labels one for each input; not written
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Lesson(List<float[]> inputs, int[] labels, Schooling schooling) {}

    public DjlTrainer(Architecture architecture, Augmentation augmentation) {
        this.architecture = architecture;
        this.augmentation = augmentation;
    }

    /**
     * Learns from the first examples, from nothing, and then goes on with others in the last layer alone: every other layer is
     * then the same as without that.
     */
    public Network train(Lesson lesson, @Nullable Lesson ofLastLayer, PrintStream log) {
        try (Model model = Model.newInstance("sample")) {
            SequentialBlock block = block();
            model.setBlock(block);
            learn(model, lesson, log);
            if (ofLastLayer != null) {
                log.println("the last layer alone:");
                List<Block> layers = block.getChildren().values();
                layers.subList(0, layers.size() - 1).forEach(layer -> layer.freezeParameters(true));
                learn(model, ofLastLayer, log);
            }
            return network(model);
        }
    }

    private void learn(Model model, Lesson lesson, PrintStream log) {
        Schooling schooling = lesson.schooling();
        Engine.getInstance().setRandomSeed(schooling.seed());
        int steps = schooling.epochs() * (lesson.inputs().size() / schooling.batch());
        DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optInitializer(
                        new XavierInitializer(
                                XavierInitializer.RandomType.GAUSSIAN, XavierInitializer.FactorType.IN, 2),
                        Parameter.Type.WEIGHT)
                .optOptimizer(Optimizer.adam()
                        .optLearningRateTracker(Tracker.cosine()
                                .setBaseValue(schooling.learningRate())
                                .optFinalValue(schooling.learningRate() / 100)
                                .setMaxUpdates(steps)
                                .build())
                        .optWeightDecays(schooling.weightDecay())
                        .build());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(shape(1));
            learn(trainer, lesson, log);
        }
    }

    private void learn(Trainer trainer, Lesson lesson, PrintStream log) {
        Schooling schooling = lesson.schooling();
        Random random = new Random(schooling.seed());
        int[] order = new int[lesson.inputs().size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int epoch = 1; epoch <= schooling.epochs(); epoch++) {
            shuffle(order, random);
            double loss = 0;
            int batches = order.length / schooling.batch();
            for (int batch = 0; batch < batches; batch++) {
                loss += step(trainer, lesson, order, batch * schooling.batch(), random);
            }
            log.printf("epoch %d of %d: loss %.4f%n", epoch, schooling.epochs(), loss / batches);
        }
    }

    private float step(Trainer trainer, Lesson lesson, int[] order, int from, Random random) {
        int size = architecture.input().size();
        int batchSize = lesson.schooling().batch();
        float[] x = new float[batchSize * size];
        float[] y = new float[batchSize];
        for (int i = 0; i < batchSize; i++) {
            float[] shown = lesson.inputs().get(order[from + i]).clone();
            augmentation.apply(shown, random);
            System.arraycopy(shown, 0, x, i * size, size);
            y[i] = lesson.labels()[order[from + i]];
        }
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDArray batch = manager.create(x, shape(batchSize));
            NDArray truth = manager.create(y, new Shape(batchSize));
            try (GradientCollector gradients = trainer.newGradientCollector()) {
                NDArray logits = trainer.forward(new NDList(batch)).singletonOrThrow();
                NDArray loss = trainer.getLoss().evaluate(new NDList(truth), new NDList(logits));
                gradients.backward(loss);
                trainer.step();
                return loss.getFloat();
            }
        }
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
    }

    /** PyTorch's order: batch, channel, height, width. The inputs have one channel, so that the numbers lie alike. */
    private Shape shape(int batch) {
        Volume in = architecture.input();
        if (in.channels() != 1) {
            throw new IllegalArgumentException("an input with one channel");
        }
        return new Shape(batch, 1, in.height(), in.width());
    }

    private SequentialBlock block() {
        SequentialBlock block = new SequentialBlock();
        for (Layer layer : architecture.layers()) {
            switch (layer) {
                case Layer.Convolution convolution ->
                    block.add(Conv2d.builder()
                                    .setKernelShape(new Shape(convolution.kernelHeight(), convolution.kernelWidth()))
                                    .optStride(new Shape(convolution.strideHeight(), convolution.stride()))
                                    .optPadding(new Shape(convolution.padHeight(), convolution.padWidth()))
                                    .setFilters(convolution.filters())
                                    .build())
                            .add(Activation::relu);
                case Layer.MeanPool _ -> block.add(Pool.globalAvgPool2dBlock());
                case Layer.Dense dense ->
                    block.add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(dense.units()).build());
            }
        }
        return block;
    }

    private Network network(Model model) {
        ParameterList learned = model.getBlock().getParameters();
        List<Volume> volumes = architecture.volumes();
        List<Parameters> parameters = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < architecture.layers().size(); i++) {
            Volume in = volumes.get(i);
            switch (architecture.layers().get(i)) {
                case Layer.Convolution convolution -> {
                    float[] weights = learned.valueAt(next++).getArray().toFloatArray();
                    Volume kernel = new Volume(convolution.kernelHeight(), convolution.kernelWidth(), in.channels());
                    parameters.add(new Parameters(
                            channelsLast(weights, convolution.filters(), kernel),
                            learned.valueAt(next++).getArray().toFloatArray()));
                }
                case Layer.MeanPool _ -> parameters.add(new Parameters(new float[0], new float[0]));
                case Layer.Dense dense -> {
                    float[] weights = learned.valueAt(next++).getArray().toFloatArray();
                    parameters.add(new Parameters(
                            channelsLast(weights, dense.units(), in),
                            learned.valueAt(next++).getArray().toFloatArray()));
                }
            }
        }
        return new Network(architecture, parameters);
    }

    /** From PyTorch's (output, channel, height, width) to TensorFlow Lite's (output, height, width, channel). */
    static float[] channelsLast(float[] weights, int outputs, Volume kernel) {
        float[] moved = new float[weights.length];
        int next = 0;
        for (int output = 0; output < outputs; output++) {
            for (int row = 0; row < kernel.height(); row++) {
                for (int column = 0; column < kernel.width(); column++) {
                    for (int channel = 0; channel < kernel.channels(); channel++) {
                        int from = ((output * kernel.channels() + channel) * kernel.height() + row) * kernel.width()
                                + column;
                        moved[next++] = weights[from];
                    }
                }
            }
        }
        return moved;
    }
}
