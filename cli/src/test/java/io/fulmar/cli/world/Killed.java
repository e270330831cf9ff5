package io.fulmar.cli.world;

/** Ends a process of the world in the middle of a step; an error, so that nothing in it lives on by catching it. */
final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
        super("killed", null, false, false);
    }
}
