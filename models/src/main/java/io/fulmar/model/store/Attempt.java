package io.fulmar.model.store;

/**
 * A release that is on its way to be active.
 *
 * @param starts how often the agent has started while it was on trial
 * @param sinceMillis when the attempt began, by the device's best clock
 * @param desiredVersion of the desired state that wants it; 0 for one that was installed by hand
 * @param shadowMillis how long it is to run beside the active one, and no more than that; 0 where it is to replace it
 *     <p>Immutable.
 */
public record Attempt(
        Release release, Step step, int starts, long sinceMillis, long desiredVersion, long shadowMillis) {
    /** How far it has come. */
    public enum Step {
        /** Its files are fetched. */
        DOWNLOADING,
        /** They are all there, and are checked. */
        VERIFYING,
        /** It is verified and may be loaded. */
        STAGED,
        /** It runs beside the active one on its golden cases. */
        TESTING,
        /** It runs beside the active one on the same inputs, and changes nothing. */
        SHADOW,
        /** It runs in the pipelines, and is watched. */
        TRIAL
    }

    public Attempt {
        if (starts < 0 || desiredVersion < 0 || shadowMillis < 0) {
            throw new IllegalArgumentException("not an attempt");
        }
    }

    Attempt at(Step next) {
        return new Attempt(release, next, starts, sinceMillis, desiredVersion, shadowMillis);
    }

    Attempt started() {
        return new Attempt(release, step, starts + 1, sinceMillis, desiredVersion, shadowMillis);
    }

    String encode() {
        return step + " " + starts + " " + sinceMillis + " " + desiredVersion + " " + shadowMillis + " "
                + release.encode();
    }

    static Attempt decode(String text) {
        String[] words = text.split(" ", 6);
        if (words.length != 6) {
            throw new IllegalArgumentException("not an attempt");
        }
        return new Attempt(
                Release.decode(words[5]),
                Step.valueOf(words[0]),
                Integer.parseInt(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }
}
