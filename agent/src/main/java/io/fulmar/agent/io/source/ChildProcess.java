package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.os.ChildTree;
import io.fulmar.config.SourceSettings;
import io.fulmar.sync.log.RateLimit;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command again and again and reads frames from its standard output; never by a shell. Its {@link #run} has a thread of
 * its own; the rest is thread-safe.
 */
final class ChildProcess implements FrameReader {
    /** What a command has no business to know. */
    private static final List<String> SECRETS = List.of("FULMAR_MQTT_PASSWORD", "CREDENTIALS_DIRECTORY");

    private final String name;
    private final SourceSettings.Exec settings;
    private final int columns;
    private final Feed feed;
    private final Background background;
    private final AtomicReference<@Nullable ChildTree> process = new AtomicReference<>();
    private final AtomicBoolean killed = new AtomicBoolean();
    private final AtomicLong starts = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final RateLimit said = new RateLimit(Limits.EXEC_LOG_BURST, Limits.EXEC_LOG_REFILL);
    private int failures;

    ChildProcess(String name, SourceSettings.Exec settings, int columns, Feed feed, Background background) {
        this.name = name;
        this.settings = settings;
        this.columns = columns;
        this.feed = feed;
        this.background = background;
    }

    @Override
    public void run() {
        try {
            while (!feed.closed()) {
                once();
                Duration wait = settings.restart().multipliedBy(1L << Math.min(failures, Limits.EXEC_DOUBLINGS));
                Duration most =
                        settings.restart().compareTo(Limits.EXEC_WAIT) > 0 ? settings.restart() : Limits.EXEC_WAIT;
                ended.await(Math.min(wait.toNanos(), most.toNanos()), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error bug) {
            feed.crashed(bug);
        }
    }

    @Override
    public long restarts() {
        return Math.max(0, starts.get() - 1);
    }

    private void once() throws InterruptedException {
        starts.incrementAndGet();
        killed.set(false);
        ChildTree running;
        try {
            running = ChildTree.start(command());
        } catch (IOException e) {
            failures++;
            feed.fail(failure("cannot start", "cannot start " + program() + ": " + e.getMessage()));
            return;
        }
        LastLines last = new LastLines(running.process().getErrorStream(), name, said);
        background.begin(name + "-errors", last);
        process.set(running);
        if (feed.closed()) {
            running.kill(Duration.ZERO);
        }
        long frames = read(running.process());
        running.process()
                .waitFor(Limits.EXEC_GRACE.toNanos(), TimeUnit.NANOSECONDS); // it may be about to end by itself
        running.kill(Limits.EXEC_GRACE);
        int code = running.process().waitFor();
        process.set(null);
        boolean well = frames > 0 && (code == 0 || killed.get());
        failures = frames > 0 ? 0 : failures + 1;
        if (!well && !killed.get() && !feed.closed()) {
            feed.fail(failure(
                    "command ended",
                    program() + " ended with code " + code + last.text() + (frames == 0 ? ", without a frame" : "")));
        }
    }

    private ProcessBuilder command() throws IOException {
        List<String> command = new ArrayList<>(settings.command());
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        command.set(
                0,
                ChildTree.program(command.getFirst(), settings.folder(), List.of(path.split(File.pathSeparator, -1)))
                        .toString());
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(settings.folder().toFile());
        SECRETS.forEach(builder.environment()::remove);
        return builder;
    }

    /** Reads to the end of its output, and returns how many frames came. */
    private long read(Process running) {
        long frames = 0;
        try (InputStream in = running.getInputStream()) {
            StreamFrames reader = StreamFrames.of(settings.form(), columns, in, StreamFrames.Beginning.FRAME);
            while (!feed.closed()) {
                try {
                    Content content = reader.next();
                    if (content == null || !feed.offer(content)) {
                        return frames;
                    }
                    frames++;
                } catch (SourceException e) {
                    feed.refuse(e);
                }
            }
        } catch (IOException e) {
            if (!killed.get() && !feed.closed()) {
                feed.fail(failure("unreadable output", "cannot read what " + program() + " writes: " + e.getMessage()));
            }
        }
        return frames;
    }

    /** Kills a command that gives nothing, so that it is started anew; false if none runs. */
    @Override
    public boolean stalled() {
        ChildTree running = process.get();
        if (running == null) {
            return false;
        }
        killed.set(true);
        running.kill(Duration.ZERO);
        return true;
    }

    /** Ends the command and what it has started. */
    @Override
    public void end() {
        ended.countDown();
        ChildTree running = process.get();
        if (running != null) {
            running.kill(Limits.EXEC_GRACE);
        }
    }

    private String program() {
        return settings.command().getFirst();
    }

    private static SourceException failure(String kind, String message) {
        return new SourceException(
                Category.TRANSIENT,
                kind,
                message,
                "run the command of the pipeline's source by hand to see what is wrong");
    }
}
