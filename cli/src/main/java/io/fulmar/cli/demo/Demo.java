package io.fulmar.cli.demo;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.fleet.identity.FleetIdentity;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo: starts the fleet and the devices, hands them good and bad models, cuts one link, kills one
 * device, stops all and proves.
 *
 * <p>Owned by one thread, but for {@link #requestStop}.
 */
final class Demo {
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    /** When, as a share of the duration, the link is cut, restored, and the other device killed and started again. */
    private static final double CUT = 0.30;

    private static final double RESTORE = 0.50;
    private static final double KILL = 0.60;
    private static final double RESTART = 0.65;

    /** When each release is handed out, at the earliest: the second while a link is cut, the third just before the kill. */
    private static final double[] ASSIGN = {0.05, 0.33, 0.58, 0.80};

    /** How much longer the demo runs, if a device is not done with the last release by then. */
    private static final Duration UPDATES_LIMIT = Duration.ofSeconds(90);

    private final int count;
    private final Duration duration;
    private final Path config;
    private final Path folder;
    private final DemoView view;
    private final boolean withMosquitto;
    private final boolean opensPage;
    private final AtomicBoolean stopAsked = new AtomicBoolean();
    private final long startNanos = System.nanoTime();

    Demo(
            int count,
            Duration duration,
            Path config,
            Path folder,
            DemoView view,
            boolean withMosquitto,
            boolean opensPage) {
        this.withMosquitto = withMosquitto;
        this.opensPage = opensPage;
        this.config = config;
        this.count = count;
        this.duration = duration;
        this.folder = folder;
        this.view = view;
    }

    /** Ends the run early: {@link #run} stops what it started and throws. Thread-safe. */
    void requestStop() {
        stopAsked.set(true);
    }

    /** @throws InterruptedException if it was asked to stop before there was something to prove */
    DemoReport run() throws IOException, InterruptedException {
        Path data = folder.resolve("fleet");
        List<DemoDevice> devices = new ArrayList<>();
        DemoReleases releases = DemoReleases.make(models(), folder.resolve("packages"), data);
        try (DemoMosquitto mosquitto = withMosquitto ? DemoMosquitto.start(folder, data) : null;
                Fleet fleet = Fleet.open(fleetConfig(data, mosquitto));
                FleetQueries queries = FleetQueries.open(data)) {
            URI page = URI.create("http://127.0.0.1:" + fleet.httpPort() + "/");
            view.event(
                    elapsed(),
                    "fleet: " + (mosquitto == null ? "MQTT" : "Mosquitto with mutual TLS") + " on port "
                            + fleet.mqttPort() + ", page at " + page);
            if (opensPage) {
                Browser.show(page);
            }
            try {
                for (int i = 1; i <= count; i++) {
                    devices.add(start("press-" + i, i, fleet, mosquitto, releases));
                }
                view.event(elapsed(), count + (count == 1 ? " device" : " devices") + " started, each a process");
                try (var updates = new DemoUpdates(
                        devices.stream().map(DemoDevice::id).toList(),
                        releases,
                        data,
                        (filters, listener) -> connect(fleet, data, mosquitto, filters, listener),
                        new DemoRollouts(data, text -> view.event(elapsed(), text)),
                        text -> view.event(elapsed(), text))) {
                    act(devices, queries, updates);
                    return prove(devices, queries, updates, releases);
                }
            } finally {
                for (DemoDevice device : devices) {
                    device.close();
                }
            }
        }
    }

    private static FleetConfig fleetConfig(Path data, @Nullable DemoMosquitto mosquitto) {
        FleetConfig config = FleetConfig.inDirectory(data).anonymous(Role.OPERATOR);
        return mosquitto == null ? config : config.broker(mosquitto.url()).enrolment(FleetConfig.Enrolment.on(0));
    }

    /** As an operator on the fleet's machine. */
    private static FleetClient connect(
            Fleet fleet,
            Path data,
            @Nullable DemoMosquitto mosquitto,
            List<String> filters,
            Consumer<InboundMessage> listener) {
        if (mosquitto == null) {
            return FleetClient.connect(
                    URI.create("mqtt://127.0.0.1:" + fleet.mqttPort()), null, null, filters, listener);
        }
        FleetIdentity.Credential own =
                FleetIdentity.open(data, InstantSource.system()).operator(FleetIdentity.LOCAL);
        return FleetClient.connect(
                mosquitto.url(), new Tls(own.ca(), own.certificate(), own.key()), null, filters, listener);
    }

    private DemoDevice start(
            String id, int number, Fleet fleet, @Nullable DemoMosquitto mosquitto, DemoReleases releases)
            throws IOException {
        CuttableLink link = CuttableLink.to(fleet.mqttPort());
        // a file of its own, since what the device gets when it enrols is written beside it
        Path own = Files.createDirectory(folder.resolve(id + ".conf")).resolve("device.toml");
        Files.writeString(own, withoutModelFile());
        releases.install(folder.resolve(id));
        if (mosquitto == null) {
            return DemoDevice.start(
                    id,
                    number,
                    own,
                    List.of(
                            "mqtt.url=mqtt://127.0.0.1:" + link.port(),
                            "trust.root=" + FleetTrust.file(folder.resolve("fleet"))),
                    folder,
                    link);
        }
        mosquitto.enrol(id, fleet.enrolmentPort(), own, folder.resolve(id), link.port());
        return DemoDevice.start(id, number, own, List.of(), folder, link);
    }

    /**
     * The shared configuration, but its model comes as a signed package: where a trust root wants that, files are refused; and
     * each device of this machine answers on a port of its own.
     */
    private String withoutModelFile() throws IOException {
        return Files.readString(config).replaceAll("(?m)^(file|version|labels) = .*\\R", "") + "\n[api]\nport = 0\n";
    }

    /** The folder of the models, by where the shared configuration is. */
    private Path models() {
        return config.toAbsolutePath().resolve("../../../models").normalize();
    }

    private void act(List<DemoDevice> devices, FleetQueries queries, DemoUpdates updates)
            throws IOException, InterruptedException {
        DemoDevice cut = devices.getFirst();
        DemoDevice killed = devices.getLast();
        Duration started = elapsed();
        Scene scene = new Scene(devices, queries, updates, started);
        watch(scene, started.plus(share(CUT)));
        cut.link().cut();
        view.event(elapsed(), cut.id() + ": link cut; it goes on and buffers");
        watch(scene, started.plus(share(RESTORE)));
        cut.link().restore();
        view.event(elapsed(), cut.id() + ": link restored; its backlog drains");
        watch(scene, started.plus(share(KILL)));
        killed.process().kill();
        view.event(elapsed(), killed.id() + ": killed with SIGKILL");
        watch(scene, started.plus(share(RESTART)));
        killed.process().start();
        view.event(elapsed(), killed.id() + ": started again on the same store");
        watch(scene, started.plus(duration));
        Duration limit = elapsed().plus(UPDATES_LIMIT);
        while (!updates.isDone() && elapsed().compareTo(limit) < 0) {
            watch(scene, elapsed().plus(TICK));
        }
    }

    /** Who is on the stage. Immutable. */
    private record Scene(List<DemoDevice> devices, FleetQueries queries, DemoUpdates updates, Duration started) {}

    /** Stops the devices, each of which hands over what it still has, and compares the two sides. */
    private DemoReport prove(List<DemoDevice> devices, FleetQueries queries, DemoUpdates updates, DemoReleases releases)
            throws IOException, InterruptedException {
        view.event(elapsed(), "stopping the devices (SIGTERM)");
        for (DemoDevice device : devices) {
            device.process().terminate();
        }
        Map<String, ReceiptLedger> ledgers = new LinkedHashMap<>();
        long bytesOnWire = 0;
        for (DemoDevice device : devices) {
            int exitCode = device.process().await(STOP_LIMIT);
            if (exitCode != 0) {
                view.event(
                        elapsed(), device.id() + ": ended with exit code " + exitCode + "; --keep DIR keeps its log");
            }
            ledgers.put(device.id(), device.ledger().update());
            bytesOnWire += device.link().bytesUp();
        }
        Map<String, StoppedOutbox> outboxes =
                devices.stream().collect(Collectors.toMap(DemoDevice::id, device -> StoppedOutbox.in(device.state())));
        var verdict = Proof.of(
                ledgers,
                queries,
                (device, receipt) ->
                        Objects.requireNonNull(outboxes.get(device)).holds(receipt));
        var report = new DemoReport(
                count,
                duration,
                verdict,
                bytesOnWire,
                releases.dtypes(),
                updates.outcomes(),
                releases.due(count),
                updates.rollouts());
        view.verdict(report);
        return report;
    }

    private void watch(Scene scene, Duration until) throws IOException, InterruptedException {
        while (elapsed().compareTo(until) < 0) {
            Duration rest = until.minus(elapsed());
            if (scene.updates().await(stopAsked::get, rest.compareTo(TICK) < 0 ? rest : TICK)) {
                throw new InterruptedException("the demo was asked to stop");
            }
            if (scene.updates().isReady()
                    && elapsed()
                                    .compareTo(scene.started()
                                            .plus(share(ASSIGN[scene.updates().assigned()])))
                            >= 0) {
                scene.updates().assignNext();
            }
            List<DemoView.Row> rows = new ArrayList<>();
            for (DemoDevice device : scene.devices()) {
                device.ledger().update();
                rows.add(device.row(label(scene.queries(), device.id())));
            }
            view.show(elapsed(), duration, rows);
        }
    }

    private static String label(FleetQueries queries, String device) {
        return queries.predictions(device, 1).stream()
                .map(PredictionRow::label)
                .map(label -> label == null ? "" : label)
                .findFirst()
                .orElse("");
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private Duration share(double share) {
        return Duration.ofNanos((long) (duration.toNanos() * share));
    }
}
