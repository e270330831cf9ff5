package io.fulmar.agent.update;

import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where updates begin: a release that the fleet wants, or a package that a person has put into the inbox. What may be
 * installed here becomes an attempt in the journal; what may not is refused before a byte of its model is fetched.
 *
 * <p>Owned by the update thread, except {@link #want}, which is thread-safe.
 */
final class Intake {
    private static final Logger LOG = LoggerFactory.getLogger("model.update");

    private final StoredModels models;
    private final Inbox inbox;
    private final Fetcher fetcher;
    private final BooleanSupplier holdsOne;
    private final LongSupplier millis;
    private final BiConsumer<String, String> events;
    private final FaultLog faults;
    private final Set<Path> stuck = new HashSet<>();
    private final Map<String, Desired.Model> mended = new HashMap<>();
    private final AtomicReference<@Nullable List<Desired.Model>> newest = new AtomicReference<>();
    private final SortedMap<String, Desired.Model> wanted = new TreeMap<>();
    private final SortedMap<String, Refusal> refusals = new TreeMap<>();
    private long lookedNanos;
    private boolean looked;

    /** A release that never became an attempt; {@code want} is null for one from the inbox. Immutable. */
    private record Refusal(Desired.@Nullable Model want, Reported.Model told, long againNanos) {}

    /** @param holdsOne whether this device cannot hold two models at once */
    Intake(
            StoredModels models,
            Inbox inbox,
            Fetcher fetcher,
            BooleanSupplier holdsOne,
            LongSupplier millis,
            BiConsumer<String, String> events,
            FaultLog faults) {
        this.models = models;
        this.inbox = inbox;
        this.fetcher = fetcher;
        this.holdsOne = holdsOne;
        this.millis = millis;
        this.events = events;
        this.faults = faults;
    }

    /** Takes what the fleet wants now, in place of what it wanted before. */
    void want(List<Desired.Model> releases) {
        newest.set(List.copyOf(releases));
    }

    /** Which release of that model the fleet wants; null if it has not said. */
    Desired.@Nullable Model wanted(String name) {
        return wanted.get(name);
    }

    /** What was refused, for the reported state. */
    List<Reported.Model> refused() {
        return refusals.values().stream().map(Refusal::told).toList();
    }

    /** What becomes of an attempt, and who may begin one. */
    interface Attempts {
        /** Whether a new one of that model may begin now. */
        boolean mayBegin(String name);

        /** Ends the one that is under way, since another is wanted. */
        void supersede(String name, String by);

        /** The active release of that model is allowed by another statement than before. */
        void restated(String name);
    }

    /**
     * Begins what is to begin.
     *
     * @return whether the fetcher is in use for it
     */
    boolean look(Attempts attempts, long nowNanos) {
        List<Desired.Model> heard = newest.getAndSet(null);
        if (heard != null) {
            wanted.clear();
            heard.forEach(it -> wanted.put(it.name(), it));
            refusals.values()
                    .removeIf(it -> it.want() != null
                            && !it.want().equals(wanted.get(it.told().name())));
            leave(attempts);
        }
        if (!looked || nowNanos - lookedNanos >= Limits.LOOK.toNanos()) {
            looked = true;
            lookedNanos = nowNanos;
            lookIntoInbox(attempts);
        }
        for (Desired.Model want : wanted.values()) {
            try {
                if (isNew(want, attempts, nowNanos) && !begin(want, nowNanos)) {
                    return true;
                }
            } catch (StoreException e) {
                faults.record("update", "model " + want.name() + ": " + e.getMessage(), e.hint());
                refuse(want, "failed: " + e.getMessage(), nowNanos + Limits.AGAIN.toNanos());
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("release {} of model {} cannot be begun", want.release(), want.name(), e);
                refuse(want, "failed: " + e, Long.MAX_VALUE);
            }
        }
        return false;
    }

    /** What the fleet wanted and wants no more is not begun to run. */
    private void leave(Attempts attempts) {
        for (Activation state : models.activations()) {
            Attempt attempt = state.attempt();
            if (attempt != null && attempt.desiredVersion() > 0 && !wanted.containsKey(state.name())) {
                try {
                    attempts.supersede(state.name(), "no release");
                } catch (StoreException e) {
                    faults.record("update", "model " + state.name() + ": " + e.getMessage(), e.hint());
                }
            }
        }
    }

    private boolean isNew(Desired.Model want, Attempts attempts, long nowNanos) {
        Activation state = models.activation(want.name());
        Attempt attempt = state.attempt();
        Refusal refusal = refusals.get(want.name());
        boolean refused = refusal != null && want.equals(refusal.want()) && nowNanos - refusal.againNanos() < 0;
        if (attempt != null) {
            boolean otherwise =
                    want.assigned() > attempt.desiredVersion() && want.shadowMillis() != attempt.shadowMillis();
            if (!refused && (otherwise || !attempt.release().manifest().equals(want.manifest()))) {
                supersede(want, attempts);
            }
            return false;
        }
        if (refused) {
            return false;
        }
        Release active = state.active();
        boolean isActive = active != null && active.manifest().equals(want.manifest()) && want.shadowMillis() == 0;
        byte[] statement = statement(want);
        if (isActive && statement != null && models.restate(want.name(), statement)) {
            attempts.restated(want.name());
            return false;
        }
        boolean runs = isActive && active != null && isWhole(want, active);
        return !runs && state.failed(want.manifest(), want.assigned()) == null && attempts.mayBegin(want.name());
    }

    /** Whether what is active can run, as far as its files go; what has rotted is deleted, once for each want. */
    private boolean isWhole(Desired.Model want, Release active) {
        if (models.broken(want.name()) == null) {
            mended.remove(want.name());
            return true;
        }
        if (!want.equals(mended.put(want.name(), want))) {
            models.discardDamaged(active);
        }
        return active.blobs().stream().allMatch(it -> models.store(store -> store.has(it)));
    }

    // ---- from the fleet

    /** What nobody may install here does not put an end to what is under way either. */
    private void supersede(Desired.Model want, Attempts attempts) {
        String objection = objection(want);
        if (objection == null) {
            attempts.supersede(want.name(), "release " + want.release());
        } else {
            refuse(want, objection, Long.MAX_VALUE);
        }
    }

    private @Nullable String objection(Desired.Model want) {
        String objection = models.objection(statement(want));
        return objection == null && want.size() > io.fulmar.model.store.Limits.MANIFEST_BYTES
                ? Reason.TOO_LARGE.text() + ": its manifest has " + want.size() + " bytes"
                : objection;
    }

    private static byte @Nullable [] statement(Desired.Model want) {
        return want.statement() == null ? null : want.statement().getBytes(StandardCharsets.UTF_8);
    }

    /** False while its manifest is on its way. */
    private boolean begin(Desired.Model want, long nowNanos) {
        byte[] statement = statement(want);
        String objection = objection(want);
        if (objection != null) {
            refuse(want, objection, lookAgain(objection, nowNanos));
            return true;
        }
        if (want.shadowMillis() > 0 && holdsOne.getAsBoolean()) {
            refuse(
                    want,
                    "no-shadow: this device holds one model at a time (update.load = \"in-place\")",
                    Long.MAX_VALUE);
            return true;
        }
        if (!models.store(it -> it.has(want.manifest()))) {
            switch (fetcher.fetch(want.manifest(), want.size(), List.of(), nowNanos)) {
                case Fetcher.Result.Going _ -> {
                    return false;
                }
                case Fetcher.Result.Failed failed -> {
                    refuse(want, failed.reason(), Long.MAX_VALUE);
                    return true;
                }
                case Fetcher.Result.Got _ -> {}
            }
        }
        byte[] manifest = manifest(want.manifest());
        if (manifest == null) {
            return true;
        }
        switch (models.manifest(statement, manifest)) {
            case Verdict.Rejected<ModelManifest>(Reason reason, String text) ->
                refuse(want, reason.text() + ": " + text, Long.MAX_VALUE);
            case Verdict.Verified<ModelManifest>(ModelManifest it)
            when !it.name().equals(want.name()) ->
                refuse(want, Reason.OTHER_RELEASE.text() + ": it is of the model " + it.name(), Long.MAX_VALUE);
            case Verdict.Verified<ModelManifest>(ModelManifest it) -> begin(want, it, statement, nowNanos);
        }
        return true;
    }

    /** Null if it has rotted; then it is fetched again. */
    private byte @Nullable [] manifest(String digest) {
        try {
            return models.store(it -> it.read(digest, io.fulmar.model.store.Limits.MANIFEST_BYTES));
        } catch (StoreException e) {
            if (e.category() != StoreException.Category.DAMAGED) {
                throw e;
            }
            LOG.warn("{}", e.getMessage());
            models.store(it -> {
                it.discard(digest);
                return it;
            });
            return null;
        }
    }

    /** A clock may be wrong, and be set. */
    private static long lookAgain(String objection, long nowNanos) {
        return objection.startsWith(Reason.EXPIRED.text()) ? nowNanos + Limits.EXPIRED_AGAIN.toNanos() : Long.MAX_VALUE;
    }

    /** Why an agent with this much memory cannot check one of these files; null if it can. */
    private static @Nullable String tooLarge(ModelManifest manifest) {
        long most = Runtime.getRuntime().maxMemory() / 2;
        return manifest.files().stream()
                .filter(it -> it.size() > most)
                .findFirst()
                .map(it -> Reason.TOO_LARGE.text() + ": " + it.name() + " has " + it.size()
                        + " bytes, and this agent, with a heap of "
                        + Runtime.getRuntime().maxMemory() + ", checks files up to " + most
                        + ": give it more with -Xmx")
                .orElse(null);
    }

    private void begin(Desired.Model want, ModelManifest manifest, byte @Nullable [] statement, long nowNanos) {
        String tooLarge = tooLarge(manifest);
        if (tooLarge != null) {
            refuse(want, tooLarge, Long.MAX_VALUE);
            return;
        }
        String noRoom = models.whyNoRoom(lacking(manifest));
        if (noRoom != null) {
            refuse(want, "no-room: " + noRoom, nowNanos + Limits.ROOM_AGAIN.toNanos());
            return;
        }
        Release release = release(manifest, want.manifest(), statement);
        models.store(it -> it.begin(want.name(), release, millis.getAsLong(), want.assigned(), want.shadowMillis()));
        refusals.remove(want.name());
        LOG.info(
                "release {} of model {} is fetched: {} {}",
                release.number(),
                want.name(),
                want.name(),
                release.version());
    }

    private long lacking(ModelManifest manifest) {
        return manifest.files().stream()
                .filter(file -> !models.store(it -> it.has(file.sha256())))
                .mapToLong(FileEntry::size)
                .sum();
    }

    private Release release(ModelManifest manifest, String digest, byte @Nullable [] statement) {
        return new Release(
                manifest.version().toString(),
                manifest.release(),
                digest,
                statement == null ? null : models.store(it -> it.put(statement)),
                manifest.files().stream().map(FileEntry::sha256).distinct().toList());
    }

    private void refuse(Desired.Model want, String reason, long againNanos) {
        Reported.Model told =
                told(want.name(), want.version(), want.release(), want.manifest(), reason, want.assigned());
        refuse(new Refusal(want, told, againNanos));
    }

    private static Reported.Model told(
            String name, String version, long release, String manifest, String reason, long assigned) {
        return new Reported.Model(
                name, version, release, manifest, Reported.ModelState.REJECTED, 0, 0, reason, -1, -1, assigned, null);
    }

    private void refuse(Refusal refusal) {
        Reported.Model told = refusal.told();
        Refusal before = refusals.get(told.name());
        if (before != null && before.told().equals(told)) {
            refusals.put(told.name(), refusal);
            return;
        }
        if (refusals.size() < Limits.REFUSALS || before != null) {
            refusals.put(told.name(), refusal);
        }
        String what = told.name() + " " + told.version() + ", release " + told.release();
        LOG.error("{} is not installed: {}", what, told.reason());
        events.accept("model.rejected", what + ": " + told.reason());
    }

    // ---- from the inbox

    private void lookIntoInbox(Attempts attempts) {
        List<Path> packages;
        try {
            packages = inbox.packages();
        } catch (StoreException e) {
            faults.record("update", String.valueOf(e.getMessage()), e.hint());
            return;
        }
        stuck.retainAll(packages);
        for (Path folder : packages) {
            if (stuck.contains(folder)) {
                continue;
            }
            try {
                takeIn(folder, attempts);
            } catch (StoreException e) {
                faults.record("update", "the package " + folder.getFileName() + ": " + e.getMessage(), e.hint());
            } catch (RuntimeException | OutOfMemoryError e) {
                stuck.add(folder);
                LOG.error("the package {} cannot be taken in", folder.getFileName(), e);
                events.accept("model.rejected", "the package " + folder.getFileName() + ": failed: " + e);
            }
        }
    }

    private void takeIn(Path folder, Attempts attempts) {
        try {
            PackageReader reader = PackageReader.open(folder);
            String name = reader.manifest().name();
            if (models.activation(name).attempt() != null || !attempts.mayBegin(name)) {
                return; // one after the other
            }
            String why = takeIn(reader);
            if (why != null) {
                refuse(reader, why);
            }
        } catch (PackageException e) {
            String what = "the package " + folder.getFileName();
            LOG.error("{} is not installed: {}: {}", what, e.reason().text(), e.getMessage());
            events.accept("model.rejected", what + ": " + e.reason().text() + ": " + e.getMessage());
        }
        stuck.add(folder); // it is not taken in twice where it cannot be deleted
        inbox.remove(folder);
    }

    private void refuse(PackageReader reader, String why) {
        ModelManifest it = reader.manifest();
        Reported.Model told = told(it.name(), it.version().toString(), it.release(), reader.manifestDigest(), why, 0);
        refuse(new Refusal(null, told, Long.MAX_VALUE));
    }

    /** Null, or why it may not be; what is damaged is thrown. */
    private @Nullable String takeIn(PackageReader reader) {
        byte[] statement = reader.statement();
        if (models.manifest(statement, reader.manifestBytes())
                instanceof Verdict.Rejected<ModelManifest>(Reason reason, String text)) {
            return reason.text() + ": " + text;
        }
        ModelManifest manifest = reader.manifest();
        String tooLarge = tooLarge(manifest);
        if (tooLarge != null) {
            return tooLarge;
        }
        String noRoom = models.whyNoRoom(lacking(manifest));
        if (noRoom != null) {
            return "no-room: " + noRoom;
        }
        List<String> put = new ArrayList<>();
        for (FileEntry file : manifest.files()) {
            byte[] bytes;
            try {
                bytes = reader.read(file.name(), file.sha256(), file.size());
            } catch (PackageException e) {
                return e.reason().text() + ": " + e.getMessage();
            }
            put.add(models.store(it -> it.put(bytes)));
        }
        String digest = models.store(it -> it.put(reader.manifestBytes()));
        Release release = release(manifest, digest, statement);
        LOG.info("{} {} was in the inbox: {} files", manifest.name(), release.version(), put.size());
        models.store(it -> {
            it.begin(manifest.name(), release, millis.getAsLong(), 0, 0);
            return it.step(manifest.name(), Attempt.Step.VERIFYING);
        });
        Refusal before = refusals.get(manifest.name());
        if (before != null && Objects.isNull(before.want())) {
            refusals.remove(manifest.name());
        }
        return null;
    }
}
