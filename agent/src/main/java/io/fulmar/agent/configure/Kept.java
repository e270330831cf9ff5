package io.fulmar.agent.configure;

import io.fulmar.model.pack.Digest;
import io.fulmar.sync.wire.Reported;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the device remembers of its configurations from the fleet.
 *
 * @param seenVersion the highest version of a desired state that was taken over or turned down; 0 for none
 * @param seenSha256 the digest of that one's fragment; empty for none
 * @param turnedDown why it does not run; null if it does
 * @param active what runs
 * @param previous what ran before
 * @param attempt what is being taken over: found at a start, it was cut off and is not tried again
 * @param formerModels the model before the present one, by pipeline
 *     <p>Immutable.
 */
record Kept(
        long seenVersion,
        String seenSha256,
        @Nullable TurnedDown turnedDown,
        Generation active,
        @Nullable Generation previous,
        @Nullable Generation attempt,
        SortedMap<String, String> formerModels) {

    private static final String MAGIC = "fulmar-config 1 ";
    private static final int DIGEST_CHARS = 64;

    static final Kept NOTHING = new Kept(0, "", null, Generation.OWN, null, null, new TreeMap<>());

    /** That version was looked at and is not looked at again. */
    Kept seen(long version, String sha256) {
        return new Kept(version, sha256, turnedDown, active, previous, attempt, formerModels);
    }

    Kept attempting(Generation generation) {
        return new Kept(seenVersion, seenSha256, turnedDown, active, previous, generation, formerModels);
    }

    Kept turnedDown(@Nullable TurnedDown why) {
        return new Kept(seenVersion, seenSha256, why, active, previous, null, formerModels);
    }

    /** What runs is what was wanted. */
    Kept confirmed(Generation generation) {
        return new Kept(seenVersion, seenSha256, null, generation, previous, null, formerModels);
    }

    /** That generation runs; what it replaces is kept. */
    Kept committed(Generation generation, Map<String, String> replacedModels) {
        SortedMap<String, String> former = new TreeMap<>(formerModels);
        former.putAll(replacedModels);
        while (former.size() > Limits.FORMER_MODELS) {
            former.remove(former.firstKey());
        }
        return new Kept(seenVersion, seenSha256, null, generation, active, null, former);
    }

    // ---- bytes

    byte[] encode() {
        StringBuilder text = new StringBuilder();
        if (seenVersion > 0) {
            text.append("seen ")
                    .append(seenVersion)
                    .append(' ')
                    .append(seenSha256)
                    .append('\n');
        }
        if (turnedDown != null) {
            text.append("turned-down ").append(turnedDown.state()).append(' ').append(turnedDown.reason());
            text.append('\n');
        }
        formerModels.forEach((pipeline, model) -> text.append("former-model ")
                .append(pipeline)
                .append(' ')
                .append(model)
                .append('\n'));
        append(text, "active", active);
        append(text, "previous", previous);
        append(text, "attempt", attempt);
        String body = text.toString();
        return (MAGIC + Digest.of(body.getBytes(StandardCharsets.UTF_8)) + "\n" + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void append(StringBuilder text, String name, @Nullable Generation generation) {
        if (generation != null) {
            text.append(name)
                    .append(' ')
                    .append(generation.number())
                    .append(' ')
                    .append(generation.version());
            text.append(' ').append(generation.toml().length()).append('\n');
            text.append(generation.toml()).append('\n');
        }
    }

    /** What was encoded; null if these bytes are not what was written. */
    static @Nullable Kept decode(byte[] bytes) {
        int head = MAGIC.length() + DIGEST_CHARS + 1;
        if (bytes.length < head) {
            return null;
        }
        byte[] body = Arrays.copyOfRange(bytes, head, bytes.length);
        String first = new String(bytes, 0, head, StandardCharsets.UTF_8);
        if (!first.equals(MAGIC + Digest.of(body) + "\n")) {
            return null;
        }
        return read(new Body(new String(body, StandardCharsets.UTF_8)));
    }

    private static @Nullable Kept read(Body body) {
        Kept kept = NOTHING;
        SortedMap<String, String> former = new TreeMap<>();
        Generation active = Generation.OWN;
        Generation previous = null;
        Generation attempt = null;
        try {
            while (body.hasMore()) {
                String[] words = body.line().split(" ", 3);
                switch (words[0]) {
                    case "seen" -> kept = kept.seen(Long.parseLong(words[1]), words[2]);
                    case "turned-down" ->
                        kept = kept.turnedDown(new TurnedDown(Reported.State.valueOf(words[1]), words[2]));
                    case "former-model" -> former.put(words[1], words[2]);
                    case "active" -> active = generation(words, body);
                    case "previous" -> previous = generation(words, body);
                    case "attempt" -> attempt = generation(words, body);
                    default -> {
                        return null; // of a newer agent
                    }
                }
            }
        } catch (RuntimeException e) {
            return null;
        }
        return new Kept(kept.seenVersion, kept.seenSha256, kept.turnedDown, active, previous, attempt, former);
    }

    private static Generation generation(String[] words, Body body) {
        String[] numbers = words[2].split(" ", 2);
        String toml = body.text(Integer.parseInt(numbers[1]));
        return new Generation(Long.parseLong(words[1]), Long.parseLong(numbers[0]), toml);
    }

    /** Reads a text piece by piece; throws where it ends too soon. Owned by the one who reads. */
    private static final class Body {
        private final String text;
        private int at;

        Body(String text) {
            this.text = text;
        }

        boolean hasMore() {
            return at < text.length();
        }

        /** The rest of this line. */
        String line() {
            return text(text.indexOf('\n', at) - at);
        }

        /** That many characters; a line ends after them. */
        String text(int length) {
            String piece = text.substring(at, at + length);
            at += length + 1;
            return piece;
        }
    }
}
