package io.fulmar.model.pack;

import io.fulmar.model.tflite.ModelFile;

/**
 * A model whose bytes are exactly those that its manifest names, and that has the inputs and outputs of the manifest.
 * Thread-safe.
 */
public record VerifiedModel(ModelManifest manifest, ModelFile model) {}
