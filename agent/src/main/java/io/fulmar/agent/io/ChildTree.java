package io.fulmar.agent.io;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command that runs, and all that it has started. Where there is {@code setsid}, it has a session of its own, by which
 * those are found that have outlived whoever started them. Thread-safe.
 */
final class ChildTree {
    /** What a command has no business to know. */
    private static final List<String> SECRETS = List.of("FULMAR_MQTT_PASSWORD", "CREDENTIALS_DIRECTORY");

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private final Process process;
    private final boolean session;

    private ChildTree(Process process, boolean session) {
        this.process = process;
        this.session = session;
    }

    /** Starts it in that folder, which is also where a program with a slash in its name is looked for. */
    static ChildTree start(List<String> command, Path folder) throws IOException {
        List<String> line = new ArrayList<>(command);
        if (line.getFirst().contains("/")) {
            line.set(0, folder.resolve(line.getFirst()).toString());
        }
        Path program = program(line.getFirst());
        boolean session = Files.isExecutable(SETSID);
        if (session) {
            line.set(0, program.toString());
            line.addFirst(SETSID.toString());
        }
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(folder.toFile()).redirectInput(new File("/dev/null"));
        SECRETS.forEach(builder.environment()::remove);
        return new ChildTree(builder.start(), session);
    }

    /** Where the program is, which {@code setsid} would say less well. */
    private static Path program(String name) throws IOException {
        if (name.contains("/")) {
            return executable(Path.of(name));
        }
        for (String folder :
                System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(File.pathSeparator, -1)) {
            Path there = Path.of(folder).resolve(name);
            if (Files.isRegularFile(there) && Files.isExecutable(there)) {
                return there;
            }
        }
        throw new IOException("there is no such program in PATH");
    }

    private static Path executable(Path program) throws IOException {
        if (!Files.isRegularFile(program)) {
            throw new IOException("there is no file " + program);
        }
        if (!Files.isExecutable(program)) {
            throw new IOException(program + " must not be run by this user (chmod +x)");
        }
        return program;
    }

    Process process() {
        return process;
    }

    /** Asks the command and all that it has started to end, and makes them after a while. */
    void kill(Duration grace) {
        List<ProcessHandle> all = members();
        if (grace.isPositive()) {
            all.forEach(ProcessHandle::destroy);
            try {
                process.waitFor(grace.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        all.forEach(ProcessHandle::destroyForcibly);
        for (int i = 0; i < Limits.EXEC_KILLS && !all.isEmpty(); i++) {
            all = members(); // those that were started meanwhile
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private List<ProcessHandle> members() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        if (process.isAlive()) {
            all.add(process.toHandle());
        }
        if (session) {
            ProcessHandle.allProcesses()
                    .filter(it -> sessionOf(it.pid()) == process.pid())
                    .forEach(all::add);
        }
        return all;
    }

    /** The session that a process belongs to (proc(5): the sixth field, behind a name in brackets); -1 if it is gone. */
    private static long sessionOf(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat"));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", 5);
            return fields[0].equals("Z") ? -1 : Long.parseLong(fields[3]);
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }
}
