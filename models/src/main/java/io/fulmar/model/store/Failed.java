package io.fulmar.model.store;

import io.fulmar.model.pack.Digest;

/**
 * A release that did not do, and is not tried again until a newer desired state asks for it.
 *
 * @param manifest digest of its manifest
 * @param version for people
 * @param tried whether it was in the pipelines and was taken back; else it was turned down before
 * @param desiredVersion of the desired state that it failed under
 *     <p>Immutable.
 */
public record Failed(String manifest, String version, long number, boolean tried, long desiredVersion, String reason) {
    public Failed {
        Digest.requireHex(manifest);
        String line = reason.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", " ");
        reason = line.length() <= Limits.REASON_CHARS ? line : line.substring(0, Limits.REASON_CHARS) + "…";
    }

    String encode() {
        return manifest + " " + version + " " + number + " " + (tried ? "tried" : "untried") + " " + desiredVersion
                + " " + reason;
    }

    static Failed decode(String text) {
        String[] words = text.split(" ", 6);
        if (words.length != 6) {
            throw new IllegalArgumentException("not a failed release");
        }
        return new Failed(
                words[0],
                words[1],
                Long.parseLong(words[2]),
                words[3].equals("tried"),
                Long.parseLong(words[4]),
                words[5]);
    }
}
