package io.fulmar.fleet;

import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Status;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device that takes over every configuration that it is told, or none. Owned by its test. */
final class ConfiguredDevice implements AutoCloseable {
    private final TestDevice device;
    private final boolean refuses;
    private final @Nullable TrustRoot trust;
    private byte @Nullable [] done;
    private long version;
    private String toml = "";

    ConfiguredDevice(String id, long epoch, URI broker, boolean refuses, @Nullable TrustRoot trust) {
        this.device = new TestDevice(id, epoch, broker);
        this.refuses = refuses;
        this.trust = trust;
    }

    /** Says hello, and how it is, as every device does. */
    void connect() {
        device.connect();
        device.until(
                false,
                1,
                () -> device.retain(new Status(
                        true,
                        null,
                        "0.2.0",
                        1,
                        System.currentTimeMillis(),
                        1,
                        Status.Health.HEALTHY,
                        List.of(),
                        List.of(),
                        List.of(),
                        0,
                        1 << 20)));
    }

    /** What it was told last; null for nothing. */
    byte @Nullable [] desired() {
        return device.desired();
    }

    /** The configuration that it has taken over. */
    String toml() {
        return toml;
    }

    /** Of its desired state, the version that it has answered. */
    long version() {
        return version;
    }

    /** Does what there is to do, once. */
    void step() {
        var turns = new AtomicInteger();
        device.until(false, 1, () -> turns.getAndIncrement() > 0);
        byte[] wanted = device.desired();
        if (wanted == null || wanted == done) {
            return;
        }
        Desired desired = DesiredCodec.decode(believed(wanted));
        boolean takes = !refuses || desired.config().toml().isEmpty();
        if (takes) {
            toml = desired.config().toml();
        }
        var config = new Reported.Config(
                desired.version(),
                desired.version(),
                Desired.Config.of(toml).sha256(),
                takes ? Reported.State.ACTIVE : Reported.State.REFUSED,
                takes ? null : "no such key");
        if (device.retain(new Reported("0.2.0", 1, null, desired.version(), config, List.of()))) {
            done = wanted;
            version = desired.version();
        }
    }

    private byte[] believed(byte[] wanted) {
        if (trust == null) {
            return wanted;
        }
        return switch (trust.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, wanted)) {
            case Verification.Verified verified -> verified.payload();
            case Verification.Rejected rejected -> throw new AssertionError(rejected.reason());
        };
    }

    @Override
    public void close() {
        device.close();
    }
}
