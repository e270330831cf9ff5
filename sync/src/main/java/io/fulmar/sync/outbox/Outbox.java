package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable, bounded, ordered store of what the fleet has not acknowledged yet. It outlives a full, read-only or
 * rotten disk: what it cannot store it refuses and counts, what it has to give up it declares. Owned by the store
 * thread.
 */
public final class Outbox implements RowStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LOOK_FOR_DAMAGED_NANOS = Duration.ofSeconds(10).toNanos();

    private final OutboxConfig config;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private final Path file;
    private final Ballast ballast;
    private final Highwater highwater;
    private final Damage damage;
    private final Map<Stream, Long> refused = new EnumMap<>(Stream.class);
    private final Quota quota;
    private final Trouble trouble;

    private @Nullable DirectoryLock lock;
    private @Nullable Store store;
    /** What the store last was; kept while it is closed after an error. */
    private Figures figures = new Figures(0, 0, Map.of());
    /** The age of the store at {@code startNanos}: how long agents have run on it. */
    private long ageBaseMillis;

    private boolean booted;
    private long nextTryNanos;
    /** Set while appending fails although the store can be opened, so that it is not tried for every record. */
    private boolean refusing;
    /** How the files that were set aside are called, and why, while no new store could be begun. */
    private @Nullable Aside aside;

    private List<String> damaged = List.of();
    private long damagedNanos;

    private Outbox(OutboxConfig config, InstantSource wallClock, LongSupplier nanoClock) {
        this.config = config;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
        this.nextTryNanos = startNanos;
        this.damagedNanos = startNanos;
        this.file = config.dir().resolve(Store.NAME);
        this.ballast = new Ballast(config.dir(), config.ballastBytes());
        this.highwater = new Highwater(config.dir());
        this.damage = new Damage(config.dir(), config.quotaBytes());
        this.quota = new Quota(config, log(), this::remember);
        this.trouble = new Trouble(config.dir(), nanoClock);
    }

    /**
     * Opens or creates the store. A damaged store is set aside and a new one begun; a full or read-only disk gives a
     * store that is degraded and recovers in {@link #maintain()}.
     *
     * @throws OutboxException when another process has the directory
     */
    public static Outbox open(OutboxConfig config, InstantSource wallClock) {
        return open(config, wallClock, System::nanoTime);
    }

    /** The same with the monotonic clock given, for tests that step it. */
    public static Outbox open(OutboxConfig config, InstantSource wallClock, LongSupplier nanoClock) {
        Outbox outbox = new Outbox(config, wallClock, nanoClock);
        outbox.tryToOpen();
        return outbox;
    }

    /** How often this store has been opened, this time included; 0 while it could never be opened. */
    public int boot() {
        return figures.boot();
    }

    /**
     * Stores the drafts durably, in one transaction unless they are very many, and says for each, in their order, what
     * became of it. Never throws because of the disk.
     */
    public List<Appended> append(List<Draft> drafts) {
        List<Appended> results = new ArrayList<>(drafts.size());
        List<Draft> chunk = new ArrayList<>();
        long bytes = 0;
        for (Draft draft : drafts) {
            bytes += Quota.bytesFor(draft);
            if (bytes > quota.transactionBytes() && !chunk.isEmpty()) {
                results.addAll(appendAtOnce(chunk));
                chunk = new ArrayList<>();
                bytes = Quota.bytesFor(draft);
            }
            chunk.add(draft);
        }
        if (!chunk.isEmpty()) {
            results.addAll(appendAtOnce(chunk));
        }
        return results;
    }

    @Override
    public @Nullable Batch read(Stream stream, long from, int maxRows, int maxBytes) {
        return this.<@Nullable Batch>with(null, open -> open.read(stream, from, maxRows, maxBytes));
    }

    @Override
    public AckResult acknowledge(Acknowledge acknowledge) {
        Stream stream = acknowledge.stream();
        long upTo = acknowledge.upTo();
        return with(new AckResult.Failed("the store is not open"), open -> {
            Book book = open.book(stream);
            if (acknowledge.epoch() != figures.epoch()) {
                return new AckResult.Disbelieved("it is of another epoch");
            }
            if (upTo > book.tail()) {
                return new AckResult.Disbelieved("row " + upTo + " does not exist yet");
            }
            if (upTo < book.acked()) {
                return new AckResult.Stale("rows up to " + book.acked() + " were acknowledged before");
            }
            ChainHash hash = open.hashAt(stream, upTo);
            if (hash == null && upTo < book.firstRecord()) {
                return new AckResult.Unverifiable("row " + upTo + " was given up");
            }
            if (!acknowledge.hash().equals(hash)) {
                return new AckResult.Disbelieved("row " + upTo + " has another hash here");
            }
            if (upTo == book.acked()) {
                return new AckResult.Stale("row " + upTo + " was acknowledged before");
            }
            long rows = open.acknowledge(stream, upTo);
            remember(open);
            quota.boundTheLog(open);
            return new AckResult.Advanced(upTo, rows);
        });
    }

    @Override
    public boolean giveUp(Stream stream, long seq) {
        return with(false, open -> {
            Book book = open.book(stream);
            if (seq != book.firstRecord() || seq > book.tail()) {
                return false;
            }
            open.evictBytes(stream, 1, GapReason.TOO_LARGE, ageMillis());
            remember(open);
            return true;
        });
    }

    @Override
    public boolean readBack(Stream stream, long rows) {
        return with(false, open -> {
            open.readBack(stream, rows);
            remember(open);
            return true;
        });
    }

    @Override
    public void renew(String reason) {
        if (store != null) {
            startAnew(reason);
        }
    }

    @Override
    public StreamState state(Stream stream) {
        Book book = figures.book(stream);
        return new StreamState(
                figures.epoch(),
                stream,
                book.tail() + 1,
                book.tailHash(),
                book.acked(),
                book.ackedHash(),
                book.acked() + 1);
    }

    @Override
    public long evicted(Stream stream) {
        return figures.book(stream).evicted();
    }

    public Counters counters(Stream stream) {
        Book book = figures.book(stream);
        return new Counters(
                book.recorded(),
                book.acknowledged(),
                book.buffered(),
                book.evicted(),
                book.quarantined(),
                refused.getOrDefault(stream, 0L));
    }

    /** Bytes of the database and its write-ahead log on disk. */
    public long sizeBytes() {
        return size(file) + size(log());
    }

    /** Free bytes of the file system that the store lives on; 0 when it cannot be asked. */
    public long freeBytes() {
        try {
            return Files.getFileStore(config.dir()).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * Does a bounded piece of what has to be done now and then: giving up old rows, checkpoints, giving space back,
     * recovery after the disk failed. To be called at least once a second; says how much it did.
     */
    public int maintain() {
        if (nanoClock.getAsLong() - damagedNanos >= LOOK_FOR_DAMAGED_NANOS) {
            damagedNanos = nanoClock.getAsLong();
            lookForDamaged();
        }
        if (store == null) {
            return isDue() && tryToOpen() ? 1 : 0;
        }
        return with(0, open -> {
            boolean relaxed = relax();
            long evicted = quota.evictByAge(open, ageMillis());
            quota.boundTheLog(open);
            return (relaxed ? 1 : 0) + (int) evicted + quota.giveBack(open);
        });
    }

    public OutboxHealth health() {
        return trouble.health();
    }

    @Override
    public void close() {
        closeStore();
        highwater.close();
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            LOG.warn("could not let go of {}: {}", config.dir(), e.toString());
        }
        lock = null;
    }

    private List<Appended> appendAtOnce(List<Draft> drafts) {
        Attempt attempt = attempt(drafts);
        if (attempt.again()) {
            attempt = attempt(drafts);
            refusing = attempt.again();
        }
        return settled(drafts, attempt);
    }

    private Attempt attempt(List<Draft> drafts) {
        boolean wait = (store == null || refusing) && !isDue();
        if (wait || (store == null && !tryToOpen())) {
            return Attempt.refused(drafts, trouble.reason());
        }
        nextTryNanos = refusing ? nanoClock.getAsLong() + RETRY_NANOS : nextTryNanos;
        Store open = Objects.requireNonNull(store);
        List<Planned> planned = List.of();
        List<String> refusals = List.of();
        try {
            refusals = quota.makeRoom(open, drafts, ageMillis());
            planned = open.plan(fitting(drafts, refusals));
            if (!planned.isEmpty()) {
                open.append(planned, ageMillis());
                remember(open);
            }
        } catch (CorruptException e) {
            startAnew(String.valueOf(e.getMessage()));
            return Attempt.failed(drafts, "the store was damaged");
        } catch (SQLException e) {
            failed(e);
            return survived(planned)
                    ? new Attempt(planned, refusals, false)
                    : Attempt.failed(drafts, String.valueOf(e.getMessage()));
        }
        refusing = false;
        with(false, quota::boundTheLog);
        return new Attempt(planned, refusals, false);
    }

    /** Whether a transaction that ended in an error turned out to be durable. */
    private boolean survived(List<Planned> planned) {
        return !planned.isEmpty() && with(false, open -> open.holds(planned.getLast()));
    }

    private List<Appended> settled(List<Draft> drafts, Attempt attempt) {
        List<Appended> results = new ArrayList<>(drafts.size());
        int next = 0;
        for (int i = 0; i < drafts.size(); i++) {
            if (attempt.refusals().get(i).isEmpty()) {
                results.add(new Appended.Recorded(attempt.planned().get(next).receipt()));
                next++;
            } else {
                refused.merge(drafts.get(i).stream(), 1L, Long::sum);
                results.add(new Appended.Refused(attempt.refusals().get(i)));
            }
        }
        return results;
    }

    private static List<Draft> fitting(List<Draft> drafts, List<String> refusals) {
        List<Draft> fitting = new ArrayList<>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            if (refusals.get(i).isEmpty()) {
                fitting.add(drafts.get(i));
            }
        }
        return fitting;
    }

    private boolean tryToOpen() {
        nextTryNanos = nanoClock.getAsLong() + RETRY_NANOS;
        try {
            StateDirectory.create(config.dir());
            if (!Files.exists(file)) {
                StateDirectory.flush(config.dir());
            }
            lock = lock != null ? lock : DirectoryLock.take(config.dir());
        } catch (IOException e) {
            trouble.of(e, "the state directory " + config.dir() + " cannot be written: " + e);
            return false;
        }
        if (lock == null) {
            throw new OutboxException(
                    OutboxException.Category.PERMANENT,
                    "another agent is using the store in " + config.dir(),
                    "Stop it, or give this one its own state directory.");
        }
        try {
            openOrCreate();
        } catch (CorruptException e) {
            startAnew(String.valueOf(e.getMessage()));
        } catch (SQLException e) {
            if (Database.isCorruption(e)) {
                startAnew(String.valueOf(e.getMessage()));
            } else {
                trouble.of(e, "the store in " + config.dir() + " cannot be opened: " + e.getMessage());
            }
        }
        return store != null;
    }

    private void openOrCreate() throws SQLException, CorruptException {
        Figures remembered = Highwater.read(config.dir());
        damage.keepLog();
        Store open = Files.exists(file) ? Store.open(file, quota.pages(), !booted) : null;
        if (open == null) {
            if (remembered == null && (Files.exists(file) || !Files.exists(log()))) {
                opened(Store.create(file, quota.pages(), new Figures(newEpoch(), 1, Map.of()), List.of(), 0));
            } else {
                startAnew("the database is missing");
            }
            return;
        }
        for (Stream stream : Stream.values()) {
            long tail = open.book(stream).tail();
            if (remembered != null
                    && remembered.epoch() == open.figures().epoch()
                    && remembered.book(stream).tail() > tail) {
                open.close();
                throw new CorruptException(stream.topicName() + "/" + (tail + 1) + ": rows up to "
                        + remembered.book(stream).tail() + " have vanished");
            }
        }
        damage.discardLog();
        opened(open);
    }

    private void opened(Store open) throws SQLException, CorruptException {
        store = open;
        aside = null;
        lookForDamaged();
        if (!booted) {
            booted = true;
            ageBaseMillis = open.latestAge();
        }
        remember(open);
        if (quota.squeezed()) {
            quota.squeeze(Math.max(open.pages(), 1));
            trouble.full();
        } else if (!ballast.takeUp()) {
            trouble.full();
        } else {
            trouble.over();
        }
    }

    /** Sets the files aside and begins a new epoch, which begins by saying what may be lost. */
    private void startAnew(String reason) {
        Figures former = former();
        closeStore();
        try {
            Aside kept = aside;
            if (kept != null) {
                damage.discard(); // an attempt that did not come to its end
            } else {
                if (former != null) {
                    highwater.keep(former);
                }
                kept = new Aside(damage.setAside(wallClock.millis(), former), reason);
                aside = kept;
                LOG.error("the store in {} was set aside as {}: {}", config.dir(), kept.name(), reason);
            }
            int boot = booted && former != null ? former.boot() : (former == null ? 0 : former.boot()) + 1;
            Map<Stream, Book> books = new EnumMap<>(Stream.class);
            for (Stream stream : Stream.values()) {
                books.put(
                        stream,
                        former == null
                                ? Book.empty(stream)
                                : former.book(stream).inNextEpoch());
            }
            List<Draft> declarations =
                    Damage.declare(former, kept.reason(), kept.name(), wallClock.millis(), uptimeMillis(), boot);
            Figures start = new Figures(newEpoch(), boot, books);
            opened(Store.create(file, quota.pages(), start, declarations, ageMillis()));
        } catch (IOException e) {
            trouble.of(e, "the damaged store in " + config.dir() + " could not be set aside: " + e);
        } catch (SQLException e) {
            trouble.of(e, noneBegun(e));
        } catch (CorruptException e) {
            trouble.of(e, noneBegun(e));
        }
    }

    private String noneBegun(Exception e) {
        return "no new store could be begun in " + config.dir() + ": " + e.getMessage();
    }

    /** What is known of the store that is to be set aside; null when nothing is. */
    private @Nullable Figures former() {
        Figures remembered = Highwater.read(config.dir());
        return figures.epoch() != 0 ? figures : remembered;
    }

    /** Runs an operation on the open store; what the disk does to it never reaches the caller. */
    private <T extends @Nullable Object> T with(T otherwise, Operation<T> operation) {
        Store open = store;
        if (open == null) {
            return otherwise;
        }
        try {
            return operation.run(open);
        } catch (CorruptException e) {
            startAnew(String.valueOf(e.getMessage()));
        } catch (SQLException e) {
            failed(e);
        }
        return otherwise;
    }

    /** The connection lies from now on: close it, make room if that is what is missing, open it again. */
    private void failed(SQLException e) {
        trouble.say("failed: " + e.getMessage());
        if (Database.isCorruption(e)) {
            startAnew(String.valueOf(e.getMessage()));
            return;
        }
        closeStore();
        if (Database.isFull(e)) {
            trouble.full();
        } else {
            trouble.of(e, "the disk failed: " + e.getMessage());
        }
        if (Database.isFull(e) && !quota.squeezed()) {
            ballast.giveUp();
            quota.squeeze(1);
        }
        tryToOpen();
    }

    /** When space is back, takes up the ballast again and lets the database grow. */
    private boolean relax() {
        if (!(quota.squeezed() || trouble.present()) || !isDue()) {
            return false;
        }
        nextTryNanos = nanoClock.getAsLong() + RETRY_NANOS;
        if (freeBytes() < config.ballastBytes() + quota.maxLogBytes() || !ballast.takeUp()) {
            return false;
        }
        quota.relax();
        trouble.over();
        return true;
    }

    private void remember(Store open) {
        figures = open.figures();
        highwater.write(figures);
    }

    private void closeStore() {
        try {
            if (store != null) {
                store.close();
            }
        } catch (SQLException e) {
            LOG.warn("could not close the store in {}: {}", config.dir(), e.toString());
        }
        store = null;
    }

    /** The damaged stores that lie in the state directory and what was read back of each, as they were found last. */
    public List<String> damaged() {
        return damaged;
    }

    private void lookForDamaged() {
        try {
            damaged = SetAside.in(config.dir()).stream().map(SetAside::toString).toList();
        } catch (IOException e) {
            LOG.debug("the state directory cannot be listed: {}", e.toString());
        }
    }

    private boolean isDue() {
        return nanoClock.getAsLong() - nextTryNanos >= 0;
    }

    private long uptimeMillis() {
        return (nanoClock.getAsLong() - startNanos) / 1_000_000;
    }

    /** How long agents have run on this store: a clock that no jump of the wall clock moves. */
    private long ageMillis() {
        return ageBaseMillis + uptimeMillis();
    }

    private Path log() {
        return config.dir().resolve(Store.WAL_NAME);
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 0;
        }
    }

    private static long newEpoch() {
        SecureRandom random = new SecureRandom();
        long epoch = random.nextLong();
        while (epoch == 0) {
            epoch = random.nextLong();
        }
        return epoch;
    }

    /** A damaged database that is kept. Immutable. */
    private record Aside(String name, String reason) {}

    /**
     * What became of an append. Immutable.
     *
     * @param planned the rows that are durable now
     * @param refusals for each draft why it was refused; empty where it was not
     * @param again whether it failed in a way that a second attempt may not
     */
    private record Attempt(List<Planned> planned, List<String> refusals, boolean again) {
        static Attempt refused(List<Draft> drafts, String reason) {
            return new Attempt(List.of(), Collections.nCopies(drafts.size(), reason), false);
        }

        static Attempt failed(List<Draft> drafts, String reason) {
            return new Attempt(List.of(), Collections.nCopies(drafts.size(), reason), true);
        }
    }

    /** One use of the open store. */
    private interface Operation<T extends @Nullable Object> {
        T run(Store open) throws SQLException, CorruptException;
    }
}
