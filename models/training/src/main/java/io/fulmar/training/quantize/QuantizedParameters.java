package io.fulmar.training.quantize;

import io.fulmar.training.network.Parameters;

/**
 * The weights of one layer as int8 around 0 and its biases as int32: one scale an output channel, or one for all. A bias has
 * the scale of input times weight, so that the kernel adds it to the sum of products as it is. The arrays belong to this record.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record QuantizedParameters(byte[] weights, int[] biases, float[] weightScales, float[] biasScales) {
    private static final int WEIGHT_MAX = 127;

    static QuantizedParameters of(Parameters parameters, float inputScale, boolean perChannel) {
        float[] weights = parameters.weights();
        int channels = parameters.biases().length;
        int perOutput = weights.length / channels;
        float[] scales = new float[perChannel ? channels : 1];
        for (int i = 0; i < weights.length; i++) {
            int group = perChannel ? i / perOutput : 0;
            scales[group] = Math.max(scales[group], Math.abs(weights[i]) / WEIGHT_MAX);
        }
        float[] biasScales = new float[scales.length];
        for (int group = 0; group < scales.length; group++) {
            scales[group] = Math.max(scales[group], Float.MIN_NORMAL * 0x1p20f);
            biasScales[group] = inputScale * scales[group];
        }
        byte[] quantized = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            float scale = scales[perChannel ? i / perOutput : 0];
            quantized[i] = (byte) Math.clamp(Math.round(weights[i] / scale), -WEIGHT_MAX, WEIGHT_MAX);
        }
        int[] biases = new int[channels];
        for (int channel = 0; channel < channels; channel++) {
            double scale = (double) biasScales[perChannel ? channel : 0];
            biases[channel] =
                    Math.clamp(Math.round(parameters.biases()[channel] / scale), Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        return new QuantizedParameters(quantized, biases, scales, biasScales);
    }
}
