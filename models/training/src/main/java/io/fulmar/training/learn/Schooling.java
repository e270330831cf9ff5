package io.fulmar.training.learn;

/** How long and how fast a network learns. Immutable. */
public record Schooling(int epochs, int batch, float learningRate, float weightDecay, int seed) {}
