package io.fulmar.training.quantize;

import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer;
import io.fulmar.training.network.Network;
import java.util.ArrayList;
import java.util.List;

/**
 * A network with int8 weights and activations: post-training quantization, activations by the ranges that calibration inputs
 * show. Convolutions have a scale for each output channel, the dense layer one. Immutable.
 *
 * @param activations how each activation is quantized: the input first, the logits last
 */
public record QuantizedNetwork(
        Architecture architecture, List<Affine> activations, List<QuantizedParameters> parameters) {

    public QuantizedNetwork {
        activations = List.copyOf(activations);
        parameters = List.copyOf(parameters);
    }

    /** Quantizes the network. The input's quantization is a decision of the model's interface, not of calibration. */
    public static QuantizedNetwork of(Network network, Affine input, List<float[]> calibration) {
        List<Affine> activations = calibrate(network, input, calibration);
        List<QuantizedParameters> parameters = new ArrayList<>();
        for (int i = 0; i < network.parameters().size(); i++) {
            boolean perChannel = network.architecture().layers().get(i) instanceof Layer.Convolution;
            boolean none = network.architecture().layers().get(i) instanceof Layer.MeanPool;
            parameters.add(
                    none
                            ? new QuantizedParameters(new byte[0], new int[0], new float[0], new float[0])
                            : QuantizedParameters.of(
                                    network.parameters().get(i),
                                    activations.get(i).scale(),
                                    perChannel));
        }
        return new QuantizedNetwork(network.architecture(), activations, parameters);
    }

    private static List<Affine> calibrate(Network network, Affine input, List<float[]> calibration) {
        int layers = network.architecture().layers().size();
        float[] min = new float[layers + 1];
        float[] max = new float[layers + 1];
        for (float[] sample : calibration) {
            List<float[]> activations = network.activations(sample);
            for (int i = 1; i <= layers; i++) {
                for (float value : activations.get(i)) {
                    min[i] = Math.min(min[i], value);
                    max[i] = Math.max(max[i], value);
                }
            }
        }
        List<Affine> affines = new ArrayList<>();
        affines.add(input);
        for (int i = 1; i <= layers; i++) {
            boolean pool = network.architecture().layers().get(i - 1) instanceof Layer.MeanPool;
            affines.add(pool ? affines.getLast() : Affine.over(min[i], max[i]));
        }
        return affines;
    }
}
