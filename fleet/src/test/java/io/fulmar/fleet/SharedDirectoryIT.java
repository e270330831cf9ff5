package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two services that share a data directory, a PostgreSQL and a Mosquitto of the fleet's own authority. */
class SharedDirectoryIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void theBrokerLetsBothInAndWhatOneHasPublishedTheOtherOneHas() throws Exception {
        Path binary = Mosquitto.binary();
        assumeTrue(binary != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        TestDatabase.POSTGRESQL.in(dir.resolve("data"));
        int port = freePort();
        var files = new BrokerSettings.Mosquitto(dir.resolve("broker"), null, null, null, Topics.DEFAULT_PREFIX);
        Enrolments.in(dir.resolve("data")).setUp(files, List.of("localhost"), "127.0.0.1", port);
        Path log = dir.resolve("mosquitto.log");
        Process broker = new ProcessBuilder(
                        String.valueOf(binary),
                        "-c",
                        dir.resolve("broker/mosquitto.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        URI url = URI.create("mqtts://localhost:" + port);
        try (var one = Fleet.open(shared("one", url));
                var two = Fleet.open(shared("two", url));
                var first = new ApiCaller(one.httpPort());
                var second = new ApiCaller(two.httpPort())) {
            await(() -> one.status().connected() && two.status().connected());
            String admin = Objects.requireNonNull(LocalToken.read(dir.resolve("data")));

            new Catalog(dir.resolve("data")).publish(PackageReader.open(sample()), null);
            for (ApiCaller caller : List.of(first, second)) {
                assertThat(caller.get("/api/v1/models", admin).body()).contains("\"model\":\"bearing-condition\"");
            }
            String yank = "/api/v1/models/bearing-condition/releases/1/yank";
            assertThat(first.send("POST", yank, admin, "{\"reason\":\"never sure\"}")
                            .statusCode())
                    .isEqualTo(204);
            assertThat(second.get("/api/v1/models", admin).body()).contains("never sure");

            assertThat(Files.readString(log).lines().filter(line -> line.contains(" as fleet:ingest@")))
                    .as("neither has thrown the other one out")
                    .hasSize(2);
            assertThatThrownBy(() -> Fleet.open(shared("two", url)))
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("another fleet service is using " + dir.resolve("two"));
            assertThatThrownBy(() -> Fleet.open(FleetConfig.inDirectory(dir.resolve("data"))))
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("another fleet service is using " + dir.resolve("data"));
        } finally {
            broker.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void withoutADatabaseThatTheyShareTheyDoNotStart() {
        assertThatThrownBy(() -> Fleet.open(shared("one", URI.create("mqtt://127.0.0.1:1"))))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("need a database that they share");
    }

    private FleetConfig shared(String node, URI broker) {
        return FleetConfig.inDirectory(dir.resolve("data")).broker(broker).nodeDir(dir.resolve(node));
    }

    private Path sample() throws IOException {
        Path root = Path.of(System.getProperty("fulmar.root", ".."));
        ModelFolder sample = ModelFolder.read(root.resolve("models/samples/bearing-condition"));
        Path folder = dir.resolve("package");
        PackageWriter.write(folder, sample.manifest().toJson(), sample);
        return folder;
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private static void await(BooleanSupplier holds) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
