package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.os.SerialPort;
import io.fulmar.agent.os.SerialPorts;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Opens a serial port again and again and reads frames from it. Its {@link #run} has a thread of its own; the rest is
 * thread-safe.
 */
final class SerialReader implements FrameReader {
    private final SourceSettings.Serial settings;
    private final Path path;
    private final int columns;
    private final Feed feed;
    private final AtomicBoolean open = new AtomicBoolean();
    private final AtomicBoolean anew = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private int failures;

    SerialReader(SourceSettings.Serial settings, int columns, Feed feed) {
        this.settings = settings;
        this.path = settings.port();
        this.columns = columns;
        this.feed = feed;
    }

    @Override
    public void run() {
        try {
            while (!feed.closed()) {
                once();
                Duration wait = Limits.PORT_WAIT_FIRST.multipliedBy(1L << Math.min(failures, Limits.PORT_DOUBLINGS));
                ending.await(Math.min(wait.toNanos(), Limits.PORT_WAIT_LAST.toNanos()), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error bug) {
            feed.crashed(bug);
        } finally {
            ended.countDown();
        }
    }

    @Override
    public long restarts() {
        return Math.max(0, opened.get() - 1);
    }

    private void once() {
        anew.set(false);
        failures++;
        try (SerialPort port = SerialPort.open(path, settings.line())) {
            opened.incrementAndGet();
            open.set(true);
            read(StreamFrames.of(
                    settings.form(),
                    columns,
                    port.input(() -> anew.get() || feed.closed()),
                    StreamFrames.Beginning.ANYWHERE));
        } catch (NoSuchFileException e) {
            feed.fail(failure("no port", "there is no port " + path + "; " + others(), "plug it in, or name another"));
        } catch (AccessDeniedException e) {
            feed.fail(failure(
                    "port refused",
                    "this user must not open " + path,
                    "add the agent's user to the group " + group() + ": usermod --append --groups " + group()
                            + " fulmar, then start the service again"));
        } catch (IOException e) {
            boolean gone = open.get() && !Files.exists(path);
            feed.fail(failure(
                    open.get() ? "port lost" : "port failed",
                    gone ? path + " is gone" : String.valueOf(e.getMessage()),
                    gone
                            ? "it is opened again when it is plugged in"
                            : "look at what is plugged in there, at what else has it open, and at baud"));
        } finally {
            open.set(false);
        }
    }

    private void read(StreamFrames frames) throws IOException {
        while (!feed.closed()) {
            try {
                Content content = frames.next();
                if (content == null || !feed.offer(content)) {
                    return;
                }
                failures = 0;
            } catch (SourceException e) {
                feed.refuse(e);
            }
        }
    }

    /** Opens a port anew that brings nothing; false if it is not open. */
    @Override
    public boolean stalled() {
        if (open.get()) {
            anew.set(true);
        }
        return open.get();
    }

    /** Ends it, and waits for a moment until the port is let go of. */
    @Override
    public void end() {
        ending.countDown();
        try {
            ended.await(Limits.PORT_GRACE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String others() {
        List<SerialPorts> ports = SerialPorts.here();
        return ports.isEmpty()
                ? "this machine has none"
                : "there are " + ports.stream().map(it -> it.path().toString()).collect(Collectors.joining(", "));
    }

    private String group() {
        try {
            return Files.readAttributes(path, PosixFileAttributes.class).group().getName();
        } catch (IOException | UnsupportedOperationException e) {
            return "dialout";
        }
    }

    private static SourceException failure(String kind, String message, String hint) {
        return new SourceException(Category.TRANSIENT, kind, message, hint);
    }
}
