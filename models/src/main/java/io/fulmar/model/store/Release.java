package io.fulmar.model.store;

import io.fulmar.model.pack.Digest;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One release of a model, as the store knows it: by digests.
 *
 * @param version for people
 * @param number rises from release to release
 * @param manifest digest of the model manifest
 * @param statement digest of the envelope with the release statement; null where the device asks for none
 * @param files digests of the files that the manifest names
 *     <p>Immutable.
 */
public record Release(
        String version,
        long number,
        String manifest,
        @Nullable String statement,
        List<String> files) {
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z.+-]{1,64}");

    public Release {
        if (!VERSION.matcher(version).matches() || number < 1 || files.isEmpty() || files.size() > Limits.BLOBS) {
            throw new IllegalArgumentException("not a release: " + version + ", number " + number);
        }
        Digest.requireHex(manifest);
        if (statement != null) {
            Digest.requireHex(statement);
        }
        files = files.stream().map(Digest::requireHex).toList();
    }

    /** Everything that it consists of. */
    public List<String> blobs() {
        return Stream.concat(Stream.of(manifest, statement == null ? manifest : statement), files.stream())
                .distinct()
                .toList();
    }

    String encode() {
        return version + " " + number + " " + manifest + " " + (statement == null ? "-" : statement) + " "
                + String.join(",", files);
    }

    static Release decode(String text) {
        String[] words = text.split(" ", -1);
        if (words.length != 5) {
            throw new IllegalArgumentException("not a release");
        }
        return new Release(
                words[0],
                Long.parseLong(words[1]),
                words[2],
                words[3].equals("-") ? null : words[3],
                List.of(words[4].split(",", -1)));
    }
}
