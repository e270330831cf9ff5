package io.fulmar.cli.world;

/** Kills a process at the n-th of the places where it burns. Owned by the test's thread. */
final class Fuse {
    private int left;

    /** The n-th burning from now on kills; 0 never does. */
    void light(int n) {
        left = n;
    }

    /** A place where the process may be killed. */
    void burn() {
        if (left > 0) {
            left--;
            if (left == 0) {
                throw new Killed();
            }
        }
    }
}
