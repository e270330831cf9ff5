package io.fulmar.training.network;

/** The shape of one activation: height, width, channels, in TensorFlow Lite's order. Immutable. */
public record Volume(int height, int width, int channels) {

    public int size() {
        return height * width * channels;
    }
}
