package io.fulmar.agent.run;

import io.fulmar.agent.health.FaultLog;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Limits;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the trust roots that the fleet passes on, of which nobody but their signers needs to be believed. Owned by its
 * thread, except {@link #offer}, which is thread-safe.
 */
public final class TrustIntake implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("trust");
    private static final String HINT = "look at who may write the topic, and at what the holders of root keys signed";

    private final Function<byte[], Succession> trust;
    private final BiConsumer<String, String> events;
    private final FaultLog faults;
    private final Runnable then;
    private final Doorbell doorbell;
    private final AtomicReference<@Nullable InboundMessage> newest = new AtomicReference<>();
    private @Nullable String refused;

    /**
     * Takes what comes in to where it is checked and kept.
     *
     * @param events takes what belongs into the device's history: its name and what there is to say
     * @param then when another trust root counts
     */
    public TrustIntake(
            Function<byte[], Succession> trust,
            BiConsumer<String, String> events,
            FaultLog faults,
            Runnable then,
            Doorbell doorbell) {
        this.trust = trust;
        this.events = events;
        this.faults = faults;
        this.then = then;
        this.doorbell = doorbell;
    }

    /** Of several that come together the last counts. */
    public void offer(InboundMessage message) {
        newest.set(message);
        doorbell.ring();
    }

    @Override
    public int work(long nowNanos) {
        InboundMessage message = newest.getAndSet(null);
        if (message == null || message.payload().length == 0) {
            return 0;
        }
        if (message.payload().length > Limits.CONTROL_BYTES) {
            refuse(message.payload().length + " bytes are more than trust roots may have");
            return 1;
        }
        switch (trust.apply(message.payload())) {
            case Succession.Accepted(TrustRoot root) -> {
                LOG.info("from now on the trust root of version {} counts", root.version());
                events.accept("trust.followed", "version " + root.version());
                then.run();
            }
            case Succession.Known _ -> refused = null;
            case Succession.Refused(String reason) -> refuse(reason);
        }
        return 1;
    }

    /** Once in the history for each reason: the broker says the same again at every connection. */
    private void refuse(String reason) {
        faults.record("trust", "a trust root is refused: " + reason, HINT);
        if (!Objects.equals(reason, refused)) {
            refused = reason;
            events.accept("trust.refused", reason);
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        return Long.MAX_VALUE;
    }
}
