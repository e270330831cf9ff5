package io.fulmar.cli.demo;

import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.rollout.GateValue;
import io.fulmar.fleet.rollout.MemberState;
import io.fulmar.fleet.rollout.PublishedReleases;
import io.fulmar.fleet.rollout.RolloutDetail;
import io.fulmar.fleet.rollout.RolloutState;
import io.fulmar.fleet.rollout.Rollouts;
import io.fulmar.model.pack.PackageReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings releases to the devices in waves, and looks how that goes. One rollout is under way at a time. Owned by the demo's
 * thread.
 */
final class DemoRollouts implements AutoCloseable {
    /** How far the scores may be from what the release said of its own data; the bad one is far beyond. */
    private static final double CONFIDENCE_SHIFT = 0.5;

    /** As many as a trial has, and as many again. */
    private static final int PREDICTIONS = 100;

    /** How long it is looked whether a rollout that was halted really tells nobody any more. */
    private static final Duration AFTER_HALT = Duration.ofSeconds(3);

    private static final String WHO = "demo";

    private final Database database;
    private final Rollouts rollouts;
    private final Consumer<String> events;
    private final List<Outcome> outcomes = new ArrayList<>();
    private @Nullable Running running;
    private String shown = "";

    private record Running(String id, boolean halts, long endedNanos) {}

    /**
     * What became of a rollout. Immutable.
     *
     * @param stoppedBy the gate that it has missed; empty for none
     * @param assignedAfterHalt devices that were told after it was halted
     */
    record Outcome(
            String name, String state, String stoppedBy, List<Wave> waves, long assignedAfterHalt, boolean asItMust) {
        Outcome {
            waves = List.copyOf(waves);
        }
    }

    /**
     * Devices of one wave. Immutable.
     *
     * @param told and not ended yet, or given up
     */
    record Wave(long devices, long active, long failed, long told) {}

    /**
     * Of a fleet.
     *
     * @param data its data directory
     */
    DemoRollouts(Path data, Consumer<String> events) {
        database = Database.in(data);
        rollouts = new Rollouts(
                database,
                new OperatorSignature(data, null),
                new PublishedReleases(new Catalog(data)),
                InstantSource.system());
        this.events = events;
    }

    /**
     * Begins one: a device first, another, then all of them.
     *
     * @param halts whether it must be stopped in its first wave
     */
    void begin(String name, PackageReader release, boolean halts) {
        String plan = String.format(
                Locale.ROOT,
                """
                {"name": "%s", "target": "all",
                 "release": {"model": "%s", "version": "%s"},
                 "waves": [{"devices": 1}, {"devices": 2}, {"percent": 100}],
                 "gates": {"crashes": 0, "confidenceShift": %s, "minimumPredictions": %d}}""",
                name,
                release.manifest().name(),
                release.manifest().version(),
                CONFIDENCE_SHIFT,
                PREDICTIONS);
        RolloutDetail made = rollouts.create(plan.getBytes(StandardCharsets.UTF_8), WHO);
        running = new Running(made.row().id(), halts, 0);
        shown = "";
    }

    /** Whether none is under way. */
    boolean isQuiet() {
        return running == null;
    }

    /** Asks how it goes, and says what is new. */
    void look() {
        Running of = running;
        if (of == null) {
            return;
        }
        RolloutDetail rollout = Objects.requireNonNull(rollouts.find(of.id()));
        say(rollout);
        if (rollout.row().state() == RolloutState.RUNNING) {
            return;
        }
        long now = System.nanoTime();
        if (of.endedNanos() == 0) {
            running = new Running(of.id(), of.halts(), now);
        } else if (!of.halts() || now - of.endedNanos() >= AFTER_HALT.toNanos()) {
            running = null;
            outcomes.add(outcome(rollout, of.halts()));
        }
    }

    private static List<Wave> waves(RolloutDetail rollout) {
        return rollout.waves().stream()
                .map(wave -> new Wave(
                        wave.total(),
                        count(wave.devices(), MemberState.ACTIVE),
                        count(wave.devices(), MemberState.FAILED),
                        count(wave.devices(), MemberState.ASSIGNED) + count(wave.devices(), MemberState.TIMED_OUT)))
                .toList();
    }

    private static long count(Map<MemberState, Long> devices, MemberState state) {
        return devices.getOrDefault(state, 0L);
    }

    private void say(RolloutDetail rollout) {
        String reason = rollout.row().reason();
        String now = "rollout " + rollout.row().id() + " is "
                + rollout.row().state().text() + (reason == null ? "" : " (" + reason + ")") + ": "
                + waves(rollout).stream()
                        .map(wave -> wave.active() + " of " + wave.devices())
                        .collect(Collectors.joining(", "))
                + " in its waves have it";
        if (!now.equals(shown)) {
            events.accept(now);
            shown = now;
        }
    }

    private static Outcome outcome(RolloutDetail rollout, boolean halts) {
        RolloutState state = rollout.row().state();
        List<Wave> waves = waves(rollout);
        String stoppedBy = rollout.waves().stream()
                .flatMap(wave -> wave.gates().stream())
                .filter(GateValue::isMissed)
                .map(GateValue::name)
                .findFirst()
                .orElse("");
        boolean asItMust = halts
                ? state == RolloutState.HALTED
                        && stoppedBy.equals("confidenceShift")
                        && rollout.toldAfterHalt() == 0
                        && waves.stream()
                                .skip(1)
                                .allMatch(wave -> wave.active() == 0 && wave.failed() == 0 && wave.told() == 0)
                : state == RolloutState.DONE && waves.stream().allMatch(wave -> wave.active() == wave.devices());
        return new Outcome(rollout.row().name(), state.text(), stoppedBy, waves, rollout.toldAfterHalt(), asItMust);
    }

    List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    @Override
    public void close() {
        database.close();
    }
}
