package io.fulmar.training.network;

import java.util.ArrayList;
import java.util.List;

/**
 * A trained network in plain float arithmetic: slow, simple, and the same on every machine. Immutable.
 */
public record Network(Architecture architecture, List<Parameters> parameters) {

    public Network {
        parameters = List.copyOf(parameters);
        List<Volume> volumes = architecture.volumes();
        for (int i = 0; i < parameters.size(); i++) {
            Layer layer = architecture.layers().get(i);
            if (parameters.get(i).weights().length != layer.weights(volumes.get(i))
                    || parameters.get(i).biases().length != layer.biases()) {
                throw new IllegalArgumentException("layer " + i + " has other parameters than its form says");
            }
        }
        if (parameters.size() != architecture.layers().size()) {
            throw new IllegalArgumentException("each layer has its parameters");
        }
    }

    /** The logits of this input. */
    public float[] logits(float[] input) {
        return activations(input).getLast();
    }

    /** Everything between the layers: the input first, the logits last. */
    public List<float[]> activations(float[] input) {
        List<Volume> volumes = architecture.volumes();
        List<float[]> activations = new ArrayList<>();
        activations.add(input);
        for (int i = 0; i < parameters.size(); i++) {
            float[] in = activations.getLast();
            activations.add(
                    switch (architecture.layers().get(i)) {
                        case Layer.Convolution convolution ->
                            convolve(convolution, parameters.get(i), volumes.get(i), volumes.get(i + 1), in);
                        case Layer.MeanPool _ -> mean(volumes.get(i), in);
                        case Layer.Dense _ -> connect(parameters.get(i), in);
                    });
        }
        return activations;
    }

    private static float[] convolve(Layer.Convolution layer, Parameters p, Volume in, Volume out, float[] x) {
        float[] y = new float[out.size()];
        int next = 0;
        for (int row = 0; row < out.height(); row++) {
            for (int column = 0; column < out.width(); column++) {
                int top = row * layer.strideHeight() - layer.padHeight();
                int left = column * layer.stride() - layer.padWidth();
                for (int filter = 0; filter < layer.filters(); filter++) {
                    y[next++] = Math.max(0, p.biases()[filter] + patch(layer, p, in, x, top, left, filter));
                }
            }
        }
        return y;
    }

    private static float patch(
            Layer.Convolution layer, Parameters p, Volume in, float[] x, int top, int left, int filter) {
        float sum = 0;
        for (int i = Math.max(0, -top); i < layer.kernelHeight() && top + i < in.height(); i++) {
            for (int j = Math.max(0, -left); j < layer.kernelWidth() && left + j < in.width(); j++) {
                int weight = ((filter * layer.kernelHeight() + i) * layer.kernelWidth() + j) * in.channels();
                int sample = ((top + i) * in.width() + left + j) * in.channels();
                for (int channel = 0; channel < in.channels(); channel++) {
                    sum += p.weights()[weight + channel] * x[sample + channel];
                }
            }
        }
        return sum;
    }

    private static float[] mean(Volume in, float[] x) {
        float[] y = new float[in.channels()];
        for (int i = 0; i < x.length; i++) {
            y[i % in.channels()] += x[i];
        }
        for (int channel = 0; channel < y.length; channel++) {
            y[channel] /= in.height() * in.width();
        }
        return y;
    }

    private static float[] connect(Parameters p, float[] x) {
        float[] y = p.biases().clone();
        for (int unit = 0; unit < y.length; unit++) {
            float sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += p.weights()[unit * x.length + i] * x[i];
            }
            y[unit] += sum;
        }
        return y;
    }
}
