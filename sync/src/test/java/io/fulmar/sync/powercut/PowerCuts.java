package io.fulmar.sync.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Runs a program, and tries every disk that a power cut at any moment may leave of its folder. Owned by its test. */
public final class PowerCuts {
    private static final Path MEMORY = Path.of("/dev/shm");

    private PowerCuts() {}

    /** Looks at one such disk. */
    @FunctionalInterface
    public interface Check {
        /**
         * Opens what the power cut has left, and throws if something is wrong.
         *
         * @param state the program's folder; it is deleted afterwards
         * @param printed how many lines the program had printed
         * @param image what became of its files
         */
        void look(Path state, int printed, String image) throws Exception;
    }

    /**
     * What was tried.
     *
     * @param lines all that the program printed
     * @param disks how many different ones there were
     */
    public record Outcome(List<String> lines, int disks) {}

    /**
     * Runs {@code program} with its folder as the only argument and tries every disk.
     *
     * @param dir an empty folder
     * @param perMoment how many of the torn disks of a moment to try
     */
    public static Outcome everywhere(Path dir, Class<?> program, int perMoment, long seed, Check check)
            throws Exception {
        Path root = Files.createDirectory(dir.toRealPath().resolve("root"));
        Path state = Files.createDirectories(root.resolve("state"));
        List<Step> steps = Trace.of(
                root,
                root.resolveSibling("scratch"),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName(),
                        state.toString()));
        Disk disk = new Disk(Set.of());
        disk.apply(new Step.MadeDirectory("state"));
        disk.apply(new Step.Flushed(""));
        SplittableRandom random = new SplittableRandom(seed);
        Set<String> tried = new HashSet<>();
        List<String> lines = new ArrayList<>();
        Path work = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : dir, "fulmar-powercut");
        try {
            for (Step step : steps) {
                disk.apply(step);
                if (step instanceof Step.Printed(String line)) {
                    lines.add(line);
                }
                for (Image image : disk.images(random, perMoment)) {
                    if (tried.add(image.digest() + lines.size())) {
                        Path copy = Files.createDirectory(work.resolve("image"));
                        image.writeTo(copy);
                        check.look(copy.resolve("state"), lines.size(), image.summary());
                        delete(copy);
                    }
                }
            }
        } finally {
            delete(work);
        }
        return new Outcome(lines, tried.size());
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> below = Files.walk(folder)) {
            all = below.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
