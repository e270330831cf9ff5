package io.fulmar.config;

import io.fulmar.config.KeySpec.Kind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one table key by key and reports what does not fit, going on with the default so that one look finds every
 * problem; {@link #done} reports the keys that nobody asked for. Owned by the one load that builds it.
 */
final class TableReader {
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final String NAME_EXPECTED = "expected 1 to 64 of A-Z a-z 0-9 . _ -";
    private static final String MISSING = "is missing; expected one of ";

    private final Problems problems;
    private final String path;
    private final String known;
    private final Node.Table table;
    private final Set<String> asked = new LinkedHashSet<>();

    private TableReader(Problems problems, String path, String known, Node.Table table) {
        this.problems = problems;
        this.path = path;
        this.known = known;
        this.table = table;
    }

    static TableReader root(Problems problems, Node.Table table) {
        return new TableReader(problems, "", "", table);
    }

    /** The same table, read as the kind that its {@code type} names. */
    TableReader as(String type) {
        TableReader reader = new TableReader(problems, path, known + "(" + type + ")", table);
        reader.asked.add("type");
        return reader;
    }

    /** Whether the table holds {@code key}, which is one of its keys. */
    boolean has(String key) {
        return take(key, KeySpec.of(Kind.UNKNOWN)) != null;
    }

    /** The table under {@code key}; where there is none, an empty one that stands where this one stands. */
    TableReader table(String key) {
        Node node = take(key, KeySpec.of(Kind.TABLE));
        if (node != null && !(node instanceof Node.Table)) {
            problems.add(node.place(), pathOf(key), "expected a table [" + pathOf(key) + "], not " + node.kind());
        }
        Node.Table inner = node instanceof Node.Table found ? found : Node.Table.empty(table.place());
        return new TableReader(problems, pathOf(key), knownOf(key), inner);
    }

    /** The tables of the array under {@code key}, none if it is absent. */
    List<TableReader> tables(String key, int atMost) {
        return tables(key, 0, atMost);
    }

    /** At least so many tables of the array under {@code key}. */
    List<TableReader> tables(String key, int atLeast, int atMost) {
        KeySpec spec = KeySpec.of(Kind.TABLES).between(Integer.toString(atLeast), Integer.toString(atMost));
        Node node = take(key, atLeast == 0 ? spec : spec.required());
        if (node == null || (node instanceof Node.Array array && array.items().isEmpty())) {
            if (atLeast > 0) {
                problem(key, "is missing; expected at least " + atLeast + " [[" + header(key) + "]]");
            }
            return List.of();
        }
        if (!(node instanceof Node.Array array)) {
            problems.add(
                    node.place(),
                    pathOf(key),
                    "expected an array of tables [[" + header(key) + "]], not " + node.kind());
            return List.of();
        }
        if (array.items().size() > atMost) {
            problems.add(node.place(), pathOf(key), "has " + array.items().size() + " entries; at most " + atMost);
            return List.of();
        }
        List<TableReader> readers = new ArrayList<>();
        for (int i = 0; i < array.items().size(); i++) {
            Node item = array.items().get(i);
            String itemPath = pathOf(key) + "." + i;
            if (item instanceof Node.Table inner) {
                readers.add(new TableReader(problems, itemPath, knownOf(key), inner));
            } else {
                problems.add(item.place(), itemPath, "expected a table, not " + item.kind());
            }
        }
        return readers;
    }

    /** A required string; empty after a problem. */
    String text(String key) {
        return text(key, KeySpec.of(Kind.TEXT).required());
    }

    String text(String key, String fallback) {
        Node node = take(key, KeySpec.of(Kind.TEXT).orElse(quoted(fallback)));
        return node == null ? fallback : Objects.requireNonNullElse(textOf(key, node), "");
    }

    /** A string that may be left out; null then, and after a problem. */
    @Nullable
    String optional(String key) {
        Node node = take(key, KeySpec.of(Kind.TEXT));
        return node == null ? null : textOf(key, node);
    }

    /** A required name; empty after a problem. */
    String name(String key) {
        String name = text(key, KeySpec.of(Kind.NAME).required());
        if (!name.isEmpty() && !NAME.matcher(name).matches()) {
            problem(key, NAME_EXPECTED);
        }
        return name;
    }

    /** A name that may be left out; null then, and after a problem. */
    @Nullable
    String optionalName(String key) {
        Node node = take(key, KeySpec.of(Kind.NAME));
        String name = node == null ? null : textOf(key, node);
        if (name != null && !NAME.matcher(name).matches()) {
            problem(key, NAME_EXPECTED);
        }
        return name;
    }

    /** Names that differ from each other. */
    List<String> names(String key, int atMost) {
        KeySpec spec = KeySpec.of(Kind.NAMES).between("0", Integer.toString(atMost));
        List<String> names = texts(key, spec);
        if (names.size() > atMost) {
            problem(key, "has " + names.size() + " entries; at most " + atMost);
        } else if (new HashSet<>(names).size() < names.size()) {
            problem(key, "says a name twice");
        } else if (!names.stream().allMatch(name -> NAME.matcher(name).matches())) {
            problem(key, NAME_EXPECTED + " in each");
        }
        return names;
    }

    List<String> texts(String key) {
        return texts(key, KeySpec.of(Kind.TEXTS));
    }

    private List<String> texts(String key, KeySpec spec) {
        List<String> texts = new ArrayList<>();
        for (Node item : items(key, "an array of strings", spec)) {
            String text = textOf(key, item);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    long integer(String key, long fallback, long min, long max) {
        Node node = take(
                key,
                KeySpec.of(Kind.INTEGER)
                        .orElse(Long.toString(fallback))
                        .between(Long.toString(min), Long.toString(max)));
        return node == null ? fallback : integerOf(key, node, fallback, min, max);
    }

    private long integerOf(String key, Node node, long fallback, long min, long max) {
        if (node instanceof Node.Value(Place place, Long number, var typed)) {
            if (number < min || number > max) {
                problems.add(place, pathOf(key), "is " + number + "; expected " + min + " to " + max);
                return fallback;
            }
            return number;
        }
        wrongKind(key, node, "expected a whole number");
        return fallback;
    }

    int integer(String key, int fallback, int min, int max) {
        return (int) integer(key, (long) fallback, min, max);
    }

    /** A whole number that may be left out; null then, and after a problem. */
    @Nullable
    Integer optionalInteger(String key, int min, int max) {
        Node node = take(key, KeySpec.of(Kind.INTEGER).between(Integer.toString(min), Integer.toString(max)));
        if (node == null) {
            return null;
        }
        if (node instanceof Node.Value(Place place, Long number, var typed)) {
            if (number < min || number > max) {
                problems.add(place, pathOf(key), "is " + number + "; expected " + min + " to " + max);
                return null;
            }
            return number.intValue();
        }
        wrongKind(key, node, "expected a whole number");
        return null;
    }

    /** A required whole number. */
    int integer(String key, int min, int max) {
        if (take(key, KeySpec.of(Kind.INTEGER).required()) == null) {
            problem(key, "is missing; expected a whole number from " + min + " to " + max);
        }
        return integer(key, min, min, max);
    }

    double number(String key, double fallback, double min, double max) {
        Node node = take(key, KeySpec.of(Kind.NUMBER).orElse(plain(fallback)).between(plain(min), plain(max)));
        return node == null ? fallback : numberOf(key, node, fallback, min, max);
    }

    /** A required number. */
    double number(String key, double min, double max) {
        if (take(key, KeySpec.of(Kind.NUMBER).between(plain(min), plain(max)).required()) == null) {
            problem(key, "is missing; expected a number");
            return min;
        }
        return number(key, min, min, max);
    }

    /** A number that may be left out; null then. */
    @Nullable
    Double optionalNumber(String key, double min, double max) {
        Node node = take(key, KeySpec.of(Kind.NUMBER).between(plain(min), plain(max)));
        return node == null ? null : numberOf(key, node, min, min, max);
    }

    /** One number or an array of them, empty if the key is absent. */
    List<Double> numbers(String key, double min, double max) {
        KeySpec spec = KeySpec.of(Kind.NUMBERS).between(plain(min), plain(max));
        Node node = take(key, spec);
        if (node instanceof Node.Value) {
            return List.of(numberOf(key, node, Math.max(0, min), min, max));
        }
        List<Double> numbers = new ArrayList<>();
        for (Node item : items(key, "a number or an array of numbers", spec)) {
            numbers.add(numberOf(key, item, Math.max(0, min), min, max));
        }
        return numbers;
    }

    boolean flag(String key, boolean fallback) {
        Node node = take(key, KeySpec.of(Kind.FLAG).orElse(Boolean.toString(fallback)));
        if (node == null) {
            return fallback;
        }
        if (node instanceof Node.Value(var place, Boolean flag, var typed)) {
            return flag;
        }
        wrongKind(key, node, "expected true or false");
        return fallback;
    }

    Duration duration(String key, Duration fallback, Duration min, Duration max) {
        Node node = take(
                key,
                KeySpec.of(Kind.DURATION)
                        .orElse(quoted(Units.text(fallback)))
                        .between(Units.text(min), Units.text(max)));
        return node == null ? fallback : durationOf(key, node, fallback, min, max);
    }

    private Duration durationOf(String key, Node node, Duration fallback, Duration min, Duration max) {
        if (!(node instanceof Node.Value(Place place, Object value, var typed))
                || !(value instanceof String || value instanceof Long)) {
            wrongKind(key, node, Units.DURATION_EXPECTED);
            return fallback;
        }
        String text = value.toString();
        Duration duration = value instanceof String ? Units.duration(text) : null;
        if (duration == null) {
            problems.add(
                    place, pathOf(key), Units.DURATION_EXPECTED + ", not " + node.kind(), Units.durationLike(text));
            return fallback;
        }
        if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            problems.add(place, pathOf(key), "is " + text + "; expected " + Units.text(min) + " to " + Units.text(max));
            return fallback;
        }
        return duration;
    }

    /** A duration that may be left out; null then. */
    @Nullable
    Duration optionalDuration(String key, Duration min, Duration max) {
        KeySpec spec = KeySpec.of(Kind.DURATION).between(Units.text(min), Units.text(max));
        Node node = take(key, spec);
        return node == null ? null : durationOf(key, node, min, min, max);
    }

    /** A required duration. */
    Duration duration(String key, Duration min, Duration max) {
        if (take(key, KeySpec.of(Kind.DURATION).required()) == null) {
            problem(key, "is missing; " + Units.DURATION_EXPECTED);
        }
        return duration(key, min, min, max);
    }

    long size(String key, long fallback, long min, long max) {
        Node node = take(
                key,
                KeySpec.of(Kind.SIZE).orElse(quoted(Units.text(fallback))).between(Units.text(min), Units.text(max)));
        return node == null ? fallback : sizeOf(key, node, fallback, min, max);
    }

    /** A size that may be left out; null then. */
    @Nullable
    Long optionalSize(String key, long min, long max) {
        Node node = take(key, KeySpec.of(Kind.SIZE).between(Units.text(min), Units.text(max)));
        return node == null ? null : sizeOf(key, node, min, min, max);
    }

    private long sizeOf(String key, Node node, long fallback, long min, long max) {
        if (!(node instanceof Node.Value(Place place, Object value, var typed))
                || !(value instanceof String || value instanceof Long)) {
            wrongKind(key, node, Units.SIZE_EXPECTED);
            return fallback;
        }
        String text = value.toString();
        Long size = value instanceof String ? Units.size(text) : null;
        if (size == null) {
            problems.add(place, pathOf(key), Units.SIZE_EXPECTED + ", not " + node.kind(), Units.sizeLike(text));
            return fallback;
        }
        if (size < min || size > max) {
            problems.add(place, pathOf(key), "is " + text + "; expected " + Units.text(min) + " to " + Units.text(max));
            return fallback;
        }
        return size;
    }

    /** A constant of {@code type} by its lower-case, hyphenated name. */
    <E extends Enum<E>> E choice(String key, E fallback, Class<E> type) {
        List<String> names = namesOf(type);
        Node node = take(
                key, KeySpec.of(Kind.CHOICE).orElse(quoted(nameOf(fallback))).among(names));
        return node == null ? fallback : choiceOf(key, node, fallback, type);
    }

    /** A required constant of {@code type}. */
    <E extends Enum<E>> E choice(String key, Class<E> type) {
        E first = type.getEnumConstants()[0];
        List<String> names = namesOf(type);
        Node node = take(key, KeySpec.of(Kind.CHOICE).among(names).required());
        if (node == null) {
            problem(key, MISSING + String.join(", ", names));
        }
        return node == null ? first : choiceOf(key, node, first, type);
    }

    /** A constant of {@code type} that may be left out; null then. */
    <E extends Enum<E>> @Nullable E optionalChoice(String key, Class<E> type) {
        String name = optionalOf(key, namesOf(type));
        return name == null ? null : type.getEnumConstants()[namesOf(type).indexOf(name)];
    }

    <E extends Enum<E>> List<E> choices(String key, Class<E> type) {
        E[] constants = type.getEnumConstants();
        List<E> choices = new ArrayList<>();
        for (Node item :
                items(key, "an array of strings", KeySpec.of(Kind.CHOICES).among(namesOf(type)))) {
            choices.add(choiceOf(key, item, constants[0], type));
        }
        return choices;
    }

    /** The name under {@code key} if it is one of {@code names}; otherwise null, after reporting the nearest one. */
    @Nullable
    String oneOf(String key, List<String> names) {
        Node node = take(key, KeySpec.of(Kind.CHOICE).among(names).required());
        if (node == null) {
            problem(key, MISSING + String.join(", ", names));
            return null;
        }
        return nameOf(key, node, names);
    }

    /** As {@link #oneOf}, of a key with a default. */
    String oneOf(String key, List<String> names, String fallback) {
        Node node = take(key, KeySpec.of(Kind.CHOICE).among(names).orElse(quoted(fallback)));
        return node == null ? fallback : Objects.requireNonNullElse(nameOf(key, node, names), fallback);
    }

    /** As {@link #oneOf}, of a key that may be left out. */
    @Nullable
    String optionalOf(String key, List<String> names) {
        Node node = take(key, KeySpec.of(Kind.CHOICE).among(names));
        return node == null ? null : nameOf(key, node, names);
    }

    void problem(String key, String message) {
        problem(key, message, null);
    }

    /** Reports {@code message} where {@code key} stands, or where the table stands if the key is absent. */
    void problem(String key, String message, @Nullable String suggestion) {
        Node node = table.entries().get(key);
        problems.add(node == null ? table.place() : node.place(), pathOf(key), message, suggestion);
    }

    /** Reports {@code key}, which is not to be used here, as what {@code message} says and not as unknown. */
    void refuse(String key, String message) {
        Node node = table.entries().remove(key);
        if (node != null) {
            problems.add(node.place(), pathOf(key), message);
        }
    }

    /** The keys of the table as they stand in it. */
    List<String> keys() {
        return List.copyOf(table.entries().keySet());
    }

    /** The folder that a relative path under {@code key} is seen from: that of the text which says it. */
    Path folder(String key) {
        Node node = table.entries().get(key);
        return (node == null ? table.place() : node.place()).origin().folder();
    }

    /** Whether the fleet says what is under {@code key}. */
    boolean isRemote(String key) {
        Node node = table.entries().get(key);
        return node != null && node.place().origin().layer() == Layer.REMOTE;
    }

    /** Reports every key that was not asked for. */
    void done() {
        for (var entry : table.entries().entrySet()) {
            if (!asked.contains(entry.getKey())) {
                problems.add(
                        entry.getValue().place(),
                        pathOf(entry.getKey()),
                        "is not a key here; known are " + String.join(", ", asked),
                        problems.full() ? null : Nearest.to(entry.getKey(), asked));
            }
        }
    }

    static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> List<String> namesOf(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(TableReader::nameOf).toList();
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private @Nullable Node take(String key, KeySpec spec) {
        asked.add(key);
        problems.understands(knownOf(key), spec);
        Node node = table.entries().get(key);
        if (node != null) {
            problems.said(pathOf(key), node.place());
        }
        return node;
    }

    private String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private String knownOf(String key) {
        return known.isEmpty() ? key : known + "." + key;
    }

    private String header(String key) {
        return knownOf(key).replaceAll("\\([a-z0-9-]*\\)", "");
    }

    private String text(String key, KeySpec spec) {
        Node node = take(key, spec);
        if (node == null) {
            problem(key, "is missing; expected a string");
        }
        return node == null ? "" : Objects.requireNonNullElse(textOf(key, node), "");
    }

    private List<Node> items(String key, String expected, KeySpec spec) {
        Node node = take(key, spec);
        if (node == null) {
            return List.of();
        }
        if (!(node instanceof Node.Array array)) {
            wrongKind(key, node, "expected " + expected);
            return List.of();
        }
        if (array.items().size() > Limits.VALUES) {
            problems.add(node.place(), pathOf(key), "has more than " + Limits.VALUES + " entries");
            return List.of();
        }
        return array.items();
    }

    private @Nullable String textOf(String key, Node node) {
        String text = node instanceof Node.Value(var place, var value, var typed)
                ? value instanceof String string ? string : typed
                : null;
        if (text == null) {
            wrongKind(key, node, "expected a string");
            return null;
        }
        if (text.isBlank() || text.length() > Limits.TEXT_CHARS || text.indexOf('\0') >= 0) {
            problems.add(
                    node.place(), pathOf(key), "expected 1 to " + Limits.TEXT_CHARS + " characters, not all blank");
            return null;
        }
        return text;
    }

    private double numberOf(String key, Node node, double fallback, double min, double max) {
        double number = node instanceof Node.Value(var place, var value, var typed) && value instanceof Number found
                ? found.doubleValue()
                : Double.NaN;
        if (Double.isNaN(number)) {
            wrongKind(key, node, "expected a number");
            return fallback;
        }
        if (number < min || number > max) {
            problems.add(
                    node.place(),
                    pathOf(key),
                    "is " + plain(number) + "; expected " + plain(min) + " to " + plain(max));
            return fallback;
        }
        return number;
    }

    private <E extends Enum<E>> E choiceOf(String key, Node node, E fallback, Class<E> type) {
        List<String> names = namesOf(type);
        String name = nameOf(key, node, names);
        return name == null ? fallback : type.getEnumConstants()[names.indexOf(name)];
    }

    private @Nullable String nameOf(String key, Node node, List<String> names) {
        String text = node instanceof Node.Value(var place, String string, var typed) ? string : "";
        if (names.contains(text)) {
            return text;
        }
        problems.add(
                node.place(),
                pathOf(key),
                "expected one of " + String.join(", ", names) + ", not " + node.kind(),
                Nearest.to(text, names));
        return null;
    }

    private void wrongKind(String key, Node node, String expected) {
        String kind = key.startsWith("password") ? "a value" : node.kind(); // it may be the password itself
        problems.add(node.place(), pathOf(key), expected + ", not " + kind);
    }

    static String plain(double number) {
        return Double.isFinite(number)
                ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
                : Double.toString(number);
    }
}
