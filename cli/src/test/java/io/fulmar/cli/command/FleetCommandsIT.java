package io.fulmar.cli.command;

import static io.fulmar.cli.command.Device.inTenMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.JsonText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real agent at the fleet's embedded broker: answers at once to whoever asks, and as rows in the fleet's database. */
@Timeout(600)
class FleetCommandsIT {
    private final Path dir;

    FleetCommandsIT(@TempDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void clientsAreThere() {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mosquitto_rr")),
                "mosquitto_rr is not installed (Debian: apt-get install mosquitto-clients)");
    }

    @Test
    void pingStatusAndInferAreAnsweredAtTheEmbeddedBrokerAndKeptByTheFleet() throws Exception {
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")));
                Device device = new Device(dir, "d1", fleet.brokerUrl())) {
            device.startAndAwait();
            assertThat(device.ask("{\"id\":\"ping\",\"type\":\"ping\"}").outcome())
                    .isEqualTo(Outcome.DONE);
            CommandAnswer status = device.ask("{\"id\":\"status\",\"type\":\"status\"}");
            assertThat(JsonText.read(String.valueOf(status.result()))).containsEntry("online", true);
            String input = IntStream.range(0, 256).mapToObj(i -> "0.1").collect(Collectors.joining(","));
            CommandAnswer inferred =
                    device.ask("{\"id\":\"infer\",\"type\":\"infer\",\"args\":{\"input\":[" + input + "]}}");
            assertThat(inferred.outcome()).isEqualTo(Outcome.DONE);
            assertThat(JsonText.read(String.valueOf(inferred.result()))).containsKey("top");
            device.ask(
                    "{\"id\":\"pause\",\"type\":\"pipeline.pause\",\"args\":{\"pipeline\":\"vibration\"},\"expires\":"
                            + inTenMinutes() + "}");
            for (String id : List.of("ping", "status", "infer", "pause")) {
                Device.await("the fleet to know of " + id, () -> outcomes(id).equals(List.of("done")));
            }
        }
    }

    @Test
    void anAnswerReachesTheFleetThoughBrokerAndAgentWereGoneMeanwhile() throws Exception {
        int port;
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")))) {
            port = fleet.mqttPort();
            try (Device device = new Device(dir, "d1", fleet.brokerUrl(), "outbox.commit_interval.event=\"0s\"")) {
                device.startAndAwait();
                device.askOn(
                        "fulmar/v1/d/d1/cmd",
                        "{\"id\":\"late\",\"type\":\"capture\",\"args\":{\"pipeline\":\"vibration\"},\"expires\":"
                                + inTenMinutes() + "}",
                        20);
                Device.await("the row", () -> device.journal().contains("recorded"));
                device.kill();
            }
        }
        var again = new FleetConfig(dir.resolve("fleet"), FleetConfig.DEFAULT_BIND_ADDRESS, port, 0, null, "fulmar/v1");
        try (Fleet fleet = Fleet.open(again);
                Device device = new Device(dir, "d1", fleet.brokerUrl())) {
            device.startAndAwait();
            Device.await("the fleet to know", () -> outcomes("late").equals(List.of("done")));
            assertThat(device.state().resolve("captures")).isDirectoryContaining("glob:**0001-vibration");
            assertThat(device.state().resolve("captures")).isDirectoryNotContaining("glob:**0002-vibration");
        }
    }

    private List<String> outcomes(String id) {
        try (FleetQueries queries = FleetQueries.open(dir.resolve("fleet"))) {
            return queries.commands("d1", id, 10).stream()
                    .flatMap(row -> row.answers().stream())
                    .map(CommandRow.Answer::outcome)
                    .toList();
        }
    }
}
