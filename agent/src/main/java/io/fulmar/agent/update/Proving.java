package io.fulmar.agent.update;

import io.fulmar.agent.configure.Configurator;
import io.fulmar.agent.configure.Exchanged;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.agent.run.Aside;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.agent.trial.Judgement;
import io.fulmar.agent.trial.ModelTest;
import io.fulmar.agent.trial.Shadow;
import io.fulmar.agent.trial.TestResult;
import io.fulmar.agent.trial.TrialJudge;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.UpdateSettings;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Release;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets a release show what it can: beside the model that runs, and in the pipelines. Owned by the update thread. */
public final class Proving {
    private static final Reported.Numbers NOTHING = new Reported.Numbers(0, 0, -1, -1);

    private final StoredModels models;
    private final Configurator configurator;
    private final Pipelines pipelines;
    private final Breadcrumbs breadcrumbs;
    private final Runner runner;
    private final Map<String, Beside> shadows = new HashMap<>();
    private @Nullable Aside<TestResult> testing;
    private @Nullable Release tested;

    /** The model whose pipelines have none; null while all have theirs. */
    private @Nullable String resting;

    /** A release that runs beside the active one. */
    private record Beside(Release release, Shadow shadow, long sinceNanos) {}

    public Proving(
            Runner runner,
            StoredModels models,
            Configurator configurator,
            Pipelines pipelines,
            Breadcrumbs breadcrumbs) {
        this.runner = runner;
        this.models = models;
        this.configurator = configurator;
        this.pipelines = pipelines;
        this.breadcrumbs = breadcrumbs;
    }

    /** What came of its test; null while it goes on. One release is tested at a time, the others wait. */
    @Nullable
    TestResult test(String name, Release release) {
        if (testing == null) {
            if (!(models.release(name, release) instanceof Found.Stored stored)) {
                return new TestResult.Failed("bad-model", "it cannot be read any more");
            }
            rest(name);
            InterpreterOptions options =
                    configurator.config().model(name).map(ModelLoader::options).orElse(InterpreterOptions.DEFAULT);
            testing = Aside.begin(
                    "model-test", () -> ModelTest.run(stored.model(), models.blobs(), options, breadcrumbs));
            tested = release;
        }
        Aside<TestResult> now = Objects.requireNonNull(testing);
        if (!release.equals(tested)) {
            return null;
        }
        TestResult result = now.result();
        if (result == null && now.since().compareTo(Limits.TEST) > 0) {
            result = new TestResult.Failed(
                    "hung", "its test has not ended in " + Limits.TEST.toSeconds() + " s and is left behind");
        }
        if (result != null) {
            testing = null;
        }
        return result;
    }

    /** A device that cannot hold two models closes the one that runs. */
    private void rest(String name) {
        if (holdsOne()) {
            resting = name;
            configurator.rest(name);
        }
    }

    /** Whether this device cannot hold two models at once. */
    boolean holdsOne() {
        return configurator.config().update().load() == UpdateSettings.Load.IN_PLACE;
    }

    /** Ends what no attempt stands for any more, since a command has ended that; the models whose pipelines wait for it. */
    List<String> endOrphans(List<Activation> activations) {
        List<String> waiting = new ArrayList<>();
        Release inTest = tested;
        if (inTest != null && activations.stream().noneMatch(it -> isAt(it, inTest, Attempt.Step.TESTING))) {
            testing = null; // one that is still at it is left behind
            tested = null;
        }
        shadows.entrySet().stream()
                .filter(shadow -> activations.stream()
                        .noneMatch(it -> isAt(it, shadow.getValue().release(), Attempt.Step.SHADOW)))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::endShadow);
        String rested = resting;
        if (rested != null && activations.stream().noneMatch(it -> it.name().equals(rested) && it.attempt() != null)) {
            resting = null;
            waiting.add(rested);
        }
        return waiting;
    }

    private static boolean isAt(Activation state, Release release, Attempt.Step step) {
        Attempt attempt = state.attempt();
        return attempt != null && attempt.step() == step && attempt.release().equals(release);
    }

    /** Lets a release run beside the active one for that time; what has come of it so far. */
    Judgement shadow(String name, Release release, Duration time, long nowNanos) {
        Beside now = shadows.get(name);
        if (now != null && !now.release().equals(release)) {
            endShadow(name);
            now = null;
        }
        if (now == null) {
            Optional<ModelSettings> settings = configurator.config().model(name);
            if (settings.isEmpty()
                    || pipelines.tallies(name).isEmpty()
                    || !(models.release(name, release) instanceof Found.Stored stored)) {
                return new Judgement.Failed("no-frames", "no pipeline runs a model of this name", NOTHING);
            }
            Shadow shadow;
            try {
                shadow = Shadow.start(runner, pipelines, settings.get(), models, stored, breadcrumbs);
            } catch (ModelException | PackageException e) {
                return new Judgement.Failed("bad-model", String.valueOf(e.getMessage()), NOTHING);
            }
            now = new Beside(release, shadow, nowNanos);
            shadows.put(name, now);
        }
        Shadow.View view = now.shadow().view();
        String fault = view.fault();
        if (fault != null) {
            int colon = fault.indexOf(": ");
            return new Judgement.Failed(fault.substring(0, colon), fault.substring(colon + 2), view.numbers());
        }
        return nowNanos - now.sinceNanos() < time.toNanos()
                ? new Judgement.GoesOn(view.numbers())
                : new Judgement.Passed(view.numbers());
    }

    /** What was compared, for people. */
    String compared(String name) {
        Beside now = shadows.get(name);
        if (now == null) {
            return "";
        }
        Shadow.View view = now.shadow().view();
        Reported.Numbers numbers = view.numbers();
        return String.format(
                Locale.ROOT,
                "%d inputs, %s, scores %.4f apart in the mean, %d failed, %d left out",
                numbers.predictions(),
                numbers.agreement() < 0
                        ? "no classes"
                        : String.format(Locale.ROOT, "%.2f %% agree", 100 * numbers.agreement()),
                view.difference(),
                numbers.failures(),
                view.dropped());
    }

    /** It runs beside the active one no more. */
    void endShadow(String name) {
        Beside now = shadows.remove(name);
        if (now != null) {
            now.shadow().stop();
        }
    }

    /** Lets the pipelines run that; for a model that the configuration does not have there are none. */
    Exchanged run(String name, Found what) {
        if (configurator.config().model(name).isEmpty()) {
            return new Exchanged.Done(Duration.ZERO, 0);
        }
        Exchanged exchanged = configurator.exchange(name, what);
        if (exchanged instanceof Exchanged.Done && name.equals(resting)) {
            resting = null;
        }
        return exchanged;
    }

    /** What the pipelines have done with the model that they run under that name, where it is another than this. */
    List<PipelineTally> tallies(String name, Found.Stored but) {
        String file = but.model().model().sha256();
        return pipelines.tallies(name).stream()
                .filter(it -> !it.model().sha256().equals(file)
                        || !it.model().version().equals(but.release().version()))
                .toList();
    }

    /** How the release does that runs on trial; one for which there is no pipeline has nothing more to show. */
    Judgement judge(String name, Course course, long nowNanos) {
        List<PipelineTally> since = pipelines.tallies(name);
        course.firstFrames(since);
        Judgement judgement = new TrialJudge(configurator.config().update(), Objects.requireNonNull(course.manifest()))
                .judge(course.before(), since, Duration.ofNanos(nowNanos - course.sinceNanos()), course.memoryBytes());
        boolean forNobody = configurator.config().pipelines().stream()
                .noneMatch(it -> it.model().equals(name));
        return forNobody ? new Judgement.Passed(judgement.numbers()) : judgement;
    }

    /** Nothing runs beside anything any more. */
    void close() {
        List.copyOf(shadows.keySet()).forEach(this::endShadow);
    }

    /** Nothing of an attempt goes on; returns whether its pipelines wait for a model to run again. */
    boolean stop(String name, Release release) {
        endShadow(name);
        if (release.equals(tested)) {
            testing = null; // one that is still at it is left behind
            tested = null;
        }
        boolean rested = name.equals(resting);
        if (rested) {
            resting = null;
        }
        return rested;
    }
}
