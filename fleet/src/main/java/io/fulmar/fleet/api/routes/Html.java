package io.fulmar.fleet.api.routes;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Builds HTML; whatever comes from outside goes through {@link #text}, which escapes it. Owned by one thread. */
final class Html {
    private final StringBuilder out = new StringBuilder(8192);

    /** Markup that was written by us. */
    Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Text that anybody may have written; an absent one is a dash. */
    Html text(@Nullable Object value) {
        String text = value == null ? "–" : value.toString();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(Character.isISOControl(c) ? ' ' : c);
            }
        }
        return this;
    }

    /** A table cell. */
    Html cell(@Nullable Object value) {
        return raw("<td>").text(value).raw("</td>");
    }

    /** A whole number with a thin space between the thousands, whatever the host's locale. */
    static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value).replace(',', '\u202f');
    }

    /** A table cell with a number in it. */
    Html number(long value) {
        return raw("<td class=n>").text(grouped(value)).raw("</td>");
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
