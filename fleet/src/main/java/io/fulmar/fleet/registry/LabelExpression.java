package io.fulmar.fleet.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says which devices are meant, by their labels: {@code board = raspberry-pi-5 and not (group in (canary, lab) or agent <
 * 0.2.0)}.
 *
 * <p>A label may have several values, as a device may be of several groups. {@code =} and {@code in} hold when one of them
 * fits; {@code !=} and {@code not in} are exactly their opposites, so they hold for a device without the label, too. Greater
 * and less hold when one of the values is a version or a number and fits. Immutable.
 */
public sealed interface LabelExpression {
    /** Characters of an expression. */
    int CHARS = 4096;

    /** How deep parentheses and {@code not} may be nested. */
    int DEPTH = 64;

    /** The expression in that text; a {@link LabelSyntaxException} says where it ends to be one, and what was expected. */
    static LabelExpression parse(String text) {
        return new LabelParser(text).parse();
    }

    /** Whether a device with these labels is meant. */
    boolean matches(Labels labels);

    /** Every device: {@code all}. */
    record All() implements LabelExpression {
        @Override
        public boolean matches(Labels labels) {
            return true;
        }

        @Override
        public String toString() {
            return "all";
        }
    }

    /** One of the label's values is that text. */
    record Equal(String label, String value) implements LabelExpression {
        @Override
        public boolean matches(Labels labels) {
            return labels.values(label).contains(value);
        }

        @Override
        public String toString() {
            return LabelParser.quoted(label) + " = " + LabelParser.quoted(value);
        }
    }

    /** One of the label's values is one of those texts. */
    record In(String label, List<String> values) implements LabelExpression {
        public In {
            values = List.copyOf(values);
        }

        @Override
        public boolean matches(Labels labels) {
            Set<String> has = labels.values(label);
            return values.stream().anyMatch(has::contains);
        }

        @Override
        public String toString() {
            return LabelParser.quoted(label)
                    + values.stream().map(LabelParser::quoted).collect(Collectors.joining(", ", " in (", ")"));
        }
    }

    /** One of the label's values is a version or number before or after that one. */
    record Compare(String label, Order order, String value) implements LabelExpression {
        @Override
        public boolean matches(Labels labels) {
            return labels.values(label).stream()
                    .filter(LabelValues::isOrdered)
                    .anyMatch(has -> order.holds(LabelValues.compare(has, value)));
        }

        @Override
        public String toString() {
            return LabelParser.quoted(label) + " " + order.sign + " " + LabelParser.quoted(value);
        }
    }

    /** The device has the label, whatever its value. */
    record Exists(String label) implements LabelExpression {
        @Override
        public boolean matches(Labels labels) {
            return !labels.values(label).isEmpty();
        }

        @Override
        public String toString() {
            return "exists " + LabelParser.quoted(label);
        }
    }

    /** The other one does not hold. */
    record Not(LabelExpression of) implements LabelExpression {
        @Override
        public boolean matches(Labels labels) {
            return !of.matches(labels);
        }

        @Override
        public String toString() {
            return "not " + (of instanceof Not ? of.toString() : "(" + of + ")");
        }
    }

    /** All of them hold. */
    record And(List<LabelExpression> all) implements LabelExpression {
        public And {
            all = List.copyOf(all);
        }

        @Override
        public boolean matches(Labels labels) {
            return all.stream().allMatch(it -> it.matches(labels));
        }

        @Override
        public String toString() {
            return joined(all, "and");
        }
    }

    /** One of them holds. */
    record Or(List<LabelExpression> any) implements LabelExpression {
        public Or {
            any = List.copyOf(any);
        }

        @Override
        public boolean matches(Labels labels) {
            return any.stream().anyMatch(it -> it.matches(labels));
        }

        @Override
        public String toString() {
            return joined(any, "or");
        }
    }

    /** How two versions or numbers are to stand to each other. */
    enum Order {
        LESS("<"),
        AT_MOST("<="),
        GREATER(">"),
        AT_LEAST(">=");

        private final String sign;

        Order(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }

        private boolean holds(int compared) {
            return switch (this) {
                case LESS -> compared < 0;
                case AT_MOST -> compared <= 0;
                case GREATER -> compared > 0;
                case AT_LEAST -> compared >= 0;
            };
        }
    }

    private static String joined(List<LabelExpression> parts, String by) {
        List<String> texts = new ArrayList<>();
        for (LabelExpression part : parts) {
            boolean composed = part instanceof And || part instanceof Or;
            texts.add(composed ? "(" + part + ")" : part.toString());
        }
        return String.join(" " + by + " ", texts);
    }
}
