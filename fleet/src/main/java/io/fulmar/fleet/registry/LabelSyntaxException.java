package io.fulmar.fleet.registry;

/** A text that is no expression over labels: says where, and what was expected there. Immutable. */
public final class LabelSyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String text;
    private final int at;
    private final String problem;

    LabelSyntaxException(String text, int at, String problem) {
        super("character " + (at + 1) + ": " + problem);
        this.text = text;
        this.at = at;
        this.problem = problem;
    }

    /** Where it is wrong, in characters from 0; the length of the text for its end. */
    public int at() {
        return at;
    }

    /** What is wrong there, without the place. */
    public String problem() {
        return problem;
    }

    /** The text with a mark under the place, in two lines; a long text is cut around it. */
    public String marked() {
        int from = Math.max(0, at - 60);
        int to = Math.min(text.length(), at + 20);
        String before = from > 0 ? "…" : "";
        String shown =
                before + text.substring(from, to).replaceAll("\\p{Cntrl}", " ") + (to < text.length() ? "…" : "");
        return shown + System.lineSeparator() + " ".repeat(before.length() + at - from) + "^";
    }
}
