package io.fulmar.fleet.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.packet.MqttConnAck;
import org.junit.jupiter.api.Test;

class EmbeddedBrokerTest {

    @Test
    void announcesLimitsThatPahoReadsAsPositiveNumbers() throws Exception {
        try (var broker = EmbeddedBroker.start("127.0.0.1", 0)) {
            var client = new MqttAsyncClient("tcp://127.0.0.1:" + broker.port(), "c1", new MemoryPersistence());
            var options = new MqttConnectionOptions();
            options.setAutomaticReconnect(false);
            var token = client.connect(options);
            token.waitForCompletion(20_000);
            var properties = ((MqttConnAck) token.getResponse()).getProperties();

            assertThat(properties.getReceiveMaximum()).isNull();
            assertThat(properties.getMaximumPacketSize()).isEqualTo((long) Limits.MAX_PACKET_BYTES);
            assertThat(properties.getTopicAliasMaximum()).isIn(null, 0);
            client.disconnect().waitForCompletion(5_000);
            client.close();
        }
    }

    @Test
    void takesAnyFreePortWhenAskedForZero() {
        try (var broker = EmbeddedBroker.start("127.0.0.1", 0)) {
            assertThat(broker.port()).isPositive();
            assertThat(broker.url()).hasToString("mqtt://127.0.0.1:" + broker.port());
        }
    }

    @Test
    void aTakenPortIsOneClearErrorWithAHint() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedBroker.start("127.0.0.1", taken.getLocalPort()))
                    .asInstanceOf(InstanceOfAssertFactories.type(FleetException.class))
                    .satisfies(e -> {
                        assertThat(e).hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
                        assertThat(e.hint()).contains("--mqtt-port").contains("--broker");
                    });
        }
    }

    @Test
    void leavesNoThreadsAndNoFilesWhenItStops() {
        EmbeddedBroker.start("127.0.0.1", 0).close();
        awaitNoBrokerThreads();
        assertThat(Files.exists(Path.of("data"))).isFalse();
    }

    private static void awaitNoBrokerThreads() {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!brokerThreads().isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(brokerThreads()).isEmpty();
    }

    private static Set<String> brokerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(EmbeddedBrokerTest::ofBroker)
                .map(Thread::getName)
                .collect(Collectors.toSet());
    }

    private static boolean ofBroker(Thread thread) {
        String name = thread.getName();
        return thread.isAlive()
                && (name.contains("ActiveMQ")
                        || name.contains("activemq")
                        || name.contains("netty")
                        || name.contains("fulmar"));
    }
}
