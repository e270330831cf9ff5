package io.fulmar.agent.run;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.KeptFloors;
import io.fulmar.model.store.Limits;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.ModelRef;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The releases that lie on this device, as far as they may run: what the store says is active, verified again by the trust
 * root, the floors and its digests whenever it is read. What cannot be used gives way to the release before it, and that
 * to the configuration's file, where files may be used at all. Thread-safe.
 */
public final class StoredModels implements ModelSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("model");
    private static final String HINT = "install a package: fulmar model install PACKAGE --state DIR";
    private static final String CRASHED = "the agent ended in its native code at start after start";
    private static final int ATTEMPTS = 50;
    private static final long PAUSE_NANOS = 100_000_000;

    private final Path dir;
    private final DeviceClass device;
    private final LongSupplier notBeforeMillis;
    private final Conditions conditions;
    private final BiConsumer<String, String> events;
    private final KeptFloors floors;
    /** Manifests that cannot be run, and the models that they are of. */
    private final Map<String, String> turnedDown = new HashMap<>();

    /** Why the active release of a model does not run. */
    private final Map<String, String> broken = new HashMap<>();

    private final SharedFiles files = new SharedFiles();
    private final CrashLoops crashes;
    private @Nullable DeviceTrust trust;
    private @Nullable TrustRoot root;
    private @Nullable String distrust;
    private @Nullable ModelStore store;

    private StoredModels(
            Path state,
            DeviceClass device,
            LongSupplier notBeforeMillis,
            Conditions conditions,
            BiConsumer<String, String> events) {
        this.dir = state.resolve("models");
        this.device = device;
        this.notBeforeMillis = notBeforeMillis;
        this.conditions = conditions;
        this.events = events;
        this.floors = KeptFloors.open(state.resolve("trust"));
        this.crashes = CrashLoops.read(dir.resolve("crashes"));
    }

    /**
     * Opens the store of the state directory. Never fails: what is wrong is a condition.
     *
     * @param configuredRoot the trust root that the configuration names
     * @param agentVersion of this software
     * @param notBeforeMillis a time that has certainly passed
     * @param events takes what belongs into the device's history: its name and what there is to say
     */
    public static StoredModels open(
            Path state,
            @Nullable Path configuredRoot,
            @Nullable String board,
            String agentVersion,
            LongSupplier notBeforeMillis,
            Conditions conditions,
            BiConsumer<String, String> events) {
        DeviceClass device = new DeviceClass(board, Objects.requireNonNull(SemanticVersion.ofText(agentVersion)));
        StoredModels models = new StoredModels(state, device, notBeforeMillis, conditions, events);
        models.openTrust(state.resolve("trust"), configuredRoot);
        models.openStore();
        return models;
    }

    private synchronized void openTrust(Path folder, @Nullable Path configured) {
        StringBuilder trouble = new StringBuilder();
        if (floors.trouble() != null) {
            trouble.append(floors.trouble());
        }
        trust = DeviceTrust.open(folder, configured);
        root = trust.root();
        if (trust.trouble() != null) {
            trouble.append(trouble.isEmpty() ? "" : "; ").append(trust.trouble());
        }
        if (trust.broken() != null) {
            distrust = "no model may be used: " + trust.broken();
        }
        conditions.set(ConditionName.TRUST_DAMAGED, !trouble.isEmpty(), trouble.toString());
    }

    /** Whom this device believes. */
    public synchronized DeviceTrust trust() {
        return Objects.requireNonNull(trust);
    }

    /** Takes trust roots that are to follow the one of now; releases are checked by the new one from then on. */
    public synchronized Succession succeed(byte[] chain) {
        Succession said = trust().take(chain);
        root = trust().root();
        return said;
    }

    private synchronized void openStore() {
        for (int i = 1; store == null; i++) {
            try {
                store = ModelStore.open(dir);
            } catch (StoreException e) {
                if (i == ATTEMPTS || e.category() == StoreException.Category.DAMAGED || !e.isInUse()) {
                    conditions.raise(ConditionName.MODEL_STORE_DAMAGED, "", String.valueOf(e.getMessage()), e.hint());
                    return;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        String trouble = store.trouble();
        if (trouble != null) {
            conditions.raise(ConditionName.MODEL_STORE_DAMAGED, trouble);
        } else if (store.torn() != null) {
            LOG.warn("{}", store.torn());
        }
    }

    // ---- find

    @Override
    public synchronized Found find(String name) {
        if (distrust != null) {
            return new Found.Nothing(distrust, "give the device its trust root again");
        }
        String why = "";
        if (store != null) {
            Activation state = store.activation(name);
            Found onTrial = onTrial(state);
            if (onTrial != null) {
                return onTrial;
            }
            for (Release release : candidates(state)) {
                boolean active = release.equals(state.active());
                switch (runnable(name, release)) {
                    case Verdict.Verified<Found.Stored>(Found.Stored found) -> {
                        if (active) {
                            broken.remove(name);
                        } else {
                            degraded(name, why + "; release " + release.number() + " runs instead");
                        }
                        return found;
                    }
                    case Verdict.Rejected<Found.Stored>(Reason reason, String text) -> {
                        if (active) {
                            broken.put(name, reason.text() + ": " + text);
                        }
                        why += (why.isEmpty() ? "" : "; ") + "release " + release.number() + " cannot be used: "
                                + reason.text() + ": " + text;
                    }
                }
            }
        }
        boolean filesMayRun = root == null || !root.names(TrustRole.RELEASE);
        if (!why.isEmpty()) {
            degraded(name, why + (filesMayRun ? "; the configuration's file runs, if there is one" : ""));
        }
        return filesMayRun
                ? new Found.InFile()
                : new Found.Nothing(
                        why.isEmpty() ? "model " + name + ": models must be signed here" : "model " + name + ": " + why,
                        HINT);
    }

    private Verdict<Found.Stored> runnable(String name, Release release) {
        if (turnedDown.containsKey(release.manifest())) {
            return new Verdict.Rejected<>(Reason.BAD_MODEL, "it cannot be run here");
        }
        return release.files().stream().anyMatch(crashes::isLoop)
                ? new Verdict.Rejected<>(Reason.BAD_MODEL, CRASHED)
                : verified(name, release);
    }

    /** What is tried runs until it is proved or given up, whoever opens the pipeline. */
    private @Nullable Found onTrial(Activation state) {
        Attempt attempt = state.attempt();
        if (attempt == null
                || attempt.step() != Attempt.Step.TRIAL
                || turnedDown.containsKey(attempt.release().manifest())) {
            return null;
        }
        return verified(state.name(), attempt.release()) instanceof Verdict.Verified<Found.Stored>(var found)
                ? found
                : null;
    }

    private static List<Release> candidates(Activation state) {
        List<Release> candidates = new ArrayList<>();
        if (state.active() != null) {
            candidates.add(state.active());
        }
        if (state.previous() != null) {
            candidates.add(state.previous());
        }
        return candidates;
    }

    private void degraded(String name, String why) {
        conditions.raise(ConditionName.MODEL_STORE_DAMAGED, name, "model " + name + ": " + why, HINT);
    }

    /** Of exactly the bytes that are handed on. A release that was accepted runs on when its statement has expired. */
    private Verdict<Found.Stored> verified(String name, Release release) {
        return switch (checked(name, release, 0, false)) {
            case Verdict.Rejected<VerifiedModel>(Reason reason, String text) -> new Verdict.Rejected<>(reason, text);
            case Verdict.Verified<VerifiedModel>(VerifiedModel model) -> {
                if (isActive(name, release)) {
                    raiseFloor(name, release);
                }
                yield withLabels(release, model);
            }
        };
    }

    private Verdict<Found.Stored> withLabels(Release release, VerifiedModel model) {
        ModelManifest.FileEntry file = model.manifest().labels();
        if (file == null) {
            return new Verdict.Verified<>(new Found.Stored(release, model, List.of()));
        }
        try {
            byte[] text = blobs().read(file.name(), file.sha256(), file.size());
            List<String> labels = ModelLoader.lines(new String(text, StandardCharsets.UTF_8));
            return new Verdict.Verified<>(new Found.Stored(release, model, labels));
        } catch (PackageException e) {
            return new Verdict.Rejected<>(e.reason(), String.valueOf(e.getMessage()));
        }
    }

    private Verdict<VerifiedModel> checked(String name, Release release, long certainlyPassed, boolean everyFile) {
        try {
            byte[] manifest = open().read(release.manifest(), Limits.MANIFEST_BYTES);
            byte[] statement =
                    release.statement() == null ? null : open().read(release.statement(), Limits.MANIFEST_BYTES);
            return switch (acceptable(statement, manifest, certainlyPassed)) {
                case Verdict.Rejected<ModelManifest>(Reason reason, String text) ->
                    new Verdict.Rejected<>(reason, text);
                case Verdict.Verified<ModelManifest>(ModelManifest it)
                when !it.name().equals(name) ->
                    new Verdict.Rejected<>(Reason.OTHER_RELEASE, "it is of the model " + it.name());
                case Verdict.Verified<ModelManifest>(ModelManifest it) ->
                    everyFile ? ReleaseCheck.files(it, blobs()) : ReleaseCheck.model(it, blobs());
            };
        } catch (StoreException e) {
            return new Verdict.Rejected<>(Reason.UNREADABLE, String.valueOf(e.getMessage()));
        } catch (PackageException e) {
            return new Verdict.Rejected<>(e.reason(), String.valueOf(e.getMessage()));
        }
    }

    private Verdict<ModelManifest> acceptable(byte @Nullable [] statement, byte[] manifest, long certainlyPassed) {
        if (root == null || !root.names(TrustRole.RELEASE)) {
            return ReleaseCheck.suits(ModelManifest.parse(manifest), device);
        }
        return switch (statement(statement, certainlyPassed)) {
            case Verdict.Rejected<ReleaseStatement>(Reason reason, String text) -> new Verdict.Rejected<>(reason, text);
            case Verdict.Verified<ReleaseStatement>(ReleaseStatement said) ->
                new ReleaseCheck(root, floors, device, certainlyPassed).manifest(said, manifest);
        };
    }

    private Verdict<ReleaseStatement> statement(byte @Nullable [] envelope, long certainlyPassed) {
        return envelope == null
                ? new Verdict.Rejected<>(Reason.UNSIGNED, "there is no release statement, and this device wants one")
                : new ReleaseCheck(Objects.requireNonNull(root), floors, device, certainlyPassed).statement(envelope);
    }

    private boolean isActive(String name, Release release) {
        return release.equals(open().activation(name).active());
    }

    /** The release that is active decides what may not come back. */
    private void raiseFloor(String name, Release release) {
        if (root == null || release.statement() == null) {
            return;
        }
        try {
            if (statement(open().read(release.statement(), Limits.MANIFEST_BYTES), 0)
                    instanceof Verdict.Verified<ReleaseStatement>(ReleaseStatement it)) {
                floors.raise(name, it.floor());
            }
        } catch (StoreException e) {
            conditions.raise(ConditionName.TRUST_DAMAGED, "", String.valueOf(e.getMessage()), e.hint());
        }
    }

    /** The files of the store, with their digests compared. Thread-safe. */
    public Blobs blobs() {
        return (what, sha256, size) -> {
            try {
                byte[] bytes = store(it -> it.read(sha256, size));
                if (bytes.length != size) {
                    throw new PackageException(Reason.TRUNCATED, what + " has " + bytes.length + " bytes, not " + size);
                }
                return bytes;
            } catch (StoreException e) {
                throw new PackageException(Reason.DIGEST_MISMATCH, what + ": " + e.getMessage(), e);
            }
        };
    }

    private ModelStore open() {
        return Objects.requireNonNull(store);
    }

    @Override
    public synchronized boolean turnDown(String name, Release release, String reason) {
        LOG.error("release {} of model {} cannot be run here: {}", release.number(), name, reason);
        return turnedDown.put(release.manifest(), name) == null;
    }

    @Override
    public synchronized String active(String name) {
        Release active = store == null ? null : store.activation(name).active();
        return active == null ? "" : active.manifest();
    }

    @Override
    public ModelFile shared(ModelFile file) {
        return files.of(file);
    }

    @Override
    public synchronized String mark(String name) {
        Attempt attempt = store == null ? null : store.activation(name).attempt();
        String tried = attempt == null || attempt.step() != Attempt.Step.TRIAL
                ? ""
                : attempt.release().manifest();
        return active(name) + " " + (turnedDown.containsKey(tried) ? "" : tried);
    }

    // ---- look

    /** Where each model of the store stands. */
    public synchronized List<Activation> activations() {
        return store == null ? List.of() : store.activations();
    }

    // ---- change

    /** The release before the active one, verified; {@link Found.Nothing} says why there is none. */
    public synchronized Found previous(String name) {
        Release previous = store == null ? null : store.activation(name).previous();
        if (previous == null) {
            return new Found.Nothing("model " + name + " has no release before", HINT);
        }
        return release(name, previous);
    }

    // ---- for the one who changes it

    /** Whether there is a store that can be written, and somebody to believe. */
    public synchronized boolean canChange() {
        return store != null && store.isWritable() && distrust == null;
    }

    /** Tries again what the disk did not allow when the agent started; returns whether releases can be changed now. */
    public synchronized boolean reopen() {
        if (store != null && !store.isWritable() && store.reopenForWriting()) {
            LOG.info("the model store in {} can be written again", dir);
        }
        return canChange();
    }

    /**
     * Has the store do something; whoever changes where a model stands is the updater, or runs where it does not.
     *
     * @throws StoreException if the disk does not
     */
    public synchronized <T> T store(Function<ModelStore, T> what) {
        return what.apply(open());
    }

    /** Why the disk has no room for that many more bytes; null if it has. */
    public synchronized @Nullable String whyNoRoom(long bytes) {
        return open().whyNoRoom(bytes);
    }

    /**
     * The process before this one ended in native code of these model files. A release that has proved itself and does that at
     * start after start is not run any more: the one before it is, or none, so that the device can still be told what to do.
     */
    public synchronized void died(Collection<String> models) {
        Collection<String> loops = crashes.died(models);
        for (Activation state : activations()) {
            Release active = state.active();
            if (active != null && active.files().stream().anyMatch(loops::contains)) {
                LOG.error("model {}, release {} is withdrawn: {}", state.name(), active.number(), CRASHED);
                events.accept(
                        "model.withdrawn",
                        state.name() + " " + active.version() + ", release " + active.number() + ": " + CRASHED);
            }
        }
    }

    /** The agent has run for so long that how the process before ended means nothing any more. */
    public synchronized void ranWell() {
        crashes.died(List.of());
    }

    /** Where that model stands. */
    public Activation activation(String name) {
        return store(it -> it.activation(name));
    }

    /** Whether that is on trial, or of a release that is not active any more and about to be exchanged. */
    public synchronized boolean isPassing(ModelRef model) {
        if (store == null) {
            return false;
        }
        Activation state = store.activation(model.name());
        Attempt attempt = state.attempt();
        Release active = state.active();
        boolean onTrial = attempt != null && attempt.step() == Attempt.Step.TRIAL;
        return onTrial || (active != null && !active.files().contains(model.sha256()));
    }

    /** Lets the release before the active one be active; null, or why it could not be written down. */
    public synchronized @Nullable String giveBack(String name, long desiredVersion) {
        try {
            Release now = Objects.requireNonNull(open().giveBack(name, desiredVersion, "taken-back: by a command")
                    .active());
            proved(name);
            events.accept("model.rolled-back", name + " " + now.version() + ", release " + now.number());
            return null;
        } catch (StoreException e) {
            return e.getMessage();
        }
    }

    /** Why a release with this statement may not be installed here now; null if nothing of that speaks against it. */
    public synchronized @Nullable String objection(byte @Nullable [] statement) {
        if (root == null || !root.names(TrustRole.RELEASE)) {
            return null;
        }
        return statement(statement, notBeforeMillis.getAsLong())
                        instanceof Verdict.Rejected<ReleaseStatement>(Reason reason, String text)
                ? reason.text() + ": " + text
                : null;
    }

    /** The manifest in these bytes, if this device may install what it describes. */
    public synchronized Verdict<ModelManifest> manifest(byte @Nullable [] statement, byte[] manifest) {
        try {
            return acceptable(statement, manifest, notBeforeMillis.getAsLong());
        } catch (PackageException e) {
            return new Verdict.Rejected<>(e.reason(), String.valueOf(e.getMessage()));
        }
    }

    /** Checks every file of a release that is about to be installed. */
    public synchronized Verdict<VerifiedModel> check(String name, Release release) {
        return checked(name, release, notBeforeMillis.getAsLong(), true);
    }

    /** That release as a pipeline can run it, or why none can. */
    public synchronized Found release(String name, Release release) {
        return switch (verified(name, release)) {
            case Verdict.Verified<Found.Stored>(Found.Stored found) -> found;
            case Verdict.Rejected<Found.Stored>(Reason reason, String text) ->
                new Found.Nothing(
                        "release " + release.number() + " cannot be used: " + reason.text() + ": " + text, HINT);
        };
    }

    /** What is active now has proved itself, or was asked for by a person: how it did before means nothing any more. */
    public synchronized void proved(String name) {
        Release active = open().activation(name).active();
        if (active != null) {
            crashes.forget(active.files());
            broken.remove(name);
        }
        settled(name);
    }

    /** What is active now was decided anew: what was wrong with it before is over, and its floor counts. */
    public synchronized void settled(String name) {
        Attempt attempt = open().activation(name).attempt();
        String attempted = attempt == null ? "" : attempt.release().manifest();
        turnedDown
                .entrySet()
                .removeIf(it -> it.getValue().equals(name) && !it.getKey().equals(attempted));
        if (!broken.containsKey(name)) {
            conditions.clear(ConditionName.MODEL_STORE_DAMAGED, name);
        }
        Release active = open().activation(name).active();
        if (active != null) {
            raiseFloor(name, active);
        }
    }

    /** Why the active release of that model does not run here; null if it does, as far as anybody has tried. */
    public synchronized @Nullable String broken(String name) {
        return broken.get(name);
    }

    /** Takes another statement for the release that is active, if that may be installed by it. Returns whether it was. */
    public synchronized boolean restate(String name, byte[] statement) {
        Release active = open().activation(name).active();
        String digest = Digest.of(statement);
        if (active == null || digest.equals(active.statement())) {
            return false;
        }
        byte[] manifest = open().read(active.manifest(), Limits.MANIFEST_BYTES);
        if (!(acceptable(statement, manifest, notBeforeMillis.getAsLong())
                instanceof Verdict.Verified<ModelManifest>)) {
            return false;
        }
        open().put(statement);
        open().restate(name, digest);
        raiseFloor(name, Objects.requireNonNull(open().activation(name).active()));
        LOG.info("model {}, release {} is stated anew", name, active.number());
        return true;
    }

    /** Deletes what of a release has rotted on the disk, so that it is fetched again. */
    public synchronized void discardDamaged(Release release) {
        for (String blob : release.blobs()) {
            try {
                open().read(blob, Integer.MAX_VALUE);
            } catch (StoreException e) {
                if (e.category() == StoreException.Category.DAMAGED) {
                    LOG.warn("{}", e.getMessage());
                    open().discard(blob);
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        if (store != null) {
            store.close();
            store = null;
        }
    }
}
