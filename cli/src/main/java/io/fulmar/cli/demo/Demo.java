package io.fulmar.cli.demo;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.config.ModelSettings;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo: starts the fleet and the devices, cuts one link, kills one device, stops all and proves.
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

    private final int count;
    private final Duration duration;
    private final Path config;
    private final Path folder;
    private final DemoView view;
    private final boolean withMosquitto;
    private final CountDownLatch stopAsked = new CountDownLatch(1);
    private final long startNanos = System.nanoTime();

    Demo(int count, Duration duration, Path config, Path folder, DemoView view, boolean withMosquitto) {
        this.withMosquitto = withMosquitto;
        this.config = config;
        this.count = count;
        this.duration = duration;
        this.folder = folder;
        this.view = view;
    }

    /** Ends the run early: {@link #run} stops what it started and throws. Thread-safe. */
    void requestStop() {
        stopAsked.countDown();
    }

    /** @throws InterruptedException if it was asked to stop before there was something to prove */
    DemoReport run() throws IOException, InterruptedException {
        Path data = folder.resolve("fleet");
        List<DemoDevice> devices = new ArrayList<>();
        try (DemoMosquitto mosquitto = withMosquitto ? DemoMosquitto.start(folder, data) : null;
                Fleet fleet = Fleet.open(fleetConfig(data, mosquitto));
                FleetQueries queries = FleetQueries.open(data)) {
            view.event(
                    elapsed(),
                    "fleet: " + (mosquitto == null ? "MQTT" : "Mosquitto with mutual TLS") + " on port "
                            + fleet.mqttPort() + ", page at http://127.0.0.1:" + fleet.httpPort() + "/");
            try {
                for (int i = 1; i <= count; i++) {
                    devices.add(start("press-" + i, i, fleet, mosquitto));
                }
                view.event(elapsed(), count + (count == 1 ? " device" : " devices") + " started, each a process");
                act(devices, queries);
                return prove(devices, queries);
            } finally {
                for (DemoDevice device : devices) {
                    device.close();
                }
            }
        }
    }

    private static FleetConfig fleetConfig(Path data, @Nullable DemoMosquitto mosquitto) {
        FleetConfig config = FleetConfig.inDirectory(data);
        return mosquitto == null ? config : config.broker(mosquitto.url()).enrolment(FleetConfig.Enrolment.on(0));
    }

    private DemoDevice start(String id, int number, Fleet fleet, @Nullable DemoMosquitto mosquitto) throws IOException {
        CuttableLink link = CuttableLink.to(fleet.mqttPort());
        if (mosquitto == null) {
            return DemoDevice.start(
                    id, number, config, List.of("mqtt.url=mqtt://127.0.0.1:" + link.port()), folder, link);
        }
        // a file of its own, since what the device gets when it enrols is written beside it
        Path own = Files.createDirectory(folder.resolve(id + ".conf")).resolve("device.toml");
        Files.copy(config, own);
        mosquitto.enrol(id, fleet.enrolmentPort(), own, folder.resolve(id), link.port());
        return DemoDevice.start(id, number, own, modelFiles(), folder, link);
    }

    /** The model files of the shared configuration, seen from anywhere. */
    private List<String> modelFiles() {
        List<String> settings = new ArrayList<>();
        if (ConfigLoader.load(ConfigSources.of(config)) instanceof LoadResult.Loaded loaded) {
            List<ModelSettings> models = loaded.config().models();
            for (int i = 0; i < models.size(); i++) {
                Path file = models.get(i).file();
                if (file != null) {
                    settings.add("model." + i + ".file=" + file);
                }
                Path labels = models.get(i).labels();
                if (labels != null) {
                    settings.add("model." + i + ".labels=" + labels);
                }
            }
        }
        return settings;
    }

    private void act(List<DemoDevice> devices, FleetQueries queries) throws IOException, InterruptedException {
        DemoDevice cut = devices.getFirst();
        DemoDevice killed = devices.getLast();
        Duration started = elapsed();
        watch(devices, queries, started.plus(share(CUT)));
        cut.link().cut();
        view.event(elapsed(), cut.id() + ": link cut; it goes on and buffers");
        watch(devices, queries, started.plus(share(RESTORE)));
        cut.link().restore();
        view.event(elapsed(), cut.id() + ": link restored; its backlog drains");
        watch(devices, queries, started.plus(share(KILL)));
        killed.process().kill();
        view.event(elapsed(), killed.id() + ": killed with SIGKILL");
        watch(devices, queries, started.plus(share(RESTART)));
        killed.process().start();
        view.event(elapsed(), killed.id() + ": started again on the same store");
        watch(devices, queries, started.plus(duration));
    }

    /** Stops the devices, each of which hands over what it still has, and compares the two sides. */
    private DemoReport prove(List<DemoDevice> devices, FleetQueries queries) throws IOException, InterruptedException {
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
        var report = new DemoReport(count, duration, verdict, bytesOnWire, modelTypes());
        view.verdict(report);
        return report;
    }

    private void watch(List<DemoDevice> devices, FleetQueries queries, Duration until)
            throws IOException, InterruptedException {
        while (elapsed().compareTo(until) < 0) {
            Duration rest = until.minus(elapsed());
            if (stopAsked.await(Math.min(rest.toMillis(), TICK.toMillis()), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("the demo was asked to stop");
            }
            List<DemoView.Row> rows = new ArrayList<>();
            for (DemoDevice device : devices) {
                device.ledger().update();
                rows.add(device.row(label(queries, device.id())));
            }
            view.show(elapsed(), duration, rows);
        }
    }

    /** The input type of each model of the configuration, by its digest. */
    private Map<String, String> modelTypes() {
        return switch (ConfigLoader.load(ConfigSources.of(config))) {
            case LoadResult.Loaded loaded ->
                loaded.config().models().stream()
                        .map(ModelSettings::file)
                        .filter(Objects::nonNull)
                        .map(ModelFile::read)
                        .collect(Collectors.toMap(ModelFile::sha256, Demo::inputType, (one, same) -> one));
            case LoadResult.Invalid invalid -> Map.of(); // then no device has run
        };
    }

    private static String inputType(ModelFile model) {
        return model.description().inputs().getFirst().type().name().toLowerCase(Locale.ROOT);
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
