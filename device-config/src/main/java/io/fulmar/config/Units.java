package io.fulmar.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations and sizes as people write them: a whole number and a unit. Immutable. */
final class Units {
    static final String DURATION_EXPECTED =
            "expected a whole number and a unit, such as \"500ms\", \"30s\", \"2m\", \"12h\" or \"30d\"";
    static final String SIZE_EXPECTED = "expected a whole number and a unit, such as \"512B\", \"64MiB\" or \"1GB\"";

    private static final Pattern FORM = Pattern.compile("([0-9]{1,30})([A-Za-z]{1,3})");

    private static final Map<String, Long> MILLIS = Map.of(
            "ms", 1L,
            "s", 1_000L,
            "m", 60_000L,
            "h", 3_600_000L,
            "d", 86_400_000L);

    private static final Map<String, Long> BYTES = Map.of(
            "B", 1L,
            "kB", 1_000L,
            "MB", 1_000_000L,
            "GB", 1_000_000_000L,
            "TB", 1_000_000_000_000L,
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "GiB", 1L << 30,
            "TiB", 1L << 40);

    private Units() {}

    /** The duration, or null if {@code text} is not one or is more than can be counted. */
    static @Nullable Duration duration(String text) {
        Long millis = amount(text, MILLIS);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /** The size in bytes, or null if {@code text} is not one or is more than can be counted. */
    static @Nullable Long size(String text) {
        return amount(text, BYTES);
    }

    static @Nullable String durationLike(String text) {
        return repaired(text, MILLIS, "s");
    }

    static @Nullable String sizeLike(String text) {
        return repaired(text, BYTES, "MiB");
    }

    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 86_400_000 == 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    static String text(long bytes) {
        for (Map.Entry<String, Integer> unit : Map.of("TiB", 40, "GiB", 30, "MiB", 20, "KiB", 10).entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .toList()) {
            if (bytes >= 1L << unit.getValue() && bytes % (1L << unit.getValue()) == 0) {
                return (bytes >> unit.getValue()) + unit.getKey();
            }
        }
        return bytes + "B";
    }

    /** As {@link #text(long)} where that is a handful of digits, else in whole mebibytes. */
    static String rounded(long bytes) {
        String exact = text(bytes);
        return exact.length() <= 8 ? exact : text(bytes >> 20 << 20);
    }

    private static @Nullable Long amount(String text, Map<String, Long> units) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        Long unit = units.get(matcher.group(2));
        if (unit == null) {
            return null;
        }
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
        } catch (ArithmeticException | NumberFormatException overflow) {
            return null;
        }
    }

    /** What was probably meant: the unit in another case, a blank too many, or no unit at all. */
    private static @Nullable String repaired(String text, Map<String, Long> units, String usual) {
        String joined = text.replace(" ", "");
        for (String unit : units.keySet()) {
            int digits = joined.length() - unit.length();
            if (digits > 0 && joined.substring(digits).equalsIgnoreCase(unit)) {
                String candidate = joined.substring(0, digits) + unit;
                if (amount(candidate, units) != null) {
                    return '"' + candidate + '"';
                }
            }
        }
        String bare = joined.toLowerCase(Locale.ROOT) + usual;
        return amount(bare, units) == null ? null : '"' + bare + '"';
    }
}
