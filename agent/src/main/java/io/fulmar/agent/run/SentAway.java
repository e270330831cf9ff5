package io.fulmar.agent.run;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Taken;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a device does when the fleet does not take it, since another one uses its identity and was there first, or since it was
 * never enrolled: it says so, stays away for minutes, and asks again. Owned by the control thread.
 */
public final class SentAway {
    private static final Logger LOG = LoggerFactory.getLogger("link");

    private final String session;
    private final Conditions conditions;
    private final RandomGenerator random;
    private boolean away;
    private long backAtNanos;

    /** @param session as in this process's hellos */
    public SentAway(String session, Conditions conditions, RandomGenerator random) {
        this.session = session;
        this.conditions = conditions;
        this.random = random;
    }

    /** The fleet said this; returns whether it sends this device away, which has to go then. */
    boolean told(DownlinkMessage said, long nowNanos) {
        if (said instanceof Taken taken && taken.session().equals(session)) {
            Duration wait = stayAway(taken.retryAfterMillis(), nowNanos);
            conditions.raise(ConditionName.IDENTITY_TAKEN, "the fleet says that another device uses this identity");
            LOG.warn("another device uses this identity: staying away from the broker for {} s", wait.toSeconds());
            return true;
        }
        if (said instanceof NotEnrolled refusal) {
            Duration wait = stayAway(refusal.retryAfterMillis(), nowNanos);
            conditions.raise(ConditionName.NOT_ENROLLED, "the fleet takes enrolled devices only, and not this one");
            LOG.warn(
                    "the fleet takes nothing of a device that was not enrolled: staying away from the broker for {} s; "
                            + "enrol this one with 'fulmar agent enroll'",
                    wait.toSeconds());
            return true;
        }
        return false;
    }

    private Duration stayAway(int leastMillis, long nowNanos) {
        long least = Math.clamp(leastMillis, Limits.AWAY_LEAST.toMillis(), Limits.AWAY_MOST.toMillis());
        Duration wait = Duration.ofMillis(least + random.nextLong(least + 1));
        away = true;
        backAtNanos = nowNanos + wait.toNanos();
        return wait;
    }

    /** Whether to stay away still. */
    boolean away(long nowNanos) {
        away = away && nowNanos - backAtNanos < 0;
        return away;
    }

    /** The fleet took this device for what it says it is. */
    void welcomed() {
        conditions.clear(ConditionName.IDENTITY_TAKEN);
        conditions.clear(ConditionName.NOT_ENROLLED);
    }
}
