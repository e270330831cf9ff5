package io.fulmar.fleet.registry;

import io.fulmar.fleet.registry.LabelExpression.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads an expression over labels, by recursive descent. Owned by who made it. */
final class LabelParser {
    private static final Set<String> WORDS = Set.of("and", "or", "not", "in", "exists", "all");
    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./+:-]*");
    private static final int LIST = 256;

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int next;
    private int depth;

    /** A piece of the text. */
    private record Token(Kind kind, String value, int at) {}

    private enum Kind {
        WORD,
        QUOTED,
        SIGN,
        END
    }

    LabelParser(String text) {
        this.text = text;
    }

    LabelExpression parse() {
        if (text.length() > LabelExpression.CHARS) {
            throw new LabelSyntaxException(
                    text, LabelExpression.CHARS, "longer than " + LabelExpression.CHARS + " characters");
        }
        read();
        LabelExpression all = or();
        if (peek().kind() != Kind.END) {
            throw expected("'and', 'or' or the end");
        }
        return all;
    }

    /** As it can stand in an expression again. */
    static String quoted(String value) {
        return BARE.matcher(value).matches() && !WORDS.contains(value)
                ? value
                : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    // --- the grammar

    private LabelExpression or() {
        List<LabelExpression> any = new ArrayList<>(List.of(and()));
        while (takeWord("or")) {
            any.add(and());
        }
        return any.size() == 1 ? any.getFirst() : new LabelExpression.Or(any);
    }

    private LabelExpression and() {
        List<LabelExpression> all = new ArrayList<>(List.of(term()));
        while (takeWord("and")) {
            all.add(term());
        }
        return all.size() == 1 ? all.getFirst() : new LabelExpression.And(all);
    }

    private LabelExpression term() {
        if (++depth > LabelExpression.DEPTH) {
            throw new LabelSyntaxException(text, peek().at(), "nested deeper than " + LabelExpression.DEPTH);
        }
        LabelExpression term = unlimitedTerm();
        depth--;
        return term;
    }

    private LabelExpression unlimitedTerm() {
        if (takeWord("not")) {
            return new LabelExpression.Not(term());
        }
        if (takeSign("(")) {
            LabelExpression inner = or();
            require(")", "'and', 'or' or ')'");
            return inner;
        }
        if (takeWord("all")) {
            return new LabelExpression.All();
        }
        if (takeWord("exists")) {
            return new LabelExpression.Exists(name("the name of a label after 'exists'"));
        }
        String label = name("the name of a label, 'not', 'exists', 'all' or '('");
        return comparison(label);
    }

    private LabelExpression comparison(String label) {
        if (takeSign("=") || takeSign("==")) {
            return new LabelExpression.Equal(label, value("a value after '='"));
        }
        if (takeSign("!=")) {
            return new LabelExpression.Not(new LabelExpression.Equal(label, value("a value after '!='")));
        }
        for (Order order : Order.values()) {
            if (takeSign(order.sign())) {
                return new LabelExpression.Compare(label, order, ordered(order.sign()));
            }
        }
        if (takeWord("in")) {
            return new LabelExpression.In(label, list());
        }
        if (takeWord("not")) {
            if (!takeWord("in")) {
                throw expected("'in' after 'not'");
            }
            return new LabelExpression.Not(new LabelExpression.In(label, list()));
        }
        throw expected("one of = != < <= > >= 'in' 'not in' after '" + label + "'");
    }

    private List<String> list() {
        require("(", "'(' and a list of values");
        List<String> values = new ArrayList<>();
        do {
            if (values.size() == LIST) {
                throw new LabelSyntaxException(text, peek().at(), "more than " + LIST + " values");
            }
            values.add(value("a value"));
        } while (takeSign(","));
        require(")", "',' or ')'");
        return values;
    }

    private String ordered(String sign) {
        int at = peek().at();
        String value = value("a version or number after '" + sign + "'");
        if (!LabelValues.isOrdered(value)) {
            throw new LabelSyntaxException(
                    text,
                    at,
                    "expected a version or number after '" + sign + "', such as 1.2.0 or 3, but found '" + value + "'");
        }
        return value;
    }

    private String name(String what) {
        Token token = peek();
        String name = value(what);
        if (!Labels.isName(name)) {
            throw new LabelSyntaxException(
                    text,
                    token.at(),
                    "'" + name + "' is no name of a label: letters, digits and _ . / - inside, at most 63 characters");
        }
        return name;
    }

    private String value(String what) {
        Token token = peek();
        if (token.kind() == Kind.WORD && WORDS.contains(token.value())) {
            throw new LabelSyntaxException(
                    text,
                    token.at(),
                    "expected " + what + ", but found '" + token.value() + "'; in quotes it is a name or value");
        }
        if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
            throw expected(what);
        }
        next++;
        return token.value();
    }

    private Token peek() {
        return tokens.get(next);
    }

    private boolean takeWord(String word) {
        return take(Kind.WORD, word);
    }

    private boolean takeSign(String sign) {
        return take(Kind.SIGN, sign);
    }

    private boolean take(Kind kind, String value) {
        Token token = peek();
        boolean is = token.kind() == kind && token.value().equals(value);
        if (is) {
            next++;
        }
        return is;
    }

    private void require(String sign, String what) {
        if (!takeSign(sign)) {
            throw expected(what);
        }
    }

    private LabelSyntaxException expected(String what) {
        Token token = peek();
        String found = token.kind() == Kind.END ? "the end" : "'" + token.value() + "'";
        return new LabelSyntaxException(text, token.at(), "expected " + what + ", but found " + found);
    }

    // --- the pieces

    private void read() {
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '\'' || c == '"') {
                at = readQuoted(at, c);
            } else {
                at = readBare(at);
            }
        }
        tokens.add(new Token(Kind.END, "", text.length()));
    }

    private int readQuoted(int from, char quote) {
        var value = new StringBuilder();
        for (int at = from + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == quote) {
                if (!Labels.isValue(value.toString())) {
                    throw new LabelSyntaxException(
                            text, from, "a value has 1 to 128 characters, none of them a control character");
                }
                tokens.add(new Token(Kind.QUOTED, value.toString(), from));
                return at + 1;
            }
            if (c == '\\' && at + 1 < text.length()) {
                at++;
                value.append(text.charAt(at));
            } else {
                value.append(c);
            }
        }
        throw new LabelSyntaxException(text, from, "the quote that begins here does not end");
    }

    private int readBare(int from) {
        @Nullable String sign = sign(from);
        if (sign != null) {
            tokens.add(new Token(Kind.SIGN, sign, from));
            return from + sign.length();
        }
        var bare = BARE.matcher(text).region(from, text.length());
        if (bare.lookingAt()) {
            if (!Labels.isValue(bare.group())) {
                throw new LabelSyntaxException(text, from, "a value has at most 128 characters");
            }
            tokens.add(new Token(Kind.WORD, bare.group(), from));
            return bare.end();
        }
        int point = text.codePointAt(from);
        String shown = Character.isISOControl(point) ? "a control character" : "'" + Character.toString(point) + "'";
        throw new LabelSyntaxException(text, from, shown + " has no meaning here; put odd values in quotes");
    }

    private @Nullable String sign(int at) {
        for (String sign : List.of("!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ",")) {
            if (text.startsWith(sign, at)) {
                return sign;
            }
        }
        return null;
    }
}
