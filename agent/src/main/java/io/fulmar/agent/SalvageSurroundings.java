package io.fulmar.agent;

import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.agent.salvage.SalvageWorker;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;

/** What reading damaged stores back needs of this agent. Thread-safe. */
final class SalvageSurroundings implements SalvageWorker.Surroundings {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final StoreErrands errands;
    private final Doorbell storeDoorbell;
    private final DeviceHistory history;

    SalvageSurroundings(StoreErrands errands, Doorbell storeDoorbell, DeviceHistory history) {
        this.errands = errands;
        this.storeDoorbell = storeDoorbell;
        this.history = history;
    }

    /** Not known to be done in time counts as done: rather too few are counted than some twice. */
    @Override
    public boolean readBack(Stream stream, long rows) {
        return switch (errands.ask(store -> store.readBack(stream, rows), PATIENCE)) {
            case Asked.Done<Boolean>(Boolean counted) -> counted;
            case Asked.NotBegun<Boolean> _ -> false;
            case Asked.NotEnded<Boolean> _ -> true;
        };
    }

    @Override
    public void wake() {
        storeDoorbell.ring();
    }

    @Override
    public void event(String name, String text) {
        history.add(name, text);
    }
}
