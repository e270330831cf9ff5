package io.fulmar.agent.io.source;

import io.fulmar.sync.log.RateLimit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a command says on standard error, so that it never waits for that; logs it, not too much of it, and keeps the
 * end. Thread-safe.
 */
final class LastLines implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger("source");

    private final InputStream in;
    private final String name;
    private final RateLimit limit;
    private final AtomicReference<String> last = new AtomicReference<>("");
    private final CountDownLatch ended = new CountDownLatch(1);

    LastLines(InputStream in, String name, RateLimit limit) {
        this.in = in;
        this.name = name;
        this.limit = limit;
    }

    @Override
    public void run() {
        StringBuilder line = new StringBuilder();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                if (c == '\n' || c == '\r') {
                    said(line);
                } else if (line.length() < Limits.EXEC_ERROR_CHARS) {
                    line.append(Character.isISOControl(c) ? '?' : (char) c);
                }
            }
        } catch (IOException e) {
            // what was read until then has to do
        } finally {
            said(line);
            ended.countDown();
        }
    }

    private void said(StringBuilder line) {
        if (line.toString().isBlank()) {
            return;
        }
        String said = line.toString().strip();
        line.setLength(0);
        String all = Objects.requireNonNull(last.get());
        all = all.isEmpty() ? said : all + " | " + said;
        last.set(all.substring(Math.max(0, all.length() - Limits.EXEC_ERROR_CHARS)));
        long heldBack = limit.pass(System.nanoTime());
        if (heldBack > 0) {
            LOG.info("{}: {} ({} lines before it left out)", name, said, heldBack);
        } else if (heldBack == 0) {
            LOG.info("{}: {}", name, said);
        }
    }

    /** The last lines in one, behind a colon; empty if it said nothing. Waits a moment for the end. */
    String text() throws InterruptedException {
        ended.await(Limits.EXEC_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        String text = String.valueOf(last.get());
        return text.isEmpty() ? "" : ": " + text;
    }
}
