package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trust root that counts for this fleet, and what devices are told when another one has followed it. Looks at the files
 * from time to time, so that a command can change them. Owned by the ingest thread.
 */
public final class TrustDesk {
    private static final Logger LOG = LoggerFactory.getLogger(TrustDesk.class);

    private final @Nullable Path dataDir;
    private @Nullable TrustRoot root;
    private byte @Nullable [] chain;
    private boolean due;
    private long lookedNanos;
    private long toldNanos;

    private TrustDesk(@Nullable Path dataDir) {
        this.dataDir = dataDir;
    }

    /** For a fleet in which nothing needs to be signed. */
    public static TrustDesk none() {
        return new TrustDesk(null);
    }

    /** Reads what lies in that data directory; a {@link FleetException} says what of it cannot be used. */
    public static TrustDesk open(Path dataDir) {
        TrustDesk desk = new TrustDesk(dataDir);
        desk.root = FleetTrust.read(dataDir);
        desk.chain = read(FleetTrust.chain(dataDir));
        return desk;
    }

    /** Whose signature counts now; null where nothing needs one. */
    @Nullable
    TrustRoot root() {
        return root;
    }

    /** The connection is new. */
    void connected() {
        due = true;
    }

    /** Looks at the files, and tells devices. Returns how much there was to do. */
    int work(Topics topics, Link link, long nowNanos) {
        if (dataDir == null) {
            return 0;
        }
        if (nowNanos - lookedNanos >= Limits.TRUST_LOOK.toNanos()) {
            lookedNanos = nowNanos;
            look(dataDir);
        }
        boolean again = nowNanos - toldNanos >= Limits.TRUST_AGAIN.toNanos();
        if (chain == null || !(due || again) || !link.connected()) {
            return 0;
        }
        var message = OutboundMessage.of(topics.trust(), chain, 1, true, 0).describedAs(Envelope.JSON, Map.of());
        if (link.publish(message) != PublishOutcome.ACCEPTED) {
            return 0;
        }
        due = false;
        toldNanos = nowNanos;
        return 1;
    }

    private void look(Path from) {
        try {
            TrustRoot now = FleetTrust.read(from);
            if (!Objects.equals(version(now), version(root))) {
                LOG.info("from now on the trust root of version {} counts", now == null ? "none" : now.version());
            }
            byte[] newest = read(FleetTrust.chain(from));
            due |= newest != null && !Arrays.equals(newest, chain);
            root = now;
            chain = newest;
        } catch (FleetException e) {
            LOG.warn("the trust root cannot be read, so the one from before still counts: {}", e.getMessage());
        }
    }

    private static @Nullable Integer version(@Nullable TrustRoot root) {
        return root == null ? null : root.version();
    }

    private static byte @Nullable [] read(Path file) {
        try {
            return Files.exists(file) ? Files.readAllBytes(file) : null;
        } catch (IOException e) {
            throw new FleetException(
                    FleetException.Category.TRANSIENT, file + " cannot be read: " + e, "check who may read it", e);
        }
    }
}
