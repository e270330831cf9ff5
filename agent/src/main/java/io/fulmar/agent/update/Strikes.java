package io.fulmar.agent.update;

import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the starts of the agent while a release has yet to prove itself, and gives it up at the third: whatever it was that
 * ended the agent so often, it does not get a fourth chance. One that has proved itself is withdrawn when the agent ends in its
 * native code at start after start. Nobody is needed for that but the device itself.
 */
public final class Strikes {
    private static final Logger LOG = LoggerFactory.getLogger("model.update");

    private Strikes() {}

    /**
     * Counts this start; before any pipeline is opened.
     *
     * @param crumbs what was in native code when the last process ended
     * @param events takes what belongs into the device's history
     */
    public static void count(StoredModels models, List<Breadcrumbs.Crumb> crumbs, BiConsumer<String, String> events) {
        if (!models.canChange()) {
            models.activations().forEach(it -> withdraw(models, it));
            return;
        }
        Set<String> died = crumbs.stream().map(Breadcrumbs.Crumb::model).collect(Collectors.toCollection(TreeSet::new));
        for (Activation state : models.activations()) {
            Attempt attempt = state.attempt();
            if (attempt != null && isRisky(attempt)) {
                attempt.release().files().forEach(died::remove);
                try {
                    count(models, state.name(), attempt, diedIn(attempt.release(), crumbs), events);
                } catch (StoreException e) {
                    LOG.warn("{}", e.getMessage());
                    withdraw(models, state);
                }
            }
        }
        models.died(died);
    }

    private static boolean isRisky(Attempt attempt) {
        return attempt.step() != Attempt.Step.DOWNLOADING;
    }

    /** Where in native code of this release the last process ended; null where it did not. */
    private static @Nullable String diedIn(Release release, List<Breadcrumbs.Crumb> crumbs) {
        return crumbs.stream()
                .filter(it -> release.files().contains(it.model()))
                .map(Breadcrumbs.Crumb::said)
                .findFirst()
                .orElse(null);
    }

    private static void count(
            StoredModels models,
            String name,
            Attempt attempt,
            @Nullable String where,
            BiConsumer<String, String> events) {
        int starts = attempt.starts() + 1;
        String what = name + " " + attempt.release().version() + ", release "
                + attempt.release().number();
        LOG.warn("the agent ended while {} was not proved; start {} of {}", what, starts, Limits.STARTS);
        if (starts < Limits.STARTS) {
            models.store(it -> it.strike(name));
            return;
        }
        String reason = "crashed: the agent ended " + starts + " times while it was not proved"
                + (where == null ? "" : ", the last time in native code of this model, " + where);
        models.store(it -> it.giveUp(name, reason));
        boolean tried = attempt.step() == Attempt.Step.TRIAL;
        LOG.error("{} is given up: {}", what, reason);
        events.accept(tried ? "model.rolled-back" : "model.rejected", what + ": " + reason);
    }

    /** What cannot be counted is not run. */
    private static void withdraw(StoredModels models, Activation state) {
        if (state.attempt() != null) {
            models.turnDown(state.name(), state.attempt().release(), "its starts cannot be counted on this disk");
        }
    }
}
