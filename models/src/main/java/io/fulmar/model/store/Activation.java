package io.fulmar.model.store;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where one model stands on this device. Each method is one transition and makes the state after it; the store writes that
 * down as one entry of its journal.
 *
 * @param active what runs; null where no release of this model was ever activated
 * @param previous what ran before, and may be returned to
 * @param attempt what is on its way
 * @param failed what did not do, the oldest first
 *     <p>Immutable.
 */
public record Activation(
        String name,
        @Nullable Release active,
        @Nullable Release previous,
        @Nullable Attempt attempt,
        List<Failed> failed) {
    public Activation {
        if (!isName(name)) {
            throw new IllegalArgumentException("not the name of a model: " + name);
        }
        failed = List.copyOf(failed);
    }

    /** Whether a model may be called that. */
    public static boolean isName(String text) {
        return text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }

    static Activation none(String name) {
        return new Activation(name, null, null, null, List.of());
    }

    // ---- transitions

    /** Another release is on its way; one that was before it is forgotten. */
    Activation began(Release release, long sinceMillis, long desiredVersion, long shadowMillis) {
        return new Activation(
                name,
                active,
                previous,
                new Attempt(release, Attempt.Step.DOWNLOADING, 0, sinceMillis, desiredVersion, shadowMillis),
                failed);
    }

    /** It has come to another step. */
    Activation stepped(Attempt.Step step) {
        return new Activation(name, active, previous, attempting().at(step), failed);
    }

    /** The agent has started while it was on trial. */
    Activation struck() {
        return new Activation(name, active, previous, attempting().started(), failed);
    }

    /** It has proved itself. */
    Activation proved() {
        return installed(attempting().release());
    }

    /** It did not do. */
    Activation gaveUp(String reason) {
        Attempt it = attempting();
        return with(it.release(), it.step() == Attempt.Step.TRIAL, it.desiredVersion(), reason)
                .abandoned();
    }

    /** Nobody wants it any more. */
    Activation abandoned() {
        return new Activation(name, active, previous, null, failed);
    }

    /** That release is active at once; what was is the one before it. */
    Activation installed(Release release) {
        boolean same = active != null && active.manifest().equals(release.manifest());
        return new Activation(name, release, same ? previous : active, null, without(release).failed);
    }

    /** What ran before runs again, and the one that ran is not tried again for this desired state. */
    Activation returned(long desiredVersion, String reason) {
        if (previous == null || active == null) {
            throw new IllegalStateException("there is no release before");
        }
        Release next = previous;
        return new Activation(
                name, next, active, null, without(next).with(active, true, desiredVersion, reason).failed);
    }

    /** The same release is active by another statement. */
    Activation restated(String statement) {
        if (active == null) {
            throw new IllegalStateException("no release is active");
        }
        Release now = new Release(active.version(), active.number(), active.manifest(), statement, active.files());
        return new Activation(name, now, previous, attempt, failed);
    }

    private Activation without(Release release) {
        List<Failed> others = failed.stream()
                .filter(it -> !it.manifest().equals(release.manifest()))
                .toList();
        return new Activation(name, active, previous, attempt, others);
    }

    private Activation with(Release release, boolean tried, long desiredVersion, String reason) {
        List<Failed> all = new ArrayList<>(without(release).failed);
        all.add(new Failed(release.manifest(), release.version(), release.number(), tried, desiredVersion, reason));
        while (all.size() > Limits.FAILED) {
            all.removeFirst();
        }
        return new Activation(name, active, previous, attempt, all);
    }

    private Attempt attempting() {
        if (attempt == null) {
            throw new IllegalStateException("no release of " + name + " is on its way");
        }
        return attempt;
    }

    // ---- look

    /** Why that release is not tried again for this desired state; null if nothing speaks against it. */
    public @Nullable Failed failed(String manifest, long desiredVersion) {
        for (Failed it : failed) {
            if (it.manifest().equals(manifest) && desiredVersion <= it.desiredVersion()) {
                return it;
            }
        }
        return null;
    }

    /** The blobs that must stay on the disk. */
    Set<String> blobs() {
        Set<String> blobs = new LinkedHashSet<>();
        for (Release release : releases()) {
            blobs.addAll(release.blobs());
        }
        return blobs;
    }

    /** Those that are on the disk or on their way to it: the active one, the one before, the one that is attempted. */
    public List<Release> releases() {
        List<Release> releases = new ArrayList<>();
        if (active != null) {
            releases.add(active);
        }
        if (previous != null) {
            releases.add(previous);
        }
        if (attempt != null) {
            releases.add(attempt.release());
        }
        return releases;
    }

    /** Whether there is nothing of this model any more that has to be remembered. */
    boolean isOver() {
        return active == null && previous == null && attempt == null && failed.isEmpty();
    }

    // ---- text

    String encode() {
        StringBuilder text = new StringBuilder(name);
        if (active != null) {
            text.append("\tactive ").append(active.encode());
        }
        if (previous != null) {
            text.append("\tprevious ").append(previous.encode());
        }
        if (attempt != null) {
            text.append("\tattempt ").append(attempt.encode());
        }
        failed.forEach(it -> text.append("\tfailed ").append(it.encode()));
        return text.toString();
    }

    /** @throws IllegalArgumentException if that is not what {@link #encode} makes */
    static Activation decode(String text) {
        String[] fields = text.split("\t", -1);
        Release active = null;
        Release previous = null;
        Attempt attempt = null;
        List<Failed> failed = new ArrayList<>();
        for (int i = 1; i < fields.length; i++) {
            int blank = fields[i].indexOf(' ');
            String rest = fields[i].substring(blank + 1);
            switch (blank < 0 ? "" : fields[i].substring(0, blank)) {
                case "active" -> active = Release.decode(rest);
                case "previous" -> previous = Release.decode(rest);
                case "attempt" -> attempt = Attempt.decode(rest);
                case "failed" -> failed.add(Failed.decode(rest));
                default -> throw new IllegalArgumentException("written by a newer agent");
            }
        }
        return new Activation(fields[0], active, previous, attempt, failed);
    }
}
