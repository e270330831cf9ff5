package io.fulmar.training.network;

/**
 * The weights and biases of one layer. Weights are in TensorFlow Lite's order: output channel, height, width, input
 * channel. The arrays belong to the network and are not written after training.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Parameters(float[] weights, float[] biases) {}
