package io.fulmar.fleet.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command and what is known of it.
 *
 * @param number rises in the order of arrival
 * @param group whether it was sent to a group
 * @param target the device or the group
 * @param command what was signed or sent: JSON
 * @param signedBy key ids, as it claims
 * @param expiresMillis until when it is sent again
 * @param heard how often, repeats included
 * @param answers by device
 * @param waiting devices that have not answered; of a group those that are known to be of it
 *     <p>Immutable.
 */
public record CommandRow(
        long number,
        String id,
        String type,
        boolean group,
        String target,
        String command,
        List<String> signedBy,
        long notBeforeMillis,
        long expiresMillis,
        long receivedMillis,
        long heard,
        List<Answer> answers,
        List<String> waiting) {
    public CommandRow {
        signedBy = List.copyOf(signedBy);
        answers = List.copyOf(answers);
        waiting = List.copyOf(waiting);
    }

    /**
     * What became of it on one device.
     *
     * @param outcome done, failed, refused or unknown
     * @param result JSON; null where there is none, or where it was too large for a row
     * @param resultBytes also of one that was left out
     *     <p>Immutable.
     */
    public record Answer(
            String device,
            String outcome,
            @Nullable String reason,
            @Nullable String result,
            int resultBytes,
            long wallMillis,
            long receivedMillis) {}

    /** In a few words: {@code done}, {@code waiting}, {@code no answer}, and for a group {@code 2 done, 1 waiting}. */
    public String state(long nowMillis) {
        if (!group && answers.size() + waiting.size() == 1) {
            return waiting.isEmpty() ? answers.getFirst().outcome() : unanswered(nowMillis);
        }
        StringBuilder text = new StringBuilder();
        for (String outcome : List.of("done", "failed", "refused", "unknown")) {
            count(
                    text,
                    answers.stream().filter(a -> a.outcome().equals(outcome)).count(),
                    outcome);
        }
        count(text, waiting.size(), unanswered(nowMillis));
        return text.isEmpty() ? unanswered(nowMillis) : text.toString();
    }

    private String unanswered(long nowMillis) {
        return expiresMillis > nowMillis ? "waiting" : "no answer";
    }

    private static void count(StringBuilder text, long count, String what) {
        if (count > 0) {
            text.append(text.isEmpty() ? "" : ", ").append(count).append(' ').append(what);
        }
    }
}
