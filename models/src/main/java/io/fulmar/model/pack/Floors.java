package io.fulmar.model.pack;

/** The lowest release of each model that a device still takes. */
@FunctionalInterface
public interface Floors {
    /** 0 for a model of which nothing is known. */
    long floor(String model);
}
