package io.fulmar.sync.outbox;

import io.fulmar.sync.outbox.OutboxHealth.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is wrong with the disk that the store is on, and what the operator is told of it. Owned by the store thread. */
final class Trouble {
    /** Why nothing is stored while the disk has no room. */
    static final String FULL = "the disk is full";

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final long REPEAT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final String FULL_HINT = "Free space on the file system of the state directory.";
    private static final String WRITABLE_HINT = "Make the state directory writable, and see that its disk is not full.";
    private static final String DISK_HINT = "Look at the system's log for errors of the disk.";

    private final Path dir;
    private final LongSupplier nanoClock;
    private final Map<String, Long> said = new HashMap<>();
    private OutboxHealth.@Nullable Degraded degraded;

    Trouble(Path dir, LongSupplier nanoClock) {
        this.dir = dir;
        this.nanoClock = nanoClock;
    }

    OutboxHealth health() {
        return degraded == null ? new OutboxHealth.Healthy() : degraded;
    }

    boolean present() {
        return degraded != null;
    }

    /** Why a record is not stored. */
    String reason() {
        return degraded == null ? FULL : degraded.reason();
    }

    /** The disk is full. */
    void full() {
        set(Kind.DISK_FULL, FULL, FULL_HINT);
    }

    /** The store cannot work because of a failure, which tells its kind. */
    void of(Exception failure, String reason) {
        Kind kind = kind(failure);
        set(kind, reason, kind == Kind.DISK_FULL ? FULL_HINT : hint(kind, failure));
    }

    /** The store works. */
    void over() {
        if (degraded != null) {
            say("works again");
            degraded = null;
        }
    }

    private void set(Kind kind, String reason, String hint) {
        if (degraded == null || !degraded.reason().equals(reason)) {
            say("is degraded: " + reason);
        }
        degraded = new OutboxHealth.Degraded(kind, reason, hint);
    }

    /** The same words once a minute at most, so that a disk which fails again and again does not fill the log. */
    void say(String what) {
        long now = nanoClock.getAsLong();
        Long before = said.get(what);
        if (before == null || now - before >= REPEAT_NANOS) {
            if (said.size() >= Limits.WORDS_KEPT) {
                said.clear();
            }
            said.put(what, now);
            LOG.warn("the store in {} {}", dir, what);
        }
    }

    private Kind kind(Exception failure) {
        return switch (failure) {
            case SQLException e when Database.isFull(e) -> Kind.DISK_FULL;
            case SQLException e when Database.isReadOnly(e) -> Kind.READ_ONLY;
            case IOException e -> kind(e);
            default -> Kind.FAILED;
        };
    }

    /** The causes as the kernel words them, since Java has no exceptions of their own for them. */
    private Kind kind(IOException e) {
        String words = String.valueOf(e.getMessage());
        if (words.contains("No space left") || words.contains("Disk quota exceeded")) {
            return Kind.DISK_FULL;
        }
        return e instanceof AccessDeniedException || words.contains("Read-only") || !Files.isWritable(dir)
                ? Kind.READ_ONLY
                : Kind.FAILED;
    }

    private static String hint(Kind kind, Exception failure) {
        return kind == Kind.FAILED && failure instanceof SQLException ? DISK_HINT : WRITABLE_HINT;
    }
}
