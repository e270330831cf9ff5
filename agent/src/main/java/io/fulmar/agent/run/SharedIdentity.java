package io.fulmar.agent.run;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.sync.wire.Taken;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a device does when the fleet says that another one uses its identity and was there first: it says so, stays away for
 * minutes, and asks again. Owned by the control thread.
 */
public final class SharedIdentity {
    private static final Logger LOG = LoggerFactory.getLogger("link");

    private final String session;
    private final Conditions conditions;
    private final RandomGenerator random;
    private boolean away;
    private long backAtNanos;

    /** @param session as in this process's hellos */
    public SharedIdentity(String session, Conditions conditions, RandomGenerator random) {
        this.session = session;
        this.conditions = conditions;
        this.random = random;
    }

    /** The fleet said this; returns whether it means this device, which has to go then. */
    boolean told(Taken taken, long nowNanos) {
        if (!taken.session().equals(session)) {
            return false;
        }
        long least = Math.clamp(taken.retryAfterMillis(), Limits.AWAY_LEAST.toMillis(), Limits.AWAY_MOST.toMillis());
        Duration wait = Duration.ofMillis(least + random.nextLong(least + 1));
        away = true;
        backAtNanos = nowNanos + wait.toNanos();
        conditions.raise(ConditionName.IDENTITY_TAKEN, "the fleet says that another device uses this identity");
        LOG.warn("another device uses this identity: staying away from the broker for {} s", wait.toSeconds());
        return true;
    }

    /** Whether to stay away still. */
    boolean away(long nowNanos) {
        away = away && nowNanos - backAtNanos < 0;
        return away;
    }

    /** The fleet took this device for what it says it is. */
    void welcomed() {
        conditions.clear(ConditionName.IDENTITY_TAKEN);
    }
}
