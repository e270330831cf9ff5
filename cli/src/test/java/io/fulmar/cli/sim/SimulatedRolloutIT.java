package io.fulmar.cli.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.wire.Topics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A release for 1,000 devices in three waves, over Mosquitto: the embedded broker takes its time with that many. */
@Timeout(400)
class SimulatedRolloutIT {
    private static final int DEVICES = 1_000;
    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    @TempDir
    Path dir;

    private final AtomicReference<Simulation.Progress> said = new AtomicReference<>();
    private @Nullable Simulation last;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    /** Also when its test has failed: it would keep the thread that the next one runs on. */
    @AfterEach
    void end() {
        if (last != null) {
            last.end();
        }
    }

    @Test
    void threeWavesBringItToAll() throws Exception {
        try (var broker = mosquitto();
                var fleet = fleet(broker)) {
            publish();
            Simulation simulation = simulation(fleet, Faults.NONE);
            var running = CompletableFuture.supplyAsync(simulation::run);
            awaitDevices(running);
            create("""
                    name = "for all"
                    target = "all"
                    [release]
                    model = "bearing-condition"
                    [[waves]]
                    devices = 10
                    [[waves]]
                    percent = 20
                    soak = "1s"
                    [[waves]]
                    percent = 100
                    """);

            assertThat(settled(running)).contains("\"state\" : \"done\"");
            assertThat(shown())
                    .contains("\"active\" : " + DEVICES, "\"toldAfterHalt\" : 0")
                    .contains("\"wave\" : 3");
            simulation.end();
            SimReport report = running.get(2, TimeUnit.MINUTES);
            assertThat(report.holds(Comparison.with(dir.resolve("data"), report)))
                    .as(report.json(null))
                    .isTrue();
        }
    }

    @Test
    void canariesOfWhichThirtyPercentFailStopItAndNobodyElseIsTold() throws Exception {
        try (var broker = mosquitto();
                var fleet = fleet(broker)) {
            publish();
            Simulation simulation = simulation(fleet, new Faults(null, null, null, 0, 0, 0.3));
            var running = CompletableFuture.supplyAsync(simulation::run);
            awaitDevices(running);
            create("""
                    name = "bad for some"
                    target = "all"
                    [release]
                    model = "bearing-condition"
                    [[waves]]
                    devices = 100
                    success = 90
                    errors = { percent = 10, minimum = 20 }
                    [[waves]]
                    percent = 50
                    [[waves]]
                    percent = 100
                    """);

            assertThat(settled(running)).contains("\"state\" : \"halted\"");
            String shown = shown();
            String nobodyOfTheOtherWaves = "(?s).*\"pending\" : 400,.*\"pending\" : 500,.*";
            assertThat(shown).contains("\"toldAfterHalt\" : 0", "\"wave\" : 1").matches(nobodyOfTheOtherWaves);
            simulation.end();
            running.get(2, TimeUnit.MINUTES);
            assertThat(shown())
                    .as("when all is quiet")
                    .contains("\"toldAfterHalt\" : 0")
                    .matches(nobodyOfTheOtherWaves);
        }
    }

    private Mosquitto mosquitto() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        return Mosquitto.start(Files.createDirectory(dir.resolve("broker")));
    }

    private Fleet fleet(Mosquitto broker) {
        return Fleet.open(
                FleetConfig.inDirectory(dir.resolve("data")).broker(URI.create("mqtt://127.0.0.1:" + broker.port())));
    }

    private Simulation simulation(Fleet fleet, Faults faults) {
        var plan = new SimPlan(
                DEVICES,
                DEVICES,
                0.2,
                Duration.ofMinutes(5),
                0,
                Duration.ofSeconds(1),
                Duration.ofSeconds(3),
                Duration.ofSeconds(60),
                Duration.ofMillis(500),
                "sim-",
                7,
                faults);
        var broker = new Simulation.Broker(fleet.brokerUrl(), null, null, Topics.DEFAULT_PREFIX);
        Simulation simulation = new Simulation(plan, broker, said::set);
        last = simulation;
        return simulation;
    }

    private void publish() {
        Path packed = dir.resolve("packed");
        succeeds("model", "pack", SAMPLES.resolve("bearing-condition").toString(), "--output", packed.toString());
        succeeds("fleet", "publish", packed.toString(), "--skip-golden", "--data", data());
    }

    private void awaitDevices(CompletableFuture<SimReport> running) {
        until(running, () -> {
            succeeds("fleet", "label", "--where", "online = true", "--data", data());
            return out.toString()
                            .lines()
                            .filter(line -> line.startsWith("sim-"))
                            .count()
                    == DEVICES;
        });
    }

    private void create(String plan) throws Exception {
        Path file = Files.writeString(dir.resolve("plan.toml"), plan);
        succeeds("fleet", "rollout", "create", file.toString(), "--data", data());
    }

    /** What is told of the rollout when it runs no more. */
    private String settled(CompletableFuture<SimReport> running) {
        until(running, () -> !shown().contains("\"state\" : \"running\",\n"));
        return shown();
    }

    private String shown() {
        succeeds("fleet", "rollout", "show", "r1", "--json", "--data", data());
        String shown = out.toString();
        return shown.substring(0, shown.indexOf("\"events\""));
    }

    private void until(CompletableFuture<SimReport> running, BooleanSupplier holds) {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (!holds.getAsBoolean()) {
            if (running.isDone()) {
                running.join(); // says what went wrong
            }
            assertThat(System.nanoTime())
                    .as("in time; the last answer was " + out + said.get())
                    .isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    private String data() {
        return dir.resolve("data").toString();
    }

    private void succeeds(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        int code = FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        assertThat(code).as(err.toString()).isEqualTo(ExitCode.OK);
    }
}
