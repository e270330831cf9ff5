package io.fulmar.agent.drift;

import java.util.ArrayList;
import java.util.List;

/** The few numbers that stand for many: the values themselves, or their mean and their deviation from it. Immutable. */
final class Summary {
    private final List<String> names;
    private final boolean single;

    /** @param most as many values stand for themselves */
    Summary(String what, int values, int most) {
        this.single = values <= most;
        List<String> all = new ArrayList<>();
        for (int i = 0; single && i < values; i++) {
            all.add(what + " " + i);
        }
        this.names = single ? List.copyOf(all) : List.of(what + " mean", what + " deviation");
    }

    List<String> names() {
        return names;
    }

    /** Writes one number for each name. */
    void of(float[] frame, float[] into, int at) {
        if (single) {
            for (int i = 0; i < names.size(); i++) {
                into[at + i] = i < frame.length ? frame[i] : 0;
            }
            return;
        }
        if (frame.length == 0) {
            into[at] = 0;
            into[at + 1] = 0;
            return;
        }
        int stride = (frame.length + Limits.SUMMARISED - 1) / Limits.SUMMARISED;
        double first = frame[0]; // near the others, so that nothing is lost of small differences between large numbers
        double sum = 0;
        double squares = 0;
        int count = 0;
        for (int i = 0; i < frame.length; i += stride) {
            double apart = frame[i] - first;
            sum += apart;
            squares += apart * apart;
            count++;
        }
        double mean = sum / count;
        into[at] = (float) (first + mean);
        into[at + 1] = (float) Math.sqrt(Math.max(0, squares / count - mean * mean));
    }
}
