package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which devices were turned away lately, since they were never enrolled. Kept in memory only: nothing of them is stored, and
 * somebody who makes up names pushes out the oldest. Owned by the ingest thread.
 */
final class Strangers {
    private final Map<String, Stranger> heard = new LinkedHashMap<>();
    private List<Stranger> shown = List.of();
    private boolean changed;
    private long shownNanos;

    /** A message of that device was turned away. */
    void heard(String device, long nowMillis) {
        Stranger before = heard.remove(device); // and to the end with it
        if (heard.size() >= Limits.STRANGERS_KNOWN) {
            heard.remove(heard.keySet().iterator().next());
        }
        heard.put(
                device,
                before == null
                        ? new Stranger(device, nowMillis, nowMillis, 1)
                        : new Stranger(device, before.sinceMillis(), nowMillis, before.messages() + 1));
        changed = true;
    }

    /** That device was enrolled. */
    void taken(String device) {
        changed |= heard.remove(device) != null;
    }

    /** Those of the last hour, the newest first; made anew once a second at most. */
    List<Stranger> shown(long nowNanos, long nowMillis) {
        boolean some = changed || !heard.isEmpty();
        if (some && nowNanos - shownNanos >= Limits.STRANGERS_LOOK.toNanos()) {
            heard.values().removeIf(it -> nowMillis - it.lastMillis() > Limits.STRANGERS_SHOWN.toMillis());
            shown = heard.values().stream()
                    .sorted(Comparator.comparingLong(Stranger::sinceMillis).reversed())
                    .toList();
            changed = false;
            shownNanos = nowNanos;
        }
        return shown;
    }
}
