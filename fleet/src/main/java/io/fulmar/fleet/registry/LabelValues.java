package io.fulmar.fleet.registry;

import io.fulmar.model.pack.SemanticVersion;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Puts versions and numbers in order, as labels hold them. Thread-safe. */
final class LabelValues {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}(\\.[0-9]{1,18})?");

    private LabelValues() {}

    /** Whether it is a number or a version. */
    static boolean isOrdered(String value) {
        return NUMBER.matcher(value).matches() || SemanticVersion.ofText(value) != null;
    }

    /**
     * Compares two that are ordered: two numbers as such; else as versions, where a number stands for the version that it
     * begins, so {@code 2} is {@code 2.0.0}.
     */
    static int compare(String one, String other) {
        if (NUMBER.matcher(one).matches() && NUMBER.matcher(other).matches()) {
            return new BigDecimal(one).compareTo(new BigDecimal(other));
        }
        SemanticVersion left = version(one);
        SemanticVersion right = version(other);
        if (left == null || right == null) { // a negative number is before every version
            return Integer.compare(left == null ? 0 : 1, right == null ? 0 : 1);
        }
        return left.compareTo(right);
    }

    private static @Nullable SemanticVersion version(String value) {
        SemanticVersion version = SemanticVersion.ofText(value);
        if (version != null) {
            return version;
        }
        String whole = value.indexOf('.') < 0 ? value + ".0" : value;
        return SemanticVersion.ofText(whole + ".0");
    }
}
