package io.fulmar.config;

/** A position in one of the texts that a configuration is made of, counted from 1. Immutable. */
record Place(Origin origin, int line, int column) {

    static Place startOf(Origin origin) {
        return new Place(origin, 1, 1);
    }
}
