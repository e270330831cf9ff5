package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.time.Duration;

/** Time between two questions over HTTP: nobody wakes whoever asks there. Thread-safe. */
final class Pauses {
    private Pauses() {}

    static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FleetException(Category.TRANSIENT, "interrupted", "run the command again", e);
        }
    }
}
