package io.fulmar.training.card;

import io.fulmar.training.evaluate.Confusion;
import java.util.List;
import java.util.Locale;

/** The tables of a model card. Has no state. */
public final class Markdown {
    private Markdown() {}

    /** 0.9876 as 98.76 %. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    /** One row a true label, one column an answer. */
    public static String table(Confusion confusion, List<String> labels) {
        StringBuilder text = new StringBuilder("| is \\ taken for |");
        labels.forEach(label -> text.append(' ').append(label).append(" |"));
        text.append(" found |\n|---|").append("---:|".repeat(labels.size() + 1)).append('\n');
        for (int truth = 0; truth < labels.size(); truth++) {
            text.append("| ").append(labels.get(truth)).append(" |");
            for (int answer = 0; answer < labels.size(); answer++) {
                text.append(' ').append(confusion.count(truth, answer)).append(" |");
            }
            text.append(' ').append(percent(confusion.recall(truth))).append(" |\n");
        }
        return text.toString().stripTrailing();
    }
}
