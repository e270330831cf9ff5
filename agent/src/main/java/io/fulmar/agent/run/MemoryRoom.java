package io.fulmar.agent.run;

import io.fulmar.config.ModelSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether there is memory for further models beside those that run. A guess, and a careful one: a model needs its file and
 * about as much again to work in. Immutable.
 */
public final class MemoryRoom {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private MemoryRoom() {}

    /** Whether these can be loaded beside all else; where the host does not tell, they can. */
    public static boolean has(List<ModelSettings> models) {
        try {
            long needed = Limits.MEMORY_RESERVE;
            for (ModelSettings model : models) {
                needed += model.file() == null ? Limits.MODEL_BYTES : 2 * Files.size(model.file());
            }
            return available() >= needed;
        } catch (IOException e) {
            return true; // a file that is missing is told by the one who opens it
        }
    }

    private static long available() throws IOException {
        if (Files.isReadable(MEMINFO)) {
            for (String line : Files.readAllLines(MEMINFO)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        }
        return Long.MAX_VALUE;
    }
}
