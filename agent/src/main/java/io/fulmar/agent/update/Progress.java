package io.fulmar.agent.update;

import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Failed;
import io.fulmar.model.store.Release;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How the releases of this device stand, in the words of the reported state. Owned by the update thread. */
final class Progress {
    /** How the reason of a release begins that has only run beside the active one. */
    static final String SHADOWED = "shadowed: ";

    private static final Course UNKNOWN = new Course("", 0, 0);

    private final Intake intake;
    private final Map<String, Course> courses = new HashMap<>();

    Progress(Intake intake) {
        this.intake = intake;
    }

    /** What is known of that attempt; of each model the newest only. */
    Course course(String name, Attempt attempt) {
        return courses.compute(name, (_, known) -> known != null && known.isOf(attempt) ? known : Course.of(attempt));
    }

    /**
     * The active release of each model, and the one that is on its way or was turned down last.
     *
     * @param broken why the active release of a model does not run; null where it does
     */
    List<Reported.Model> told(List<Activation> activations, Function<String, @Nullable String> broken) {
        List<Reported.Model> told = new ArrayList<>();
        List<Reported.Model> refused = intake.refused(); // each is of after what failed before
        for (Activation state : activations) {
            Release active = state.active();
            Attempt attempt = state.attempt();
            boolean mending = attempt != null
                    && active != null
                    && attempt.release().manifest().equals(active.manifest());
            if (active != null && !mending) {
                String fault = broken.apply(state.name());
                told.add(told(
                        state.name(),
                        active.version(),
                        active.number(),
                        active.manifest(),
                        fault == null ? ModelState.ACTIVE : ModelState.REJECTED,
                        fault,
                        assigned(state.name(), active.manifest())));
            }
            Failed last = state.failed().isEmpty() ? null : state.failed().getLast();
            if (attempt != null) {
                told.add(told(
                        state.name(),
                        attempt.release().version(),
                        attempt.release().number(),
                        attempt.release().manifest(),
                        ModelState.valueOf(attempt.step().name()),
                        null,
                        attempt.desiredVersion()));
            } else if (last != null
                    && isNews(state, last)
                    && refused.stream().noneMatch(it -> it.name().equals(state.name()))) {
                told.add(told(
                        state.name(),
                        last.version(),
                        last.number(),
                        last.manifest(),
                        stateOf(last),
                        stateOf(last) == ModelState.SHADOWED
                                ? last.reason().substring(SHADOWED.length())
                                : last.reason(),
                        last.desiredVersion()));
            }
        }
        told.addAll(refused);
        return told;
    }

    /** Whether it is what was decided last: not where the fleet wants, and has, another one. */
    private boolean isNews(Activation state, Failed last) {
        Desired.Model want = intake.wanted(state.name());
        Release active = state.active();
        if (active == null) {
            return true;
        }
        return want == null ? last.number() > active.number() : !want.manifest().equals(active.manifest());
    }

    private static ModelState stateOf(Failed failed) {
        if (failed.reason().startsWith(SHADOWED)) {
            return ModelState.SHADOWED;
        }
        return failed.tried() ? ModelState.ROLLED_BACK : ModelState.REJECTED;
    }

    private long assigned(String name, String manifest) {
        Desired.Model want = intake.wanted(name);
        return want != null && want.manifest().equals(manifest) ? want.assigned() : 0;
    }

    private Reported.Model told(
            String name,
            String version,
            long release,
            String manifest,
            ModelState state,
            @Nullable String reason,
            long assigned) {
        Course known = courses.getOrDefault(name, UNKNOWN);
        Course course = known.isOf(manifest) ? known : UNKNOWN;
        boolean loading = state == ModelState.DOWNLOADING;
        return new Reported.Model(
                name,
                version,
                release,
                manifest,
                state,
                loading ? course.done : 0,
                loading ? course.total : 0,
                reason,
                course.swapMillis,
                course.framesDropped,
                assigned,
                course.numbers);
    }
}
