package io.fulmar.agent.run;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.DeviceClass;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.store.KeptFloors;
import io.fulmar.model.store.KeptTrust;
import io.fulmar.model.store.Limits;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Reported;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
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
    /** Models of which the release that was refused last is told. */
    private static final int REFUSED = 16;

    private static final int ATTEMPTS = 50;
    private static final long PAUSE_NANOS = 100_000_000;

    private final Path dir;
    private final DeviceClass device;
    private final LongSupplier notBeforeMillis;
    private final Conditions conditions;
    private final BiConsumer<String, String> events;
    private final KeptFloors floors;
    private final Set<String> turnedDown = new HashSet<>();
    private final SortedMap<String, Reported.Model> refused = new TreeMap<>();
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
    }

    /**
     * Opens the store of the state directory and takes in what lies in its inbox. Never fails: what is wrong is a condition.
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
        models.takeIn();
        return models;
    }

    private synchronized void openTrust(Path folder, @Nullable Path configured) {
        StringBuilder trouble = new StringBuilder();
        if (floors.trouble() != null) {
            trouble.append(floors.trouble());
        }
        try {
            KeptTrust kept = KeptTrust.open(folder, configured);
            root = kept.root();
            if (kept.trouble() != null) {
                trouble.append(trouble.isEmpty() ? "" : "; ").append(kept.trouble());
            }
        } catch (TrustException e) {
            distrust = "the trust root cannot be used, so no model may be: " + e.getMessage();
        }
        conditions.set(ConditionName.TRUST_DAMAGED, !trouble.isEmpty(), trouble.toString());
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
            for (Release release : candidates(state)) {
                Verdict<VerifiedModel> verdict = turnedDown.contains(release.manifest())
                        ? new Verdict.Rejected<>(Reason.BAD_MODEL, "it cannot be run here")
                        : verified(name, release);
                switch (verdict) {
                    case Verdict.Verified<VerifiedModel>(VerifiedModel model) -> {
                        return found(name, release, model, release.equals(state.active()), why);
                    }
                    case Verdict.Rejected<VerifiedModel>(Reason reason, String text) ->
                        why += (why.isEmpty() ? "" : "; ") + "release " + release.number() + " cannot be used: "
                                + reason.text() + ": " + text;
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

    private Found found(String name, Release release, VerifiedModel model, boolean active, String why) {
        if (!active) {
            degraded(name, why + "; release " + release.number() + " runs instead");
        }
        List<String> labels = List.of();
        ModelManifest.FileEntry file = model.manifest().labels();
        if (file != null) {
            labels = ModelLoader.lines(
                    new String(blobs().read(file.name(), file.sha256(), file.size()), StandardCharsets.UTF_8));
        }
        return new Found.Stored(release, model, labels);
    }

    private void degraded(String name, String why) {
        conditions.raise(ConditionName.MODEL_STORE_DAMAGED, name, "model " + name + ": " + why, HINT);
    }

    /** Of exactly the bytes that are handed on. A release that was accepted runs on when its statement has expired. */
    private Verdict<VerifiedModel> verified(String name, Release release) {
        try {
            byte[] bytes = open().read(release.manifest(), Limits.MANIFEST_BYTES);
            Verdict<ModelManifest> manifest;
            long floor = 0;
            if (root != null && root.names(TrustRole.RELEASE)) {
                if (release.statement() == null) {
                    return new Verdict.Rejected<>(Reason.UNSIGNED, "it was installed without a release statement");
                }
                ReleaseCheck check = new ReleaseCheck(root, floors, device, 0);
                switch (check.statement(open().read(release.statement(), Limits.MANIFEST_BYTES))) {
                    case Verdict.Rejected<ReleaseStatement>(Reason reason, String text) -> {
                        return new Verdict.Rejected<>(reason, text);
                    }
                    case Verdict.Verified<ReleaseStatement>(ReleaseStatement statement) -> {
                        manifest = check.manifest(statement, bytes);
                        floor = statement.floor();
                    }
                }
            } else {
                manifest = ReleaseCheck.suits(ModelManifest.parse(bytes), device);
            }
            return switch (manifest) {
                case Verdict.Rejected<ModelManifest>(Reason reason, String text) ->
                    new Verdict.Rejected<>(reason, text);
                case Verdict.Verified<ModelManifest>(ModelManifest it)
                when !it.name().equals(name) ->
                    new Verdict.Rejected<>(Reason.OTHER_RELEASE, "it is of the model " + it.name());
                case Verdict.Verified<ModelManifest>(ModelManifest it) -> {
                    Verdict<VerifiedModel> model = ReleaseCheck.model(it, blobs());
                    if (model instanceof Verdict.Verified && isActive(name, release)) {
                        raise(name, floor);
                    }
                    yield model;
                }
            };
        } catch (StoreException e) {
            return new Verdict.Rejected<>(Reason.UNREADABLE, String.valueOf(e.getMessage()));
        } catch (PackageException e) {
            return new Verdict.Rejected<>(e.reason(), String.valueOf(e.getMessage()));
        }
    }

    private boolean isActive(String name, Release release) {
        return release.equals(open().activation(name).active());
    }

    /** The release that is active decides what may not come back. */
    private void raise(String name, long floor) {
        try {
            floors.raise(name, floor);
        } catch (StoreException e) {
            conditions.raise(ConditionName.TRUST_DAMAGED, "", String.valueOf(e.getMessage()), e.hint());
        }
    }

    private Blobs blobs() {
        return (what, sha256, size) -> {
            try {
                byte[] bytes = open().read(sha256, size);
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
        return turnedDown.add(release.manifest());
    }

    @Override
    public synchronized String active(String name) {
        Release active = store == null ? null : store.activation(name).active();
        return active == null ? "" : active.manifest();
    }

    // ---- look

    /** The active release of each model and the one that was refused last, for the reported state. */
    public synchronized List<Reported.Model> reported() {
        List<Reported.Model> told = new ArrayList<>();
        for (Activation state : activations()) {
            Release active = state.active();
            if (active != null) {
                told.add(new Reported.Model(
                        state.name(),
                        active.version(),
                        active.number(),
                        active.manifest(),
                        Reported.ModelState.ACTIVE,
                        0,
                        0,
                        null,
                        -1,
                        -1));
            }
        }
        told.addAll(refused.values());
        return told;
    }

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
        return switch (verified(name, previous)) {
            case Verdict.Verified<VerifiedModel>(VerifiedModel model) -> found(name, previous, model, true, "");
            case Verdict.Rejected<VerifiedModel>(Reason reason, String text) ->
                new Found.Nothing(
                        "release " + previous.number() + " cannot be used: " + reason.text() + ": " + text, HINT);
        };
    }

    /** Lets the release before the active one be active; null, or why it could not be written down. */
    public synchronized @Nullable String giveBack(String name) {
        try {
            Release now = Objects.requireNonNull(open().giveBack(name).active());
            conditions.clear(ConditionName.MODEL_STORE_DAMAGED, name);
            events.accept("model.rolled-back", name + " " + now.version() + ", release " + now.number());
            return null;
        } catch (StoreException e) {
            return e.getMessage();
        }
    }

    private synchronized void takeIn() {
        if (store == null || !store.isWritable()) {
            return;
        }
        try {
            Inbox inbox = new Inbox(dir);
            for (Path folder : inbox.claimed()) {
                refuse(folder, "the agent ended while it was tested");
                inbox.remove(folder);
            }
            for (Path folder : inbox.packages()) {
                Path claimed = inbox.claim(folder);
                takeIn(claimed);
                inbox.remove(claimed);
            }
            store.collect();
        } catch (StoreException e) {
            conditions.raise(ConditionName.MODEL_STORE_DAMAGED, "", String.valueOf(e.getMessage()), e.hint());
        }
    }

    private void takeIn(Path folder) {
        String why;
        try {
            why = distrust != null ? distrust : install(PackageReader.open(folder));
        } catch (PackageException e) {
            why = e.reason().text() + ": " + e.getMessage();
        } catch (ModelException e) {
            why = Reason.BAD_MODEL.text() + ": " + e.getMessage();
        }
        if (why != null) {
            refuse(folder, why);
        }
    }

    private void refuse(Path folder, String why) {
        String what = "the package " + folder.getFileName();
        try {
            PackageReader reader = PackageReader.open(folder);
            ModelManifest it = reader.manifest();
            what = it.name() + " " + it.version() + ", release " + it.release();
            if (refused.size() < REFUSED || refused.containsKey(it.name())) {
                refused.put(
                        it.name(),
                        new Reported.Model(
                                it.name(),
                                it.version().toString(),
                                it.release(),
                                reader.manifestDigest(),
                                Reported.ModelState.REJECTED,
                                0,
                                0,
                                why,
                                -1,
                                -1));
            }
        } catch (PackageException e) {
            // it cannot even say what it is
        }
        LOG.error("{} was not installed: {}", what, why);
        events.accept("model.refused", what + ": " + why);
    }

    /** Null, or which golden case it fails. */
    private static @Nullable String golden(VerifiedModel model, PackageReader reader) {
        for (GoldenRun.Outcome outcome :
                GoldenRun.all(model.manifest(), model.model(), reader, InterpreterOptions.DEFAULT)) {
            if (!outcome.passed()) {
                return Reason.GOLDEN_MISMATCH.text() + ": " + outcome.name() + ": " + outcome.text();
            }
        }
        return null;
    }

    /** Null, or why it may not be. */
    private @Nullable String install(PackageReader reader) {
        byte[] statement = reader.statement();
        Verdict<VerifiedModel> verdict;
        if (root != null && root.names(TrustRole.RELEASE)) {
            verdict = new ReleaseCheck(root, floors, device, notBeforeMillis.getAsLong()).check(reader);
        } else {
            verdict = switch (ReleaseCheck.suits(reader.manifest(), device)) {
                case Verdict.Verified<ModelManifest>(ModelManifest manifest) -> ReleaseCheck.files(manifest, reader);
                case Verdict.Rejected<ModelManifest>(Reason reason, String text) ->
                    new Verdict.Rejected<>(reason, text);
            };
        }
        String fault = switch (verdict) {
            case Verdict.Rejected<VerifiedModel>(Reason reason, String text) -> reason.text() + ": " + text;
            case Verdict.Verified<VerifiedModel>(VerifiedModel model) -> golden(model, reader);
        };
        if (fault != null) {
            return fault;
        }
        ModelManifest manifest = reader.manifest();
        long size = manifest.files().stream()
                .filter(file -> !open().has(file.sha256()))
                .mapToLong(ModelManifest.FileEntry::size)
                .sum();
        String noRoom = open().whyNoRoom(size);
        if (noRoom != null) {
            return noRoom;
        }
        for (ModelManifest.FileEntry file : manifest.files()) {
            open().put(reader.read(file.name(), file.sha256(), file.size()));
        }
        String manifestDigest = open().put(reader.manifestBytes());
        Release release = new Release(
                manifest.version().toString(),
                manifest.release(),
                manifestDigest,
                statement == null ? null : open().put(statement),
                manifest.files().stream()
                        .map(ModelManifest.FileEntry::sha256)
                        .distinct()
                        .toList());
        open().install(manifest.name(), release);
        refused.remove(manifest.name());
        LOG.info("model {} {} is installed, release {}", manifest.name(), manifest.version(), manifest.release());
        events.accept(
                "model.installed", manifest.name() + " " + manifest.version() + ", release " + manifest.release());
        return null;
    }

    @Override
    public synchronized void close() {
        if (store != null) {
            store.close();
            store = null;
        }
    }
}
