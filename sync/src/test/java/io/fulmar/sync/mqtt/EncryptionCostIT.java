package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TLS with certificates on both sides costs over Mosquitto, measured against a plain connection in the same run. */
@Tag("long")
class EncryptionCostIT {
    private static final int MESSAGES = 10_000;
    private static final int CONNECTS = 50;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private record Cost(double messagesPerSecond, double connectMillis) {}

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
            for (int size : new int[] {100, 4_096}) {
                // the first of each warms up
                for (int round = 0; round < 3; round++) {
                    Cost without = measure(open, size);
                    Cost with = measure(closed, size);
                    System.out.printf(
                            "%d bytes: plain %.0f/s, connect %.1f ms; TLS %.0f/s, connect %.1f ms; ratio %.2f, %.1f%n",
                            size,
                            without.messagesPerSecond(),
                            without.connectMillis(),
                            with.messagesPerSecond(),
                            with.connectMillis(),
                            with.messagesPerSecond() / without.messagesPerSecond(),
                            with.connectMillis() / without.connectMillis());
                    assertThat(with.messagesPerSecond()).isPositive();
                }
            }
        }
    }

    private static LinkConfig.Builder config(LinkConfig.Builder builder) {
        return builder.backoff(new Backoff(Duration.ofNanos(1), Duration.ofNanos(1), Duration.ofHours(1)));
    }

    private static Cost measure(LinkConfig.Builder config, int size) {
        return new Cost(throughput(config, size), connectTime(config));
    }

    private static double throughput(LinkConfig.Builder config, int size) {
        try (Link link = new PahoLink(config.build(), new Random(1), event -> {})) {
            workUntil(link, link::connected);
            byte[] payload = new byte[size];
            long started = System.nanoTime();
            int[] sent = {0};
            workUntil(link, () -> {
                while (sent[0] < MESSAGES
                        && link.publish(OutboundMessage.of("up", payload, 1, false, sent[0]))
                                == PublishOutcome.ACCEPTED) {
                    sent[0]++;
                }
                return link.counters().published() == MESSAGES;
            });
            return MESSAGES / ((System.nanoTime() - started) / 1e9);
        }
    }

    /** The median time from the first byte to the CONNACK, handshake and files included. */
    private static double connectTime(LinkConfig.Builder config) {
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < CONNECTS; i++) {
            try (Link link = new PahoLink(config.build(), new Random(1), event -> {})) {
                long started = System.nanoTime();
                workUntil(link, link::connected);
                times.add((System.nanoTime() - started) / 1e6);
            }
        }
        double[] sorted = times.stream().mapToDouble(it -> it).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
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
