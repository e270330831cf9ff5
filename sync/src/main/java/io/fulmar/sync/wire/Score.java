package io.fulmar.sync.wire;

/** One class that a model considered, and how sure it was. Immutable. */
public record Score(String label, int index, float score) {}
