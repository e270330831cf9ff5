package io.fulmar.fleet.command;

import io.fulmar.fleet.query.ModelRow;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A release of a model that devices are to have.
 *
 * @param release as a desired state names it; when it was assigned does not count
 * @param shadowMillis how long it is to run beside the active one without replacing it; 0 to replace it
 *     <p>Immutable.
 */
public record Assignment(Desired.Model release, long shadowMillis) {
    /**
     * The document with the release in it, assigned anew where the device is not to go on with what it does about it; that
     * document itself where it is to.
     *
     * @param version of the document that follows that one
     * @param reported what the device last said that it has; null for nothing
     */
    public Desired in(Desired before, long version, @Nullable Reported reported) {
        for (Desired.Model there : before.models()) {
            if (there.equals(assigned(there.assigned())) && !isOver(there, reported)) {
                return before;
            }
        }
        List<Desired.Model> models = new ArrayList<>(before.models());
        models.removeIf(there -> there.name().equals(release.name()));
        models.add(assigned(version));
        return before.with(version, models);
    }

    /** The document without any release of that model; that document itself where it has none. */
    public static Desired without(String model, Desired before, long version) {
        List<Desired.Model> models = new ArrayList<>(before.models());
        return models.removeIf(there -> there.name().equals(model)) ? before.with(version, models) : before;
    }

    private Desired.Model assigned(long version) {
        return new Desired.Model(
                release.name(),
                release.version(),
                release.release(),
                release.manifest(),
                release.size(),
                release.statement(),
                version,
                shadowMillis);
    }

    /** Whether the device has done with what was assigned, and does not run it. */
    private static boolean isOver(Desired.Model there, @Nullable Reported reported) {
        Reported.Model said = said(reported, there.name(), there.manifest(), there.assigned());
        if (said == null) {
            return false;
        }
        ModelRow.Course course = ModelRow.Course.of(said.state());
        return course == ModelRow.Course.FAILED || course == ModelRow.Course.WATCHED;
    }

    /** What a device says of a release that was assigned to it; null while that is due to an earlier assignment, or nothing. */
    public static Reported.@Nullable Model said(
            @Nullable Reported reported, String name, String manifest, long assigned) {
        if (reported == null) {
            return null;
        }
        return reported.models().stream()
                .filter(it -> it.name().equals(name) && it.manifest().equals(manifest))
                .filter(it -> it.state() == Reported.ModelState.ACTIVE || it.assigned() >= assigned)
                .findFirst()
                .orElse(null);
    }
}
