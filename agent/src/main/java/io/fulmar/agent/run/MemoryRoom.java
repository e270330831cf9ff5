package io.fulmar.agent.run;

import io.fulmar.config.ModelSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is memory for further models beside those that run. What a model needs its package says; where it does not, a
 * careful guess is its file and about as much again to work in. Immutable.
 */
public final class MemoryRoom {
    private final HostMemory host;

    MemoryRoom(HostMemory host) {
        this.host = host;
    }

    /** That of this machine. */
    public static MemoryRoom ofHost() {
        return new MemoryRoom(HostMemory.ofHost());
    }

    /** Whether these can be loaded beside all else, with some left; where the host does not tell, they can. */
    public boolean has(List<ModelSettings> models) {
        try {
            long needed = Limits.MEMORY_RESERVE;
            for (ModelSettings model : models) {
                needed += model.file() == null ? Limits.MODEL_BYTES : 2 * Files.size(model.file());
            }
            return host.available() >= needed;
        } catch (IOException e) {
            return true; // a file that is missing is told by the one who opens it
        }
    }

    /**
     * Why a model cannot be made ready to run; null if nothing of that speaks against it.
     *
     * @param budget of its package; null where that says none
     */
    @Nullable
    String whyNot(String model, long fileBytes, @Nullable Long budget) {
        long needed = budget == null ? 2 * fileBytes : Math.max(budget, fileBytes);
        long available = host.available();
        return available >= needed
                ? null
                : "model " + model + " needs " + mebibytes(needed) + " of memory"
                        + (budget == null ? ", twice its file," : " by its package,") + " and "
                        + mebibytes(available) + " are there";
    }

    private static String mebibytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + " MiB";
    }
}
