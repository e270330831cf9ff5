package io.fulmar.cli.sim;

import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.WireException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated device makes of the desired state: a configuration is taken over at once, a release is active after a while
 * or, on a device that fails, turned down. Nothing is downloaded or verified. Owned by the simulation's thread.
 */
final class Releases {
    private static final String REASON = "errors: the simulation was told to turn releases down";
    private static final long P95_MICROS = 75;
    private static final long MEMORY = 1 << 20;

    private final boolean fails;
    private final LongSupplier installNanos;
    private final Map<String, Installed> models = new LinkedHashMap<>();
    private Reported.Config config =
            new Reported.Config(0, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null);
    private long version;
    private ModelRef running;

    /** What is known of one model: what is active, and what is on its way or was turned down. */
    private record Installed(
            Reported.@Nullable Model active,
            Reported.@Nullable Model other,
            Desired.@Nullable Model wanted,
            long dueNanos) {}

    /**
     * @param fails whether this device turns down every release
     * @param installNanos draws how long the next one takes
     */
    Releases(ModelRef running, boolean fails, LongSupplier installNanos) {
        this.running = running;
        this.fails = fails;
        this.installNanos = installNanos;
    }

    /** Which model predicts now. */
    ModelRef running() {
        return running;
    }

    /** Takes a desired state; whether there is something new to report. */
    boolean wanted(byte[] payload, String device, long nowNanos) {
        Desired desired;
        try {
            desired = DesiredCodec.decode(
                    Dsse.isEnvelope(payload) ? Dsse.read(payload).unverifiedPayload() : payload);
        } catch (WireException | TrustException e) {
            return false; // a real device would report why; nobody sends such a thing to this one
        }
        if (!desired.device().equals(device) || desired.version() <= version) {
            return false;
        }
        version = desired.version();
        if (!desired.config().sha256().equals(config.sha256())) {
            config = new Reported.Config(
                    config.generation() + 1, version, desired.config().sha256(), Reported.State.ACTIVE, null);
        }
        for (Desired.Model model : desired.models()) {
            want(model, nowNanos);
        }
        return true;
    }

    private void want(Desired.Model model, long nowNanos) {
        Installed known = models.getOrDefault(model.name(), new Installed(null, null, null, Long.MAX_VALUE));
        Reported.Model active = known.active();
        if (active != null && active.manifest().equals(model.manifest())) {
            models.put(
                    model.name(),
                    new Installed(said(model, Reported.ModelState.ACTIVE, null), null, null, Long.MAX_VALUE));
            return;
        }
        Reported.Model other = known.other();
        if (other != null && other.manifest().equals(model.manifest()) && other.assigned() == model.assigned()) {
            return; // on its way, or turned down and not assigned anew
        }
        models.put(
                model.name(),
                new Installed(
                        active,
                        said(model, Reported.ModelState.DOWNLOADING, null),
                        model,
                        nowNanos + installNanos.getAsLong()));
    }

    /** Ends the installations whose time has come; whether there is something new to report. */
    boolean work(long nowNanos) {
        boolean changed = false;
        for (Map.Entry<String, Installed> entry : models.entrySet()) {
            Installed known = entry.getValue();
            Desired.Model wanted = known.wanted();
            if (wanted != null && nowNanos - known.dueNanos() >= 0) {
                entry.setValue(ended(known, wanted));
                changed = true;
            }
        }
        return changed;
    }

    private Installed ended(Installed known, Desired.Model wanted) {
        if (fails) {
            Reported.Model down = said(wanted, Reported.ModelState.ROLLED_BACK, REASON);
            return new Installed(known.active(), down, null, Long.MAX_VALUE);
        }
        if (wanted.shadowMillis() > 0) {
            Reported.Model beside = said(wanted, Reported.ModelState.SHADOWED, null);
            return new Installed(known.active(), beside, null, Long.MAX_VALUE);
        }
        running = new ModelRef(wanted.name(), wanted.version(), wanted.manifest());
        return new Installed(said(wanted, Reported.ModelState.ACTIVE, null), null, null, Long.MAX_VALUE);
    }

    private static Reported.Model said(Desired.Model model, Reported.ModelState state, @Nullable String reason) {
        boolean under = state == Reported.ModelState.DOWNLOADING;
        boolean shadowed = state == Reported.ModelState.SHADOWED;
        return new Reported.Model(
                model.name(),
                model.version(),
                model.release(),
                model.manifest(),
                state,
                0,
                under ? model.size() : 0,
                reason,
                state == Reported.ModelState.ACTIVE ? 1 : -1,
                state == Reported.ModelState.ACTIVE ? 0 : -1,
                model.assigned(),
                under
                        ? null
                        : new Reported.Numbers(1_000, 0, P95_MICROS, MEMORY, 0, shadowed ? 1 : -1, P95_MICROS, MEMORY));
    }

    /** When the next installation ends. */
    long dueNanos(long nowNanos) {
        long due = Long.MAX_VALUE;
        for (Installed known : models.values()) {
            if (known.wanted() != null) {
                due = Math.min(due, Math.max(nowNanos, known.dueNanos()));
            }
        }
        return due;
    }

    /** The state that is. */
    Reported reported(String agentVersion, long nowMillis) {
        List<Reported.Model> all = new ArrayList<>();
        for (Installed known : models.values()) {
            if (known.active() != null) {
                all.add(known.active());
            }
            if (known.other() != null) {
                all.add(known.other());
            }
        }
        return new Reported(
                agentVersion,
                nowMillis,
                null,
                version,
                config,
                List.of(new Reported.Pipeline("simulated", Reported.Doing.RUNNING, running)),
                all);
    }
}
