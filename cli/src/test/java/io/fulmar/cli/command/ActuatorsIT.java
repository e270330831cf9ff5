package io.fulmar.cli.command;

import static io.fulmar.cli.command.Device.inTenMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real agent whose pipeline publishes, calls a server and runs programs, while each of them fails, too. */
@Timeout(300)
class ActuatorsIT {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));

    private final Path dir;

    ActuatorsIT(@TempDir Path dir) {
        this.dir = dir;
    }

    private Path config(int hook, int silent) throws Exception {
        Path models = ROOT.resolve("models/samples/bearing-condition")
                .toAbsolutePath()
                .normalize();
        return Files.writeString(
                dir.resolve("device.toml"), """
                [device]
                id = "d1"
                [state]
                dir = "state"
                [hardware]
                allow_exec = true
                [[model]]
                name = "bearing-condition"
                file = "%s/bearing-condition.tflite"
                version = "1.0.0"
                labels = "%s/labels.txt"
                [[pipeline]]
                name = "vibration"
                model = "bearing-condition"
                source = { type = "simulated", rate = 20 }
                postprocess = [{ type = "label" }]
                [[pipeline.act]]
                type = "mqtt"
                when = "alarm"
                topic = "plant/7"
                [[pipeline.act]]
                type = "mqtt"
                name = "forbidden"
                when = "alarm"
                topic = "others/7"
                [[pipeline.act]]
                type = "http"
                when = "alarm"
                url = "http://127.0.0.1:%d/hook"
                [[pipeline.act]]
                type = "http"
                name = "silent"
                when = "alarm"
                url = "http://127.0.0.1:%d/"
                timeout = "100ms"
                [[pipeline.act]]
                type = "exec"
                when = "always"
                command = ["sh", "-c", "echo $FULMAR_FRAME >> %s"]
                max_moves = 3
                """.formatted(models, models, hook, silent, dir.resolve("ran")));
    }

    @Test
    void decisionsAndPeopleReachWhatIsOutsideAndEachActIsAnEvent() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mosquitto_rr")),
                "mosquitto_rr is not installed (Debian: apt-get install mosquitto-clients)");
        LinkedBlockingQueue<String> called = new LinkedBlockingQueue<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", exchange -> {
            called.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        Path acl = Files.writeString(
                dir.resolve("acl"),
                "topic readwrite fulmar/v1/#\ntopic readwrite answers/#\ntopic readwrite plant/#\n");
        Mosquitto mosquitto = Mosquitto.start(dir, "acl_file " + acl);
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Device device = new Device(
                        dir, "d1", mosquitto, config(server.getAddress().getPort(), silent.getLocalPort()))) {
            Process listener = new ProcessBuilder(
                            "mosquitto_sub",
                            "-p",
                            Integer.toString(mosquitto.url().getPort()),
                            "-t",
                            "plant/#",
                            "-C",
                            "1")
                    .start();
            device.startAndAwait();
            Device.await("the listener", () -> {
                order(device, "mqtt");
                return !listener.isAlive();
            });
            assertThat(new String(listener.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("{\"device\":\"d1\",\"pipeline\":\"vibration\",\"time\":")
                    .endsWith(",\"message\":\"by command\",\"value\":1.0}\n");
            order(device, "http");
            assertThat(Objects.requireNonNull(called.poll(60, TimeUnit.SECONDS)))
                    .contains("\"device\":\"d1\"");
            order(device, "forbidden");
            order(device, "silent");
            CommandAnswer again = device.ask(command("exec"));
            assertThat(again.outcome()).isEqualTo(Outcome.FAILED);
            assertThat(again.reason()).isEqualTo("exec: acted 3 times within a minute");
            Device.await("three runs", () -> lines(dir.resolve("ran")) == 3);
            device.stop();
        } finally {
            mosquitto.close();
            server.stop(0);
        }

        List<String> events = events();
        assertThat(events)
                .anyMatch(it -> it.matches("actuator.done mqtt: the broker took it; vibration: ordered: by command .*"))
                .anyMatch(it -> it.matches("actuator.done http: answered 204, after \\d+ ms; vibration: ordered: .*"))
                .anyMatch(it ->
                        it.startsWith("actuator.failed forbidden: the broker does not let this device publish there"))
                .anyMatch(it -> it.matches("actuator.failed silent: 127.0.0.1:\\d+: no answer within 100 ms; .*"))
                .anyMatch(it -> it.matches(
                        "actuator.done exec: ended well after \\d+ ms; pipeline vibration frame \\d+ said normal .*"))
                .anyMatch(
                        it -> it.matches(
                                "actuator.refused exec does nothing: acted 3 times within a minute; pipeline vibration frame .*"));
    }

    private static String command(String actuator) {
        return "{\"id\":\"a" + System.nanoTime() + "\",\"type\":\"actuate\",\"args\":{\"pipeline\":\"vibration\","
                + "\"actuator\":\"" + actuator + "\"},\"expires\":" + inTenMinutes() + "}";
    }

    private static void order(Device device, String actuator) {
        assertThat(device.ask(command(actuator)).outcome()).isEqualTo(Outcome.DONE);
    }

    private static int lines(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (java.io.IOException e) {
            return 0;
        }
    }

    private List<String> events() {
        OutboxConfig config = new OutboxConfig(
                dir.resolve("state-d1"), 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        List<String> found = new ArrayList<>();
        try (Outbox outbox = Outbox.open(config, Instant::now)) {
            Batch batch = outbox.read(Stream.EVENT, 1, 1_000, 1 << 20);
            for (Row row : Objects.requireNonNull(batch).rows()) {
                if (row instanceof Row.Data data && Records.decode(data.record()) instanceof DeviceEvent event) {
                    found.add(event.kind() + " " + event.detail());
                }
            }
        }
        return found;
    }
}
