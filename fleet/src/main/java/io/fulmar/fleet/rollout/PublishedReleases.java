package io.fulmar.fleet.rollout;

import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.rollout.Plan.Release;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.sync.wire.Desired;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The releases of a catalogue, as rollouts need them. Remembers what it has found, as a release never changes. Thread-safe. */
public final class PublishedReleases implements PlanJson.Releases, Subject.Catalogue {
    private final Catalog catalog;
    private final Map<String, Published> found = new ConcurrentHashMap<>();

    public PublishedReleases(Catalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public Desired.@Nullable Model find(String manifest) {
        Published release = published(manifest);
        return release == null
                ? null
                : new Desired.Model(
                        release.manifest().name(),
                        release.manifest().version().toString(),
                        release.manifest().release(),
                        release.manifestDigest(),
                        release.manifestBytes(),
                        release.statement());
    }

    @Override
    public @Nullable String withdrawn(String manifest) {
        Published known = published(manifest);
        Published now = known == null ? null : known.now();
        return now == null ? null : now.withdrawn();
    }

    /** What the release said of the data that it was tested on; null where it does not say. */
    ModelManifest.@Nullable Reference reference(String manifest) {
        Published release = published(manifest);
        return release == null ? null : release.manifest().reference();
    }

    private @Nullable Published published(String manifest) {
        Published known = found.get(manifest);
        if (known == null && catalog.find(manifest) != null) {
            catalog.list().forEach(it -> found.put(it.manifestDigest(), it));
            known = found.get(manifest);
        }
        return known;
    }

    @Override
    public Release find(String model, @Nullable String version, @Nullable Long number, @Nullable String manifest) {
        List<Published> all = catalog.list();
        List<Published> ofModel =
                all.stream().filter(it -> it.manifest().name().equals(model)).toList();
        if (ofModel.isEmpty()) {
            String names =
                    all.stream().map(it -> it.manifest().name()).distinct().collect(Collectors.joining(", "));
            throw new PlanException("no release of a model '" + model + "' was published to this fleet; "
                    + (names.isEmpty() ? "publish one: fulmar fleet publish PKG" : "there are releases of " + names));
        }
        for (Published it : ofModel) { // the newest first
            boolean meant =
                    (version == null || it.manifest().version().toString().equals(version))
                            && (number == null || it.manifest().release() == number)
                            && (manifest == null || it.manifestDigest().equals(manifest));
            boolean any = version == null && number == null && manifest == null;
            if (meant && !(any && it.unavailable() != null)) {
                requireGood(it);
                return new Release(
                        model, it.manifest().version().toString(), it.manifest().release(), it.manifestDigest());
            }
        }
        String there = ofModel.stream()
                .map(it ->
                        it.manifest().version() + " (release " + it.manifest().release() + ")")
                .collect(Collectors.joining(", "));
        throw new PlanException("no such release of " + model + " was published to this fleet; there are " + there);
    }

    private static void requireGood(Published release) {
        String unavailable = release.unavailable();
        if (unavailable != null) {
            throw new PlanException(unavailable);
        }
    }
}
