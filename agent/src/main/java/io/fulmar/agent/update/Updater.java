package io.fulmar.agent.update;

import io.fulmar.agent.configure.Configurator;
import io.fulmar.agent.configure.Exchanged;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.agent.run.Worker;
import io.fulmar.agent.trial.Judgement;
import io.fulmar.agent.trial.TestResult;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a release from its assignment to the pipelines, or back: fetched, verified, tested, tried. Each step ends with one
 * entry of the journal, so that a device that dies goes on where it was, and counts how often that happened.
 *
 * <p>It has a thread of its own: neither a pipeline nor the link nor a command ever waits for it. Owned by that thread,
 * except {@link #want}, {@link #offer} and {@link #reported}, which are thread-safe.
 */
public final class Updater implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("model.update");

    private final StoredModels models;
    private final Configurator configurator;
    private final FaultLog faults;
    private final BiConsumer<String, String> events;
    private final Doorbell doorbell;
    private final Pieces pieces;
    private final Fetcher fetcher;
    private final Intake intake;
    private final Proving proving;
    private final Progress progress;
    private final Set<String> returning = new TreeSet<>();
    private final AtomicReference<List<Reported.Model>> reported = new AtomicReference<>(List.of());
    private final long startNanos = System.nanoTime();
    private boolean ranWell;
    private boolean collectDue = true;
    private long againNanos = startNanos;

    /**
     * What the updater works with.
     *
     * @param state the state directory
     * @param millis the best clock there is
     * @param events takes what belongs into the device's history: its name and what there is to say
     *     <p>Immutable.
     */
    public record Parts(
            String device,
            Path state,
            StoredModels models,
            Configurator configurator,
            ControlWorker control,
            Proving proving,
            LongSupplier millis,
            RandomGenerator random,
            BiConsumer<String, String> events,
            Counters counters,
            FaultLog faults,
            Doorbell doorbell,
            Doorbell controlDoorbell) {}

    public Updater(Parts parts) {
        this.models = parts.models();
        this.configurator = parts.configurator();
        this.faults = parts.faults();
        this.events = parts.events();
        this.doorbell = parts.doorbell();
        this.proving = parts.proving();
        this.pieces = new Pieces(doorbell);
        this.fetcher = new Fetcher(
                parts.device(),
                models,
                parts.control(),
                parts.controlDoorbell(),
                pieces,
                parts.counters(),
                parts.random(),
                () -> Objects.requireNonNullElse(configurator.config().update().rateBytes(), Long.MAX_VALUE));
        this.intake = new Intake(
                models,
                new Inbox(parts.state().resolve("models")),
                fetcher,
                proving::holdsOne,
                parts.millis(),
                events,
                faults);
        this.progress = new Progress(intake);
        show();
    }

    // ---- from other threads

    /** Takes which releases the fleet wants now; never blocks. */
    public void want(List<Desired.Model> releases) {
        intake.want(releases);
        doorbell.ring();
    }

    /** Takes a message from a topic of blobs; never blocks. */
    public void offer(Topic topic, InboundMessage message) {
        pieces.offer(topic, message);
    }

    /** How each release stands. */
    public List<Reported.Model> reported() {
        return Objects.requireNonNull(reported.get());
    }

    // ---- the thread

    @Override
    public int work(long nowNanos) {
        if (!models.canChange()) {
            if (nowNanos - againNanos < 0) {
                return 0;
            }
            againNanos = nowNanos + Limits.AGAIN.toNanos();
            if (!models.reopen()) {
                return 0;
            }
        }
        if (!ranWell && nowNanos - startNanos >= Limits.RAN_WELL.toNanos()) {
            ranWell = true;
            models.ranWell();
        }
        returning.addAll(proving.endOrphans(models.activations()));
        int done = giveBack(nowNanos);
        boolean fetching = intake.look(attempts, nowNanos);
        for (Activation state : models.activations()) {
            Attempt attempt = state.attempt();
            if (attempt != null && !returning.contains(state.name())) {
                boolean downloading = attempt.step() == Attempt.Step.DOWNLOADING;
                if (!downloading || !fetching) {
                    done += advanceIfPossible(state.name(), attempt, nowNanos);
                }
                fetching |= downloading;
            }
        }
        if (!fetching) {
            fetcher.stop();
            collect();
        }
        show();
        return done;
    }

    /** What goes wrong with one release does not hold up the others, and ends nothing but it. */
    private int advanceIfPossible(String name, Attempt attempt, long nowNanos) {
        Course course = progress.course(name, attempt);
        if (course.pausesUntil(nowNanos)) {
            return 0;
        }
        try {
            return advance(name, attempt, course, nowNanos);
        } catch (StoreException e) {
            faults.record("update", String.valueOf(e.getMessage()), e.hint());
            course.pause(nowNanos + Limits.AGAIN.toNanos());
            if (e.category() == StoreException.Category.DAMAGED) {
                beginAgain(name, attempt);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("{} cannot go on", text(name, attempt.release()), e);
            giveUp(name, attempt, course, "failed: " + e);
        }
        return 0;
    }

    /** What has rotted meanwhile is fetched again. */
    private void beginAgain(String name, Attempt attempt) {
        try {
            models.discardDamaged(attempt.release());
            if (change(name, attempt, it -> it.abandon(name))) {
                ended(name, attempt);
            }
        } catch (StoreException e) {
            faults.record("update", String.valueOf(e.getMessage()), e.hint());
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        return (fetcher.isBusy() ? Limits.LOOK_AT_PIECES : Limits.LOOK).toNanos();
    }

    private void collect() {
        if (collectDue) {
            collectDue = false;
            try {
                int files = models.store(ModelStore::collect);
                LOG.debug("{} files that no release needs were deleted", files);
            } catch (StoreException e) {
                faults.record("update", String.valueOf(e.getMessage()), e.hint());
            }
        }
    }

    private final Intake.Attempts attempts = new Intake.Attempts() {
        @Override
        public boolean mayBegin(String name) {
            return !returning.contains(name);
        }

        @Override
        public void supersede(String name, String by) {
            Attempt attempt = models.activation(name).attempt();
            if (attempt == null || !change(name, attempt, it -> it.abandon(name))) {
                return;
            }
            String what = text(name, attempt.release());
            LOG.info("{} is left, since {} is wanted", what, by);
            events.accept("model.superseded", what + " by " + by);
            ended(name, attempt);
        }

        @Override
        public void restated(String name) {
            if (models.broken(name) != null) { // it did not run by the statement before
                returning.add(name);
            }
        }
    };

    private static String text(String name, Release release) {
        return name + " " + release.version() + ", release " + release.number();
    }

    // ---- the steps

    private int advance(String name, Attempt attempt, Course course, long nowNanos) {
        if (course.fault != null) {
            giveUp(name, attempt, course, course.fault); // the journal did not take it before
            return 1;
        }
        return switch (attempt.step()) {
            case DOWNLOADING -> download(name, attempt, course, nowNanos);
            case VERIFYING -> verify(name, attempt, course, nowNanos);
            case STAGED -> step(name, attempt, Attempt.Step.TESTING);
            case TESTING -> test(name, attempt, course);
            case SHADOW -> shadow(name, attempt, course, nowNanos);
            case TRIAL -> trial(name, attempt, course, nowNanos);
        };
    }

    private int step(String name, Attempt attempt, Attempt.Step step) {
        change(name, attempt, it -> it.step(name, step));
        return 1;
    }

    /** Writes down a transition, unless a command has ended the attempt meanwhile. */
    private boolean change(String name, Attempt attempt, Consumer<ModelStore> transition) {
        return models.store(it -> {
            boolean same = attempt.equals(it.activation(name).attempt());
            if (same) {
                transition.accept(it);
            }
            return same;
        });
    }

    private int download(String name, Attempt attempt, Course course, long nowNanos) {
        ModelManifest manifest = manifest(attempt.release());
        List<FileEntry> files = manifest.files();
        long here = 0;
        course.total = files.stream().mapToLong(FileEntry::size).sum();
        List<FileEntry> lacking = new ArrayList<>();
        for (FileEntry file : files) {
            if (models.store(it -> it.has(file.sha256()))) {
                here += file.size();
            } else {
                lacking.add(file);
            }
        }
        course.done = here;
        if (lacking.isEmpty()) {
            return step(name, attempt, Attempt.Step.VERIFYING);
        }
        FileEntry next = lacking.getFirst();
        List<String> have = next.role() == ModelManifest.Role.MODEL ? similar(name) : List.of();
        switch (fetcher.fetch(next.sha256(), next.size(), have, nowNanos)) {
            case Fetcher.Result.Going going -> course.done = here + going.done();
            case Fetcher.Result.Got _ -> {
                return 1;
            }
            case Fetcher.Result.Failed failed -> giveUp(name, attempt, course, failed.reason());
        }
        return 0;
    }

    /** The model files of the releases that lie here, of which a patch may be made. */
    private List<String> similar(String name) {
        List<String> have = new ArrayList<>();
        Activation state = models.activation(name);
        for (Release release : new Release[] {state.active(), state.previous()}) {
            if (release != null && models.store(it -> it.has(release.manifest()))) {
                have.add(manifest(release).model().sha256());
            }
        }
        return have.stream().distinct().toList();
    }

    private ModelManifest manifest(Release release) {
        return ModelManifest.parse(
                models.store(it -> it.read(release.manifest(), io.fulmar.model.store.Limits.MANIFEST_BYTES)));
    }

    private int verify(String name, Attempt attempt, Course course, long nowNanos) {
        course.whole(nowNanos);
        switch (models.check(name, attempt.release())) {
            case Verdict.Rejected<VerifiedModel>(Reason reason, String text) ->
                giveUp(name, attempt, course, reason.text() + ": " + text);
            case Verdict.Verified<VerifiedModel> _ -> step(name, attempt, Attempt.Step.STAGED);
        }
        return 1;
    }

    private int test(String name, Attempt attempt, Course course) {
        switch (proving.test(name, attempt.release())) {
            case null -> {
                return 0;
            }
            case TestResult.Passed passed -> {
                course.numbers = new Reported.Numbers(0, 0, passed.p95Micros(), passed.memoryBytes());
                step(name, attempt, attempt.shadowMillis() > 0 ? Attempt.Step.SHADOW : Attempt.Step.TRIAL);
            }
            case TestResult.Failed failed -> giveUp(name, attempt, course, failed.reason() + ": " + failed.text());
        }
        return 1;
    }

    private int shadow(String name, Attempt attempt, Course course, long nowNanos) {
        Judgement judgement =
                proving.shadow(name, attempt.release(), Duration.ofMillis(attempt.shadowMillis()), nowNanos);
        course.numbers = judgement.numbers();
        switch (judgement) {
            case Judgement.GoesOn _ -> {
                return 0;
            }
            case Judgement.Failed failed -> giveUp(name, attempt, course, failed.reason() + ": " + failed.text());
            case Judgement.Passed _ -> giveUp(name, attempt, course, Progress.SHADOWED + proving.compared(name));
        }
        return 1;
    }

    private int trial(String name, Attempt attempt, Course course, long nowNanos) {
        if (!course.running) {
            return exchange(name, attempt, course, nowNanos);
        }
        Judgement judgement = proving.judge(name, course, System.nanoTime());
        course.numbers = judgement.numbers();
        switch (judgement) {
            case Judgement.GoesOn _ -> {
                return 0;
            }
            case Judgement.Failed failed -> giveUp(name, attempt, course, failed.reason() + ": " + failed.text());
            case Judgement.Passed _ -> prove(name, attempt, course);
        }
        return 1;
    }

    /** Lets the pipelines run it; where they do already, after a start, nothing happens to them. */
    private int exchange(String name, Attempt attempt, Course course, long nowNanos) {
        if (!(models.release(name, attempt.release()) instanceof Found.Stored stored)) {
            giveUp(name, attempt, course, Reason.BAD_MODEL.text() + ": it cannot be read any more");
            return 1;
        }
        course.begins(stored.model().manifest(), proving.tallies(name, stored));
        switch (proving.run(name, stored)) {
            case Exchanged.Refused(String reason, boolean forNow) -> {
                if (!forNow) {
                    giveUp(name, attempt, course, "does-not-fit: " + reason);
                } else if (course.waiting(nowNanos).compareTo(Limits.EXCHANGE_WITHIN) > 0) {
                    giveUp(name, attempt, course, "no-exchange: " + reason);
                } else {
                    course.pause(nowNanos + Limits.AGAIN.toNanos());
                    return 0;
                }
            }
            case Exchanged.Done done -> {
                course.runs(done.took().toNanos(), nowNanos);
                String what = text(name, attempt.release());
                LOG.info("{} is on trial in the pipelines, {} ms after its files were here", what, course.swapMillis);
                events.accept("model.trial", what);
            }
        }
        return 1;
    }

    private void prove(String name, Attempt attempt, Course course) {
        if (!change(name, attempt, it -> it.prove(name))) {
            return;
        }
        course.ends();
        models.proved(name);
        collectDue = true;
        String what = text(name, attempt.release());
        LOG.info("{} has proved itself", what);
        events.accept("model.updated", what);
    }

    private void giveUp(String name, Attempt attempt, Course course, String reason) {
        boolean shadowed = reason.startsWith(Progress.SHADOWED);
        String what = text(name, attempt.release());
        course.fault = reason;
        try {
            if (!change(name, attempt, it -> it.giveUp(name, reason))) {
                return;
            }
        } catch (StoreException e) {
            // the disk does not hold up what has to be done at once: it does not run any more, and is written down
            // later
            faults.record("update", String.valueOf(e.getMessage()), e.hint());
            course.pause(System.nanoTime() + Limits.AGAIN.toNanos());
            if (attempt.step() == Attempt.Step.TRIAL && models.turnDown(name, attempt.release(), reason)) {
                returning.add(name);
                giveBack(System.nanoTime());
            }
            return;
        }
        course.ends();
        boolean tried = attempt.step() == Attempt.Step.TRIAL;
        if (shadowed) {
            LOG.info("{} has run beside the active one: {}", what, reason);
            events.accept("model.shadowed", what + ": " + reason);
        } else {
            LOG.error("{} is {}: {}", what, tried ? "taken back" : "rejected", reason);
            events.accept(tried ? "model.rolled-back" : "model.rejected", what + ": " + reason);
        }
        ended(name, attempt);
        if (shadowed) {
            collectDue = false; // whoever has seen how it does may want it next
        }
    }

    /** Nothing of an attempt is under way any more; what ran before it runs again. */
    private void ended(String name, Attempt attempt) {
        collectDue = true;
        if (proving.stop(name, attempt.release()) || attempt.step() == Attempt.Step.TRIAL) {
            returning.add(name);
            giveBack(System.nanoTime());
        }
    }

    private int giveBack(long nowNanos) {
        int done = 0;
        if (nowNanos - againNanos < 0) {
            return 0;
        }
        for (String name : List.copyOf(returning)) {
            switch (proving.run(name, models.find(name))) {
                case Exchanged.Done _ -> {
                    returning.remove(name);
                    models.settled(name);
                    done++;
                }
                case Exchanged.Refused(String reason, boolean _) -> {
                    faults.record("update", "model " + name + " cannot be given back yet: " + reason, null);
                    againNanos = nowNanos + Limits.AGAIN.toNanos();
                }
            }
        }
        return done;
    }

    private void show() {
        reported.set(progress.told(models.activations(), models::broken));
    }

    @Override
    public void close() {
        proving.close();
        fetcher.close();
    }
}
