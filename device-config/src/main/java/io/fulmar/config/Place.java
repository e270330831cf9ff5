package io.fulmar.config;

/** A position in a file, counted from 1. Immutable. */
record Place(String file, int line, int column) {

    /** What the places of overrides are said to be in. */
    static final String OVERRIDES = "--set";

    static Place startOf(String file) {
        return new Place(file, 1, 1);
    }
}
