package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.database.DataDirectory;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.UsedReleases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the files of releases that nobody has any use for: withdrawn ones and older ones, where no device runs them or is to
 * have them and no rollout names them. That happens in two steps, with time between them: first nobody new can get such a
 * release any more, and when then still nobody has a use for it its files are deleted. So what was asked for just before the
 * first step is seen in the second. Killed anywhere the next look goes on. Stepped by {@link #work}; owned by the catalogue's
 * thread.
 */
public final class CatalogKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogKeeper.class);

    private final Path dataDir;
    private final Catalog catalog;
    private final Database database;
    private final InstantSource clock;
    private final int keep;
    private final Duration grace;
    private final RateLimitedLog failures = new RateLimitedLog(LOG);
    private long nextNanos;
    private boolean begun;

    /**
     * For that catalogue.
     *
     * @param keep how many releases of each model keep their files in any case: the newest that were not withdrawn
     * @param grace how long nobody has had a use for a release before its files are deleted
     */
    public CatalogKeeper(
            Path dataDir, Catalog catalog, Database database, InstantSource clock, int keep, Duration grace) {
        this.dataDir = dataDir;
        this.catalog = catalog;
        this.database = database;
        this.clock = clock;
        this.keep = keep;
        this.grace = grace;
    }

    /** Does what there is to do now. Returns 0 when there was nothing. */
    public int work(long nowNanos) {
        if (begun && nowNanos - nextNanos < 0) {
            return 0;
        }
        begun = true;
        nextNanos = nowNanos + Limits.CATALOG_TIDIED.toNanos();
        try {
            return look();
        } catch (FleetException e) {
            failures.warn(nowNanos, "no files of old releases are deleted", e.getMessage() + "; " + e.hint());
            return 0;
        }
    }

    private int look() {
        List<Published> all = catalog.list();
        Set<String> kept = kept(all);
        if (all.stream().allMatch(it -> kept.contains(it.manifestDigest()) && it.retirement() == null)) {
            return 0;
        }
        Set<String> used = UsedReleases.read(database, clock.millis() - Limits.ROLLED_BACK_WITHIN.toMillis());
        if (used == null) {
            LOG.warn(
                    "a device says in a form that is not read here what it runs: no files of old releases are deleted");
            return 0;
        }
        used.addAll(kept);
        int[] done = {0};
        for (Published release : all) {
            boolean useful = used.contains(release.manifestDigest());
            if (!useful || release.retirement() != null) {
                DataDirectory.alone(dataDir, () -> done[0] += step(release, useful) ? 1 : 0);
            }
        }
        return done[0];
    }

    /** The newest of each model; the list has the newest first. */
    private Set<String> kept(List<Published> all) {
        Map<String, Integer> counts = new HashMap<>();
        Set<String> kept = new HashSet<>();
        for (Published release : all) {
            if (release.yank() == null && counts.merge(release.manifest().name(), 1, Integer::sum) <= keep) {
                kept.add(release.manifestDigest());
            }
        }
        return kept;
    }

    /** Alone on the data directory; somebody may have published it again since. */
    private boolean step(Published listed, boolean useful) {
        Retirement now = Retirement.read(listed.folder());
        if (now == null) {
            if (!useful) {
                new Retirement(clock.millis(), false).write(listed.folder());
                LOG.info("{} is of no use to anybody: its files are deleted in {}", listed.text(), grace);
            }
            return !useful;
        }
        if (now.gone()) {
            return catalog.deleteFiles(listed);
        }
        if (useful) {
            Retirement.undo(listed.folder());
            LOG.info("{} is of use again", listed.text());
            return true;
        }
        if (clock.millis() - now.atMillis() < grace.toMillis()) {
            return false;
        }
        new Retirement(now.atMillis(), true).write(listed.folder());
        catalog.deleteFiles(listed);
        LOG.info("the files of {} are deleted", listed.text());
        return true;
    }

    @Override
    public void close() {
        // what is on disk is all that there is
    }
}
