package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.MessageForm;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Payload;
import io.fulmar.config.SourceSettings.Waiting;
import io.fulmar.config.TlsSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.TestCa;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A source on a real Mosquitto, with certificates that openssl made, and messages that Mosquitto's own client sends. */
@Timeout(180)
class MqttSourceBrokerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";

    private final Path dir;
    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);

    MqttSourceBrokerTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void tools() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mosquitto_pub")), "mosquitto-clients are not installed");
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void messagesComeThroughTlsToWhoShowsACertificate() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        TestCa.Issued client = ca.client("pump-7");
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca);
                Source source = open(broker.url(), tls(ca, client))) {
            assertThat(heard(source, () -> publish(broker, ca, client, "[1, 2]"), "[1.0, 2.0]"))
                    .allMatch("[1.0, 2.0]"::equals);
        }
    }

    @Test
    void whoShowsNoCertificateIsTurnedAway() {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca)) {
            refused(broker.url(), new TlsSettings(ca.certificate(), null, null), "certificate");
        }
    }

    @Test
    void aBrokerOfAnotherAuthorityIsNotTrusted() {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        TestCa other = TestCa.in(dir.resolve("other"), "other");
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca)) {
            TestCa.Issued client = ca.client("pump-7");
            refused(
                    broker.url(),
                    new TlsSettings(other.certificate(), client.certificate(), client.key()),
                    "does not contain");
        }
    }

    @Test
    void aBrokerWithTheCertificateOfAnotherHostIsNotTrusted() {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca, ca.server("broker.example"))) {
            refused(broker.url(), tls(ca, ca.client("pump-7")), "broker.example");
        }
    }

    @Test
    void aBrokerWhoseCertificateHasRunOutIsNotTrusted() {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        TestCa.Issued old = ca.issue("localhost", P256, Instant.now().minus(Duration.ofDays(9)), Duration.ofDays(8));
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca, old)) {
            refused(broker.url(), tls(ca, ca.client("pump-7")), "expired");
        }
    }

    @Test
    void afterTheBrokerWasRestartedMessagesComeAgainAndTheTimeBetweenIsSaid() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        TestCa.Issued client = ca.client("pump-7");
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca);
                Source source = open(broker.url(), tls(ca, client))) {
            heard(source, () -> publish(broker, ca, client, "[1, 2]"), "[1.0, 2.0]");
            assertThat(source.notice()).isNull();

            broker.kill();
            assertThat(await("the loss is not told", () -> failure(source)))
                    .contains(broker.url().toString());
            broker.start();
            publish(broker, ca, client, "[3, 4]"); // before the source is back, most likely

            String notice = await("it is not said", () -> {
                failure(source);
                return source.notice();
            });
            assertThat(notice).matches(broker.url() + " is connected again after \\d+ s; what was sent meanwhile .*");
            assertThat(heard(source, () -> publish(broker, ca, client, "[5, 6]"), "[5.0, 6.0]"))
                    .last()
                    .isEqualTo("[5.0, 6.0]");
            assertThat(source.tally().restarts()).isEqualTo(1);
        }
    }

    private static TlsSettings tls(TestCa ca, TestCa.Issued client) {
        return new TlsSettings(ca.certificate(), client.certificate(), client.key());
    }

    private void refused(URI url, TlsSettings tls, String why) {
        try (Source source = open(url, tls)) {
            assertThat(await("nothing is refused", () -> failure(source))).contains(why);
            assertThat(source.tally().restarts()).isZero();
        }
    }

    private Source open(URI url, TlsSettings tls) {
        SourceSettings.Messages settings = new SourceSettings.Messages(
                "plant/#",
                false,
                new SourceSettings.Broker(true, url, "source", tls, null, null),
                new MessageForm(Payload.JSON, new Numbers(2, List.of("$")), Element.FLOAT32, 1_000),
                new Waiting(4, Overflow.DROP_OLDEST, null));
        return Sources.open(
                settings, model.input(0), new SourcePlace("test", dir, (name, work) -> {}, () -> {}), Hardware.none());
    }

    private static void publish(Mosquitto broker, TestCa ca, TestCa.Issued client, String text) {
        try {
            Process process = new ProcessBuilder(
                            "mosquitto_pub",
                            "-h",
                            "localhost",
                            "-p",
                            Integer.toString(broker.port()),
                            "--cafile",
                            ca.certificate().toString(),
                            "--cert",
                            client.certificate().toString(),
                            "--key",
                            client.key().toString(),
                            "-q",
                            "1",
                            "-t",
                            "plant/a",
                            "-m",
                            text)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Publishes until that has come; returns all that came. */
    private static List<String> heard(Source source, Runnable publish, String wanted) {
        List<String> seen = new ArrayList<>();
        int[] asked = {0};
        await(wanted + " does not come", () -> {
            if (asked[0]++ % 50 == 20) {
                publish.run();
            }
            Frame frame = frame(source);
            if (frame != null) {
                seen.add(Arrays.toString(frame.values()));
            }
            return seen.contains(wanted) ? wanted : null;
        });
        return seen;
    }

    private static @Nullable Frame frame(Source source) {
        try {
            return source.poll(System.nanoTime());
        } catch (SourceException e) {
            return null;
        }
    }

    private static @Nullable String failure(Source source) {
        try {
            source.poll(System.nanoTime());
            return null;
        } catch (SourceException e) {
            return e.getMessage() + " | " + e.hint();
        }
    }

    private static String await(String otherwise, Supplier<@Nullable String> condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String it = condition.get();
            if (it != null) {
                return it;
            }
            assertThat(System.nanoTime() - end).as(otherwise).isNegative();
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
