package io.fulmar.model.pack;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A version as semver.org 2.0.0 defines it, in its order. Immutable. */
public final class SemanticVersion implements Comparable<SemanticVersion> {
    /** As JSON Schema can hold it, too. */
    static final String FORM = "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"
            + "(-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
            + "(\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";

    static final int CHARS = 64;

    private static final Pattern PATTERN = Pattern.compile(FORM);

    private final String text;
    private final BigInteger[] numbers;
    private final String[] preRelease;

    private SemanticVersion(String text, Matcher matcher) {
        this.text = text;
        this.numbers = new BigInteger[] {
            new BigInteger(matcher.group(1)), new BigInteger(matcher.group(2)), new BigInteger(matcher.group(3))
        };
        String suffix = matcher.group(4);
        this.preRelease = suffix == null ? new String[0] : suffix.substring(1).split("\\.", -1);
    }

    /** The version in this text; null when it is none. */
    public static @Nullable SemanticVersion ofText(String text) {
        if (text.length() > CHARS) {
            return null;
        }
        Matcher matcher = PATTERN.matcher(text);
        return matcher.matches() ? new SemanticVersion(text, matcher) : null;
    }

    /** Build metadata does not count. */
    @Override
    public int compareTo(SemanticVersion other) {
        for (int i = 0; i < numbers.length; i++) {
            int order = numbers[i].compareTo(other.numbers[i]);
            if (order != 0) {
                return order;
            }
        }
        if (preRelease.length == 0 || other.preRelease.length == 0) {
            return Integer.compare(other.preRelease.length, preRelease.length); // a pre-release comes before
        }
        for (int i = 0; i < Math.min(preRelease.length, other.preRelease.length); i++) {
            int order = compare(preRelease[i], other.preRelease[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(preRelease.length, other.preRelease.length);
    }

    private static int compare(String one, String other) {
        boolean oneIsNumber = isNumber(one);
        boolean otherIsNumber = isNumber(other);
        if (oneIsNumber && otherIsNumber) {
            return new BigInteger(one).compareTo(new BigInteger(other));
        }
        return oneIsNumber == otherIsNumber ? one.compareTo(other) : oneIsNumber ? -1 : 1;
    }

    private static boolean isNumber(String identifier) {
        return identifier.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SemanticVersion that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
