package io.fulmar.cli.world;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.command.TrustDesk;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.ingest.FleetStore;
import io.fulmar.fleet.ingest.Ingest;
import io.fulmar.fleet.registry.Identities;
import io.fulmar.fleet.registry.Registration;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The fleet's ingest over its real database, without its thread; it dies and comes back. Owned by the test's thread. */
final class WorldFleet {
    private final Wire wire;
    private final InMemoryBroker broker;
    private final Path root;
    private final LongSupplier clock;
    private final Random random;
    private final Fuse fuse = new Fuse();
    private @Nullable Ingest ingest;
    /** The clock of this world jumps by years, and at its end every record is looked for. */
    private static final Duration FOR_EVER = Duration.ofDays(100_000);

    private @Nullable FleetStore store;
    private @Nullable Path backup;
    private Path dir;
    private int lives;
    private int asleep;
    private int restores;
    private boolean databaseLost;
    private long wallOffsetMillis;

    WorldFleet(Story story, Wire wire, InMemoryBroker broker, Path root, LongSupplier clock) {
        this.wire = wire;
        this.broker = broker;
        this.root = root;
        this.clock = clock;
        this.random = new Random(story.seed() * 37);
        this.dir = root.resolve("fleet-0");
        start();
    }

    private Instant wall() {
        fuse.burn();
        return Instant.ofEpochMilli(1_790_000_000_000L + wallOffsetMillis + clock.getAsLong() / 1_000_000);
    }

    private void start() {
        LinkConfig config = LinkConfig.builder(InMemoryBroker.URL, "fleet")
                .subscriptions(
                        wire.topics().everyUp(),
                        wire.topics().everyHello(),
                        wire.topics().everyStatus(),
                        wire.topics().everyCommand(),
                        wire.topics().everyGroupCommand(),
                        wire.topics().everyDesired(),
                        wire.topics().everyReported())
                .inboundQueue(64)
                .connectTimeout(Duration.ofSeconds(1))
                .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(500)))
                .build();
        var draws = new SplittableRandom(random.nextLong());
        ingest = new Ingest(
                this::open,
                listener -> new MortalLink(new InMemoryLink(broker, config, draws, listener), fuse),
                wire,
                this::wall,
                "test",
                TrustDesk.none(),
                Identities.NONE,
                Registration.OPEN,
                false);
    }

    private FleetStore open() {
        FleetStore opened = FleetStore.open(Database.in(dir), FOR_EVER, Long.MAX_VALUE, null);
        store = opened;
        databaseLost = false;
        return opened;
    }

    void work(long nowNanos) {
        if (ingest == null) {
            asleep--;
            if (asleep <= 0) {
                start();
            }
            return;
        }
        try {
            ingest.work(nowNanos);
        } catch (Killed e) {
            kill(random.nextInt(100));
        }
    }

    /** The process dies within one of its next steps: while it takes messages, after its commit or between two answers. */
    void killSoon() {
        fuse.light(1 + random.nextInt(12));
    }

    /** SIGKILL: only what the files say at this moment is left. Its connection stays half open. */
    void kill(int stepsAway) {
        fuse.light(0);
        if (ingest != null && store != null) {
            ingest = null;
            lives++;
            Path left = root.resolve("fleet-" + lives);
            Folders.copy(dir, left, name -> true);
            store.close();
            Folders.delete(dir);
            dir = left;
            asleep = stepsAway;
        }
    }

    /** A clean end, and a start. */
    void restart() {
        if (ingest != null) {
            end(ingest);
            start();
        }
    }

    /** The connection to the database breaks under the process. */
    void loseDatabase() {
        if (ingest != null && store != null) {
            store.close();
            databaseLost = true;
        }
    }

    void keepBackup() {
        if (ingest != null) {
            Path to = root.resolve("fleet-backup-" + clock.getAsLong());
            Folders.copy(dir, to, name -> true);
            backup = to;
        }
    }

    void restore() {
        if (ingest != null && backup != null) {
            kill(1);
            restores++;
            Folders.delete(dir);
            Folders.copy(backup, dir, name -> true);
        }
    }

    /** Nobody kills it any more. */
    void spare() {
        fuse.light(0);
    }

    void jump(Duration time) {
        wallOffsetMillis += time.toMillis();
    }

    int restores() {
        return restores;
    }

    Path dir() {
        return dir;
    }

    void close() {
        if (ingest != null) {
            end(ingest);
        }
    }

    private void end(Ingest ending) {
        fuse.light(0);
        try {
            ending.close();
        } catch (FleetException e) {
            if (!databaseLost) {
                throw e;
            }
        }
    }
}
