package io.fulmar.agent.io;

import io.fulmar.config.ActSettings;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs a program about a decision, never by a shell; its end is also the end of all that it started. Owned by the thread
 * that does it.
 */
final class CommandDeed implements Deed {
    private static final String MARK = "FULMAR_ACT";
    private static final AtomicLong RUNS = new AtomicLong();

    private final ActSettings.Command settings;

    CommandDeed(ActSettings.Command settings) {
        this.settings = settings;
    }

    @Override
    public String perform(Action action) throws InterruptedException {
        String mark = ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + RUNS.incrementAndGet();
        long startNanos = System.nanoTime();
        try {
            Process process = started(action, mark);
            try (InputStream out = process.getInputStream()) {
                Tail tail = new Tail(out);
                while (!process.waitFor(Limits.EXEC_LOOK_NANOS, TimeUnit.NANOSECONDS)) {
                    tail.read();
                    if (System.nanoTime() - startNanos > settings.timeout().toNanos()) {
                        throw failed(
                                "did not end within " + settings.timeout().toMillis() + " ms and was killed", tail);
                    }
                }
                tail.read();
                if (process.exitValue() != 0) {
                    throw failed("ended with " + process.exitValue(), tail);
                }
                return "ended well after " + (System.nanoTime() - startNanos) / 1_000_000 + " ms";
            } finally {
                process.destroyForcibly();
                end(mark);
            }
        } catch (IOException e) {
            throw new ActuatorException("cannot be run: " + Action.oneLine(String.valueOf(e.getMessage())));
        }
    }

    private Process started(Action action, String mark) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command())
                .directory(new File("/"))
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"));
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", String.join(":", Limits.EXEC_PATH));
        environment.put("LANG", "C.UTF-8");
        environment.put(MARK, mark);
        environment.put("FULMAR_PIPELINE", action.pipeline());
        environment.put("FULMAR_FRAME", action.isOrder() ? "" : Long.toString(action.frame()));
        environment.put("FULMAR_LABEL", action.label() == null ? "" : action.label());
        environment.put("FULMAR_SCORE", Float.toString(action.score()));
        environment.put("FULMAR_ALARM", Boolean.toString(action.alarm()));
        return builder.start();
    }

    /** The JDK looks for programs where the agent's own environment says; the command's is another. */
    private List<String> command() {
        List<String> command = new ArrayList<>(settings.command());
        if (!command.getFirst().contains("/")) {
            Limits.EXEC_PATH.stream()
                    .map(folder -> Path.of(folder, command.getFirst()))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .ifPresent(found -> command.set(0, found.toString()));
        }
        return command;
    }

    private static ActuatorException failed(String what, Tail tail) {
        String said = Action.oneLine(tail.text()).strip();
        return new ActuatorException(what + (said.isEmpty() ? "" : "; it said last: " + said));
    }

    /** Kills all that bears the mark, also what has lost its parent; what it starts meanwhile is found in the next round. */
    private static void end(String mark) throws IOException {
        byte[] sought = (MARK + "=" + mark + "\0").getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < Limits.EXEC_ROUNDS; round++) {
            boolean found = false;
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
                for (Path process : processes) {
                    if (bears(process, sought)) {
                        found = true;
                        ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                                .ifPresent(ProcessHandle::destroyForcibly);
                    }
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
            if (!found) {
                return;
            }
        }
    }

    private static boolean bears(Path process, byte[] sought) {
        try {
            String environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
            return environment.contains(new String(sought, StandardCharsets.ISO_8859_1));
        } catch (IOException gone) {
            return false; // it ended, or is another user's
        }
    }

    /** The end of what a process says, read as far as it is there, so that it does not wait for a reader. Owned by one run. */
    private static final class Tail {
        private final InputStream in;
        private final byte[] last = new byte[Limits.EXEC_SAID_BYTES];
        private final byte[] buffer = new byte[1 << 16];
        private long total;

        Tail(InputStream in) {
            this.in = in;
        }

        void read() throws IOException {
            for (int available = in.available(), read = 0; available > 0 && read >= 0; available = in.available()) {
                read = in.read(buffer, 0, Math.min(available, buffer.length));
                for (int i = Math.max(0, read - last.length); i < read; i++) {
                    last[(int) ((total + i) % last.length)] = buffer[i];
                }
                total += Math.max(0, read);
            }
        }

        String text() {
            int length = (int) Math.min(total, last.length);
            byte[] text = new byte[length];
            for (int i = 0; i < length; i++) {
                text[i] = last[(int) ((total - length + i) % last.length)];
            }
            return new String(text, StandardCharsets.UTF_8);
        }
    }
}
