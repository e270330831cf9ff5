package io.fulmar.agent.health;

import io.fulmar.sync.wire.Status;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The board where every part of the agent says what is wrong with it now; the status is composed from it. A condition is
 * logged when it is raised first and when it is cleared, and not in between. Thread-safe.
 */
public final class Conditions {
    private static final Logger LOG = LoggerFactory.getLogger("condition");

    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Map<Key, Raised> raised = new ConcurrentHashMap<>();

    private record Key(ConditionName name, String subject) {}

    private record Raised(String reason, String hint, long sinceMillis, long sinceNanos) {}

    public Conditions(InstantSource clock, LongSupplier nanoClock) {
        this.clock = clock;
        this.nanoClock = nanoClock;
    }

    /** Says that this is wrong, with the name's own hint; the same again changes nothing but the reason. */
    public void raise(ConditionName name, String reason) {
        raise(name, "", reason, name.hint());
    }

    /**
     * Says that this is wrong.
     *
     * @param subject what it is wrong with, where there are several, such as the name of a pipeline; else empty
     */
    public void raise(ConditionName name, String subject, String reason, String hint) {
        Key key = new Key(name, subject);
        if (raised.size() >= Limits.MAX_CONDITIONS && !raised.containsKey(key)) {
            return;
        }
        Raised now = new Raised(shortened(reason), hint, clock.millis(), nanoClock.getAsLong());
        if (raised.putIfAbsent(key, now) == null) {
            LOG.warn("{}: {} | {}", name.text(), now.reason(), hint);
        } else {
            raised.computeIfPresent(
                    key, (same, old) -> new Raised(now.reason(), hint, old.sinceMillis(), old.sinceNanos()));
        }
    }

    /** Says that this is well again. */
    public void clear(ConditionName name) {
        clear(name, "");
    }

    /** Says that this is well again with that subject. */
    public void clear(ConditionName name, String subject) {
        if (raised.remove(new Key(name, subject)) != null) {
            LOG.info("{}{}: well again", name.text(), subject.isEmpty() ? "" : " " + subject);
        }
    }

    /** Raises or clears. */
    public void set(ConditionName name, boolean wrong, String reason) {
        if (wrong) {
            raise(name, reason);
        } else {
            clear(name);
        }
    }

    /** Whether that is wrong now, with any subject. */
    public boolean holds(ConditionName name) {
        return raised.keySet().stream().anyMatch(key -> key.name() == name);
    }

    /** The clock was corrected: what is wrong is so since as long as before, but since another time. */
    public void clockCorrected() {
        long nowMillis = clock.millis();
        long nowNanos = nanoClock.getAsLong();
        raised.replaceAll((key, it) -> new Raised(
                it.reason(), it.hint(), nowMillis - (nowNanos - it.sinceNanos()) / 1_000_000, it.sinceNanos()));
    }

    /** What is wrong now, in the order of the names. */
    public List<Status.Condition> now() {
        return raised.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<Key, Raised> entry) -> entry.getKey().name())
                        .thenComparing(entry -> entry.getKey().subject()))
                .map(entry -> new Status.Condition(
                        entry.getKey().name().text(),
                        entry.getValue().reason(),
                        entry.getValue().hint(),
                        entry.getValue().sinceMillis()))
                .toList();
    }

    private static String shortened(String text) {
        return text.length() <= Limits.MAX_MESSAGE ? text : text.substring(0, Limits.MAX_MESSAGE) + "…";
    }
}
