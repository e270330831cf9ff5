package io.fulmar.agent.os;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program that runs, and all that it has started. Their environment has a mark, by which those are found that have left
 * their parent or their session. Thread-safe.
 */
public final class ChildTree {
    private static final String MARK = "FULMAR_CHILD";
    /** How often to look for what it has left behind. */
    private static final int ROUNDS = 20;

    private static final AtomicLong NUMBERS = new AtomicLong();

    private final Process process;
    private final String mark;

    private ChildTree(Process process, String mark) {
        this.process = process;
        this.mark = mark;
    }

    /** Starts what the builder says, with nothing to read. */
    public static ChildTree start(ProcessBuilder builder) throws IOException {
        String mark = ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + NUMBERS.incrementAndGet();
        builder.redirectInput(new File("/dev/null")).environment().put(MARK, mark);
        return new ChildTree(builder.start(), mark);
    }

    /**
     * Where a program is: the JDK says less well what is wrong, and looks where the agent's own environment says.
     *
     * @param folder where one with a slash in its name is looked for
     * @param path where one without is
     */
    public static Path program(String name, Path folder, List<String> path) throws IOException {
        if (name.contains("/")) {
            Path there = folder.resolve(name);
            if (!Files.isRegularFile(there)) {
                throw new IOException("there is no file " + there);
            }
            if (!Files.isExecutable(there)) {
                throw new IOException(there + " must not be run by this user (chmod +x)");
            }
            return there;
        }
        return path.stream()
                .map(it -> Path.of(it).resolve(name))
                .filter(it -> Files.isRegularFile(it) && Files.isExecutable(it))
                .findFirst()
                .orElseThrow(() -> new IOException("there is no program " + name + " in " + String.join(":", path)));
    }

    public Process process() {
        return process;
    }

    /** Asks all of them to end, and makes them after a while. */
    public void kill(Duration grace) {
        List<ProcessHandle> all = members();
        if (grace.isPositive()) {
            all.forEach(ProcessHandle::destroy);
            try {
                process.waitFor(grace.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (int round = 0; round < ROUNDS && !all.isEmpty(); round++) {
            all.forEach(ProcessHandle::destroyForcibly);
            all = members(); // those that were started meanwhile
        }
    }

    private List<ProcessHandle> members() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        if (process.isAlive()) {
            all.add(process.toHandle());
        }
        String sought = MARK + "=" + mark + "\0";
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path each : processes) {
                if (environment(each).contains(sought)) {
                    ProcessHandle.of(Long.parseLong(each.getFileName().toString()))
                            .filter(it -> !all.contains(it))
                            .ifPresent(all::add);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return all; // without /proc, those that have a parent
        }
        return all;
    }

    private static String environment(Path process) {
        try {
            return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return ""; // it ended, or is another user's
        }
    }
}
