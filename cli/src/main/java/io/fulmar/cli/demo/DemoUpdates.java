package io.fulmar.cli.demo;

import io.fulmar.cli.demo.DemoReleases.Step;
import io.fulmar.cli.demo.DemoReleases.Way;
import io.fulmar.fleet.FleetClient;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands out one release after the other, and hears what each device makes of it. The next comes when no device has the one
 * before it under way any more: a device skips what was superseded while it was off. Owned by the demo's thread.
 */
final class DemoUpdates implements AutoCloseable {
    private final List<String> devices;
    private final DemoReleases releases;
    private final Path data;
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final Map<String, Reported> reported = new HashMap<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Set<String> open = new TreeSet<>();
    private final FleetClient client;
    private final DemoRollouts rollouts;
    private final Consumer<String> events;
    private int assigned;

    /**
     * What one device made of a release. Immutable.
     *
     * @param reason of what was undone; else empty
     * @param swapMillis from all files being there until the pipelines ran it; -1 where it did not get so far
     * @param framesDropped between the last frame of the model before and the first of this one; -1 where there was none
     */
    record Outcome(
            String device,
            String model,
            String version,
            DemoReleases.End result,
            String reason,
            long swapMillis,
            long framesDropped,
            boolean asItMust) {}

    /** A connection to the broker that hears these topics. */
    @FunctionalInterface
    interface Connection {
        FleetClient open(List<String> filters, Consumer<InboundMessage> listener);
    }

    /**
     * Of these releases.
     *
     * @param data where the fleet keeps what is published
     * @param rollouts by which some of them come; closed with this
     */
    DemoUpdates(
            List<String> devices,
            DemoReleases releases,
            Path data,
            Connection connection,
            DemoRollouts rollouts,
            Consumer<String> events) {
        this.rollouts = rollouts;
        this.devices = List.copyOf(devices);
        this.releases = releases;
        this.data = data;
        this.events = events;
        this.client = connection.open(List.of(wire.topics().everyReported()), this::onMessage);
    }

    /** Listens until that holds or the time is over. */
    boolean await(BooleanSupplier holds, Duration atMost) {
        boolean held = client.await(holds, atMost);
        rollouts.look();
        return held;
    }

    /** How many releases were handed out. */
    int assigned() {
        return assigned;
    }

    /** Whether the next release can be handed out: there is one, and every device runs what it came with. */
    boolean isReady() {
        return assigned < releases.later().size()
                && isQuiet()
                && devices.stream().allMatch(device -> runsSomething(reported.get(device)));
    }

    private static boolean runsSomething(@Nullable Reported said) {
        return said != null && said.models().stream().anyMatch(it -> it.state() == Reported.ModelState.ACTIVE);
    }

    /** Whether all were handed out, and nothing of them is under way any more. */
    boolean isDone() {
        return assigned == releases.later().size() && isQuiet();
    }

    /** Of a release that is stopped nothing more is to be heard than of the first device. */
    private boolean isQuiet() {
        boolean stopped = assigned > 0 && releases.later().get(assigned - 1).way() == Way.STOPPED;
        return rollouts.isQuiet() && (stopped ? open.size() < devices.size() : open.isEmpty());
    }

    /** Who has not said what became of the release that was assigned last. */
    Set<String> open() {
        return open;
    }

    List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    List<DemoRollouts.Outcome> rollouts() {
        return rollouts.outcomes();
    }

    /** Publishes the next release and hands it out. */
    void assignNext() {
        Step step = releases.later().get(assigned);
        DemoReleases.publish(data, step.release());
        assigned++;
        open.addAll(devices);
        switch (step.way()) {
            case ASSIGNED -> {
                events.accept(step.what() + ", " + name(step) + ", is published and assigned to all");
                devices.forEach(device -> assign(device, step));
            }
            case ROLLED_OUT, STOPPED -> {
                events.accept(step.what() + ", " + name(step) + ", is published and rolled out in waves");
                rollouts.begin(step.what(), step.release(), step.way() == Way.STOPPED);
            }
        }
    }

    private void assign(String device, Step step) {
        var document = new Desired(
                assigned, device, Desired.Config.of(""), List.of(DemoReleases.wanted(step.release(), assigned)));
        client.send(wire.topics().desired(device), DesiredCodec.encode(document), true);
    }

    private static String name(Step step) {
        return step.release().manifest().name() + " "
                + step.release().manifest().version();
    }

    private void onMessage(InboundMessage message) {
        if (wire.topics().parse(message.topic()) instanceof Topic.Reported(String device)
                && wire.decodeUplink(new Envelope(
                                        message.topic(),
                                        message.payload(),
                                        message.contentType(),
                                        message.userProperties()))
                                .message()
                        instanceof Reported said) {
            reported.put(device, said);
            if (assigned > 0 && open.contains(device)) {
                said.models().forEach(model -> hear(device, releases.later().get(assigned - 1), model));
            }
        }
    }

    private void hear(String device, Step step, Reported.Model said) {
        if (!said.manifest().equals(step.release().manifestDigest())) {
            return;
        }
        DemoReleases.End end = switch (said.state()) {
            case ACTIVE -> DemoReleases.End.ACTIVE;
            case ROLLED_BACK -> DemoReleases.End.ROLLED_BACK;
            case REJECTED -> DemoReleases.End.REJECTED;
            case DOWNLOADING, VERIFYING, STAGED, TESTING, SHADOW, SHADOWED, TRIAL -> null;
        };
        if (end == null || !open.remove(device)) {
            return;
        }
        boolean asItMust = end == step.end() && said.framesDropped() <= 0;
        outcomes.add(new Outcome(
                device,
                said.name(),
                said.version(),
                end,
                said.reason() == null ? "" : said.reason(),
                said.swapMillis(),
                said.framesDropped(),
                asItMust));
        events.accept(device + ": " + name(step) + " "
                + switch (end) {
                    case ACTIVE ->
                        "is active, swapped in " + said.swapMillis() + " ms, " + said.framesDropped()
                                + " frames dropped";
                    case ROLLED_BACK -> "was taken back: " + said.reason();
                    case REJECTED -> "was turned down: " + said.reason();
                });
    }

    @Override
    public void close() {
        rollouts.close();
        client.close();
    }
}
