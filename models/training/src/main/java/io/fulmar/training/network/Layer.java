package io.fulmar.training.network;

/** One layer of a network: its form, without the weights. Immutable. */
public sealed interface Layer {

    /** The shape that comes out where this goes in. */
    Volume out(Volume in);

    /** How many weights the layer has for this input. */
    int weights(Volume in);

    /** How many biases, one an output channel. */
    int biases();

    /**
     * A convolution with a ReLU. Where it pads, it pads on both sides alike, so that PyTorch's padding and the SAME of
     * TensorFlow are one.
     */
    record Convolution(int kernelHeight, int kernelWidth, int stride, boolean same, int filters) implements Layer {

        public int padHeight() {
            return same ? pad(kernelHeight, strideHeight()) : 0;
        }

        public int padWidth() {
            return same ? pad(kernelWidth, stride) : 0;
        }

        /** A network over a line of samples does not stride across it. */
        public int strideHeight() {
            return kernelHeight == 1 ? 1 : stride;
        }

        private static int pad(int kernel, int stride) {
            if (kernel < stride || (kernel - stride) % 2 != 0) {
                throw new IllegalArgumentException("kernel " + kernel + " and stride " + stride + " pad unevenly");
            }
            return (kernel - stride) / 2;
        }

        @Override
        public Volume out(Volume in) {
            return new Volume(
                    (in.height() + 2 * padHeight() - kernelHeight) / strideHeight() + 1,
                    (in.width() + 2 * padWidth() - kernelWidth) / stride + 1,
                    filters);
        }

        @Override
        public int weights(Volume in) {
            return filters * kernelHeight * kernelWidth * in.channels();
        }

        @Override
        public int biases() {
            return filters;
        }
    }

    /** The mean of each channel over height and width. */
    record MeanPool() implements Layer {

        @Override
        public Volume out(Volume in) {
            return new Volume(1, 1, in.channels());
        }

        @Override
        public int weights(Volume in) {
            return 0;
        }

        @Override
        public int biases() {
            return 0;
        }
    }

    /** A fully connected layer without activation: the last one, which gives the logits. */
    record Dense(int units) implements Layer {

        @Override
        public Volume out(Volume in) {
            return new Volume(1, 1, units);
        }

        @Override
        public int weights(Volume in) {
            return units * in.size();
        }

        @Override
        public int biases() {
            return units;
        }
    }
}
