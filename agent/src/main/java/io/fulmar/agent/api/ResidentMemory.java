package io.fulmar.agent.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process takes, as Linux tells it. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    /** 0 where the host does not tell. */
    static long bytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
            return 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
