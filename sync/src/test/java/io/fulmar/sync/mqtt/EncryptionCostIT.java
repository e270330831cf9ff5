package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TLS with certificates on both sides costs over Mosquitto, measured against a plain connection in the same run. */
@Tag("long")
class EncryptionCostIT {
    private static final int ROUNDS = 5;
    private static final int CONNECTS = 5;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private record Cost(double messagesPerSecond, double cpuMicros, double connectMillis) {}

    @Test
    void encryptedAndPlain() throws Exception {
        assumeTrue(Mosquitto.binary() != null && TestCa.available(), "mosquitto or openssl is not installed");
        TestCa ca = TestCa.in(dir.resolve("ca"), "fleet");
        Path plainDir = Files.createDirectories(dir.resolve("plain"));
        try (Mosquitto plain = Mosquitto.start(plainDir, "set_tcp_nodelay true");
                Mosquitto encrypted = Mosquitto.startEncrypted(dir, ca, "set_tcp_nodelay true")) {
            LinkConfig.Builder open = config(LinkConfig.builder(plain.url(), "device"));
            LinkConfig.Builder closed = config(LinkConfig.builder(encrypted.url(), "device")
                    .tls(ca.client("device").tls(ca)));
            measure(open, 100);
            measure(closed, 100);
            for (int size : new int[] {100, 4_096, 65_536}) {
                List<Cost> without = new ArrayList<>();
                List<Cost> with = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    without.add(measure(open, size));
                    with.add(measure(closed, size));
                }
                say(size, "messages/s", without, with, Cost::messagesPerSecond);
                say(size, "CPU us a message", without, with, Cost::cpuMicros);
                say(size, "ms to connect", without, with, Cost::connectMillis);
            }
        }
    }

    private static void say(int size, String what, List<Cost> without, List<Cost> with, ToDoubleFunction<Cost> figure) {
        double plain = median(without.stream().mapToDouble(figure));
        double encrypted = median(with.stream().mapToDouble(figure));
        System.out.printf(
                "%d bytes, %s: plain %.1f, TLS %.1f, ratio %.2f%n", size, what, plain, encrypted, encrypted / plain);
        assertThat(encrypted).isPositive();
    }

    private static double median(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static LinkConfig.Builder config(LinkConfig.Builder builder) {
        return builder.backoff(new Backoff(Duration.ofNanos(1), Duration.ofNanos(1), Duration.ofHours(1)));
    }

    private static Cost measure(LinkConfig.Builder config, int size) {
        try (Link link = new PahoLink(config.build(), new Random(1), event -> {})) {
            workUntil(link, link::connected);
            byte[] payload = new byte[size];
            int messages = size > 10_000 ? 2_000 : 10_000;
            long cpu = PROCESS.getProcessCpuTime();
            long started = System.nanoTime();
            int[] sent = {0};
            workUntil(link, () -> {
                while (sent[0] < messages
                        && link.publish(OutboundMessage.of("up", payload, 1, false, sent[0]))
                                == PublishOutcome.ACCEPTED) {
                    sent[0]++;
                }
                return link.counters().published() == messages;
            });
            double seconds = (System.nanoTime() - started) / 1e9;
            return new Cost(
                    messages / seconds,
                    (PROCESS.getProcessCpuTime() - cpu) / 1e3 / messages,
                    median(IntStream.range(0, CONNECTS).mapToDouble(i -> connectMillis(config))));
        }
    }

    /** From the first byte to the CONNACK, handshake and the reading of the files included. */
    private static double connectMillis(LinkConfig.Builder config) {
        try (Link link = new PahoLink(config.build(), new Random(1), event -> {})) {
            long started = System.nanoTime();
            workUntil(link, link::connected);
            return (System.nanoTime() - started) / 1e6;
        }
    }

    private static void workUntil(Link link, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            if (link.work(System.nanoTime()) == 0) {
                LockSupport.parkNanos(50_000);
            }
        }
    }
}
