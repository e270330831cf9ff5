package io.fulmar.agent.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How much memory this process may still take: what the host has, and what its control group allows. Thread-safe. */
final class HostMemory {
    private final Path proc;
    private final Path groups;

    HostMemory(Path proc, Path groups) {
        this.proc = proc;
        this.groups = groups;
    }

    static HostMemory ofHost() {
        return new HostMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    /** The largest number where the host does not tell. */
    long available() {
        return Math.min(free(), allowed());
    }

    private long free() {
        Long kibibytes = number(lines(proc.resolve("meminfo")), "MemAvailable:");
        return kibibytes == null ? Long.MAX_VALUE : kibibytes << 10;
    }

    /** What the group may still take; what it holds only to have it at hand counts as free. */
    private long allowed() {
        Path group = group();
        Long most = group == null ? null : whole(lines(group.resolve("memory.max")));
        Long now = group == null ? null : whole(lines(group.resolve("memory.current")));
        if (group == null || most == null || now == null) {
            return Long.MAX_VALUE;
        }
        Long atHand = number(lines(group.resolve("memory.stat")), "inactive_file ");
        return Math.max(0, most - now + (atHand == null ? 0 : atHand));
    }

    private @Nullable Path group() {
        for (String line : lines(proc.resolve("self/cgroup"))) {
            if (line.startsWith("0::/")) {
                return groups.resolve(line.substring(4));
            }
        }
        return null;
    }

    private static @Nullable Long whole(List<String> lines) {
        return lines.size() == 1 && lines.getFirst().matches("[0-9]{1,18}") ? Long.valueOf(lines.getFirst()) : null;
    }

    private static @Nullable Long number(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .filter(digits -> !digits.isEmpty() && digits.length() <= 18)
                .map(Long::valueOf)
                .findFirst()
                .orElse(null);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
