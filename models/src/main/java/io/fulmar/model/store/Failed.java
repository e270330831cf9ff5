package io.fulmar.model.store;

/**
 * A release that did not do, and is not tried again until a newer desired state asks for it.
 *
 * @param manifest digest of its manifest
 * @param tried whether it was in the pipelines and was taken back; else it was turned down before
 * @param desiredVersion of the desired state that it failed under
 *     <p>Immutable.
 */
public record Failed(String manifest, long number, boolean tried, long desiredVersion, String reason) {
    public Failed {
        Digests.require(manifest);
        String line = reason.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", " ");
        reason = line.length() <= Limits.REASON_CHARS ? line : line.substring(0, Limits.REASON_CHARS) + "…";
    }

    String encode() {
        return manifest + " " + number + " " + (tried ? "tried" : "untried") + " " + desiredVersion + " " + reason;
    }

    static Failed decode(String text) {
        String[] words = text.split(" ", 5);
        if (words.length != 5) {
            throw new IllegalArgumentException("not a failed release");
        }
        return new Failed(
                words[0], Long.parseLong(words[1]), words[2].equals("tried"), Long.parseLong(words[3]), words[4]);
    }
}
