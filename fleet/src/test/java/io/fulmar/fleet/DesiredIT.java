package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.broker.EmbeddedBroker;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Desired states through the whole service: the newest is kept, and is retained by the broker whatever happens to it. */
class DesiredIT {
    private static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);
    private static final String TOPIC = TOPICS.desired("press-7");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void surviveABrokerThatLosesEverything() {
        try (var broker = new Brokers()) {
            byte[] wanted = document(1, "level = 1");
            var config = new FleetConfig(dir, "127.0.0.1", 0, 0, broker.url(), Topics.DEFAULT_PREFIX);
            try (var fleet = Fleet.open(config);
                    var device = new TestDevice("press-7", 77, broker.url())) {
                device.connect();
                publish(fleet, wanted);
                device.until(false, 1, () -> Arrays.equals(device.desired(), wanted));
                awaitVersion(1);

                broker.wipe();
                device.forgetDesired();
                device.until(false, 1, () -> Arrays.equals(device.desired(), wanted));
                try (var late = new TestDevice("press-7", 78, broker.url())) {
                    late.until(false, 1, () -> Arrays.equals(late.desired(), wanted));
                }
            }
        }
    }

    @Test
    void surviveARestartOfTheServiceWithItsBroker() {
        byte[] wanted = document(4, "level = 4");
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            publish(fleet, wanted);
            awaitVersion(4);
        }
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.until(false, 1, () -> Arrays.equals(device.desired(), wanted));
        }
    }

    @Test
    void anOlderAnEmptyAndAnUnreadableOneArePutRight() {
        byte[] wanted = document(5, "level = 5");
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            publish(fleet, wanted);
            awaitVersion(5);
            for (byte[] wrong : List.of(
                    document(4, "level = 4"),
                    document(5, "level = 6"),
                    new byte[0],
                    "{}".getBytes(StandardCharsets.UTF_8))) {
                publish(fleet, wrong);
                device.until(false, 1, () -> device.timesTold(wrong) > 0);
                device.until(false, 1, () -> Arrays.equals(device.desired(), wanted));
            }
            assertThat(row().version()).isEqualTo(5);
            publish(fleet, document(6, "level = 6"));
            awaitVersion(6);
        }
    }

    @Test
    void withATrustRootOnlyWhatAnOperatorSignedIsKept() {
        SigningKey key = SigningKey.generate();
        TrustRoot.of(
                        1,
                        List.of(new TrustRoot.Key(key.verifyingKey(), "Anna")),
                        Map.of(
                                TrustRole.OPERATOR,
                                new TrustRoot.Signers(List.of(key.verifyingKey().id()), 1)))
                .write(FleetTrust.file(dir));
        byte[] signed = Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, "level = 1"), key)
                .toJson();
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            publish(fleet, signed);
            awaitVersion(1);
            assertThat(row().signedBy()).containsExactly(key.verifyingKey().id());

            byte[] stranger = Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(2, "level = 2"), SigningKey.generate())
                    .toJson();
            byte[] asCommand =
                    Dsse.sign(Dsse.COMMAND, document(2, "level = 2"), key).toJson();
            for (byte[] wrong : List.of(document(2, "level = 2"), stranger, asCommand)) {
                publish(fleet, wrong);
                device.until(false, 1, () -> device.timesTold(wrong) > 0);
                device.until(false, 1, () -> Arrays.equals(device.desired(), signed));
            }
            assertThat(row().version()).isEqualTo(1);
        }
    }

    @Test
    void withAnotherTrustRootOnlyWhatItsOperatorsSignedIsPutBack() {
        SigningKey key = SigningKey.generate();
        operator(1, key).write(FleetTrust.file(dir));
        byte[] signed = Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, "level = 1"), key)
                .toJson();
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            publish(fleet, signed);
            awaitVersion(1);
            SigningKey next = SigningKey.generate();
            operator(2, next).replace(FleetTrust.file(dir));
            byte[] anew = Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(2, "level = 2"), next)
                    .toJson();
            device.until(false, 1, () -> {
                publish(fleet, anew);
                return row().version() == 2;
            });
            long before = device.timesTold(signed);
            publish(fleet, signed);
            device.until(false, 1, () -> device.timesTold(signed) > before);
            device.until(false, 1, () -> Arrays.equals(device.desired(), anew));
        }
    }

    private static TrustRoot operator(int version, SigningKey key) {
        return TrustRoot.of(
                version,
                List.of(new TrustRoot.Key(key.verifyingKey(), null)),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(key.verifyingKey().id()), 1)));
    }

    @Test
    void aTrustRootThatCannotBeReadKeepsTheServiceFromStarting() throws Exception {
        Files.writeString(FleetTrust.file(dir), "{\"version\":1}");
        assertThatThrownBy(() -> Fleet.open(FleetConfig.inDirectory(dir)))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("trust.json");
    }

    @Test
    void whatTheDeviceReportsIsComparedWithWhatIsWanted() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            String wanted = Desired.Config.of("level = 2").sha256();
            report(device, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null, "none");
            publish(fleet, document(2, "level = 2"));
            device.until(false, 1, () -> row().state().equals("pending"));
            report(device, 2, wanted, Reported.State.TRIAL, null, "trial");
            report(device, 2, wanted, Reported.State.ACTIVE, null, "in sync");
            report(device, 2, Desired.Config.of("by hand").sha256(), Reported.State.ACTIVE, null, "changed");
            report(device, 2, wanted, Reported.State.REVERTED, "no welcome within 2m", "reverted");
            report(device, 2, wanted, Reported.State.REFUSED, "no such key", "refused");
            assertThat(row().reason()).isEqualTo("no such key");
            report(device, 3, wanted, Reported.State.ACTIVE, null, "ahead");
        }
    }

    private void report(
            TestDevice device,
            long version,
            String sha256,
            Reported.State state,
            @org.jspecify.annotations.Nullable String reason,
            String expected) {
        var config = new Reported.Config(version, version, sha256, state, reason);
        device.publish(new Reported("0.1.0", 1_700_000_000_000L, null, version, config, List.of()));
        device.until(false, 1, () -> row().state().equals(expected));
    }

    private static byte[] document(long version, String toml) {
        return DesiredCodec.encode(new Desired(version, "press-7", Desired.Config.of(toml)));
    }

    private static void publish(Fleet fleet, byte[] bytes) {
        try (var client = FleetClient.connect(fleet.brokerUrl(), null, null, List.of(), message -> {})) {
            client.send(TOPIC, bytes, true);
        }
    }

    private void awaitVersion(long version) {
        TestDevice.patiently(() -> row().version() == version);
    }

    private DesiredRow row() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.desired("press-7").stream().findFirst().orElse(DesiredRow.unknown("press-7"));
        }
    }

    /** A broker that can lose everything. Owned by its test. */
    private static final class Brokers implements AutoCloseable {
        private EmbeddedBroker broker = EmbeddedBroker.start("127.0.0.1", 0);

        java.net.URI url() {
            return broker.url();
        }

        /** All that it held is in its memory. */
        void wipe() {
            int port = broker.port();
            broker.close();
            broker = EmbeddedBroker.start("127.0.0.1", port);
        }

        @Override
        public void close() {
            broker.close();
        }
    }
}
