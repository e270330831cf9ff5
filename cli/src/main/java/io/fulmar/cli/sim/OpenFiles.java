package io.fulmar.cli.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

/** How many files this process may have open. Java raises it to what the system allows by itself. */
final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String NAME = "Max open files";

    private OpenFiles() {}

    /** The limit; 0 where it is not known or there is none. */
    static long most() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                if (line.startsWith(NAME)) {
                    var limits = new Scanner(line.substring(NAME.length()));
                    return limits.hasNextLong() ? limits.nextLong() : 0;
                }
            }
        } catch (IOException e) {
            return 0; // another system
        }
        return 0;
    }
}
