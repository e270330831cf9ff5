package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.os.ChildTree;
import io.fulmar.config.ActSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program about a decision, never by a shell; its end is also the end of all that it started. Owned by the thread
 * that does it.
 */
final class CommandDeed implements Deed {
    private static final Path FOLDER = Path.of("/");

    private final ActSettings.Command settings;

    CommandDeed(ActSettings.Command settings) {
        this.settings = settings;
    }

    @Override
    public String perform(Action action) throws InterruptedException {
        long startNanos = System.nanoTime();
        try {
            ChildTree tree = started(action);
            Process process = tree.process();
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
                tree.kill(Duration.ZERO);
            }
        } catch (IOException e) {
            throw new ActuatorException("cannot be run: " + Action.oneLine(String.valueOf(e.getMessage())));
        }
    }

    private ChildTree started(Action action) throws IOException {
        List<String> command = new ArrayList<>(settings.command());
        command.set(
                0,
                ChildTree.program(command.getFirst(), FOLDER, Limits.EXEC_PATH).toString());
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(FOLDER.toFile()).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", String.join(":", Limits.EXEC_PATH));
        environment.put("LANG", "C.UTF-8");
        environment.put("FULMAR_PIPELINE", action.pipeline());
        environment.put("FULMAR_FRAME", action.isOrder() ? "" : Long.toString(action.frame()));
        environment.put("FULMAR_LABEL", action.label() == null ? "" : action.label());
        environment.put("FULMAR_SCORE", Float.toString(action.score()));
        environment.put("FULMAR_ALARM", Boolean.toString(action.alarm()));
        return ChildTree.start(builder);
    }

    private static ActuatorException failed(String what, Tail tail) {
        String said = Action.oneLine(tail.text()).strip();
        return new ActuatorException(what + (said.isEmpty() ? "" : "; it said last: " + said));
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
