package io.fulmar.training.network;

import java.util.ArrayList;
import java.util.List;

/** The form of a network: the input's shape and the layers; the last gives one logit a class. Immutable. */
public record Architecture(Volume input, List<Layer> layers) {

    public Architecture {
        layers = List.copyOf(layers);
    }

    /** The shapes between the layers: the input first, the logits last. */
    public List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>();
        volumes.add(input);
        for (Layer layer : layers) {
            volumes.add(layer.out(volumes.getLast()));
        }
        return volumes;
    }

    public int parameters() {
        List<Volume> volumes = volumes();
        int sum = 0;
        for (int i = 0; i < layers.size(); i++) {
            sum += layers.get(i).weights(volumes.get(i)) + layers.get(i).biases();
        }
        return sum;
    }
}
