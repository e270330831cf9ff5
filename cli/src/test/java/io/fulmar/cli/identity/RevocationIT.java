package io.fulmar.cli.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.agent.identity.Enroller;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device that was revoked, at the broker and at the fleet. */
@Timeout(300)
class RevocationIT {
    private static final Duration PROMISED = Duration.ofSeconds(5);
    private static final String DEVICE = "press-1";
    private static final Wire WIRE = new Wire(new Topics(Topics.DEFAULT_PREFIX));

    @TempDir
    Path dir;

    @Test
    void theBrokerRefusesARevokedDeviceWithinFiveSecondsAndTakesItBackWhenItEnrolsAgain() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        try (var fleet = new SecuredFleet(dir)) {
            Tls tls = fleet.enrol(DEVICE);
            Tls another = fleet.enrol("press-2");
            try (var device = new Client(
                                    fleet.broker(), tls, DEVICE, WIRE.topics().down(DEVICE))
                            .connected();
                    var other = new Client(fleet.broker(), another, "press-2").connected()) {
                long revoked = System.nanoTime();
                fleet.enrolments().revoke(DEVICE);
                fleet.enrolments().publish();
                fleet.enrolments().evict(DEVICE);
                device.until("its connection is ended", () -> device.losses() > 0);
                Duration ended = Duration.ofNanos(System.nanoTime() - revoked);
                device.until("three more attempts have failed", () -> device.losses() > 3);
                assertThat(device.connects()).as("it came up only before").isEqualTo(1);
                assertThat(ended).isLessThan(PROMISED);
                other.work();
                assertThat(other.losses()).as("another device does not notice").isZero();

                fleet.enrol(DEVICE); // the link reads the new files at its next attempt
                device.until("it is back", () -> device.connects() == 2);
            }
        }
    }

    /** Any broker, even one that lets everybody in: this one knows no identities. */
    @Test
    void theFleetRefusesARevokedDeviceThatTheBrokerStillLetsIn() {
        Path data = dir.resolve("fleet");
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(data).enrolment(FleetConfig.Enrolment.on(0)))) {
            Enrolments enrolments = Enrolments.in(data);
            enrol(fleet, enrolments);
            var welcomes = new AtomicInteger();
            LinkConfig config = LinkConfig.builder(fleet.brokerUrl(), DEVICE)
                    .subscriptions(WIRE.topics().down(DEVICE))
                    .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(200)))
                    .build();
            try (var link = new PahoLink(config, new SplittableRandom(), event -> {
                if (event instanceof LinkEvent.Received received
                        && WIRE.decodeDownlink(new Envelope(
                                                received.message().topic(),
                                                received.message().payload(),
                                                received.message().contentType(),
                                                received.message().userProperties()))
                                        .message()
                                instanceof Welcome) {
                    welcomes.incrementAndGet();
                }
            })) {
                greetUntil(link, () -> welcomes.get() > 0);
                assertThat(fleet.status().revoked()).isZero();

                enrolments.revoke(DEVICE);
                greetUntil(link, () -> fleet.status().revoked() > 0);
                int before = welcomes.get();
                long counted = fleet.status().revoked();
                greetUntil(link, () -> fleet.status().revoked() > counted + 5);
                assertThat(welcomes.get() - before)
                        .as("welcomes that were under way")
                        .isLessThanOrEqualTo(5);
                int last = welcomes.get();
                long seen = fleet.status().revoked();
                greetUntil(link, () -> fleet.status().revoked() > seen + 5);
                assertThat(welcomes.get()).isEqualTo(last);

                enrol(fleet, enrolments);
                greetUntil(link, () -> welcomes.get() > last);
            }
        }
    }

    private void enrol(Fleet fleet, Enrolments enrolments) {
        String token = enrolments.invite(DEVICE, Set.of(), Duration.ofHours(1)).token();
        new Enroller(dir.resolve("device.toml"), dir.resolve("state"), null)
                .enrol(URI.create("https://localhost:" + fleet.enrolmentPort()), token, null, true);
    }

    private static void greetUntil(PahoLink link, BooleanSupplier reached) {
        Envelope hello = WIRE.encode(DEVICE, new Hello("test", 1, 0, 0, List.of(), List.of(), List.of()));
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as("not within a minute").isLessThan(deadline);
            link.work(System.nanoTime());
            link.publish(OutboundMessage.of(hello.topic(), hello.payload(), 0, false, 0));
            LockSupport.parkNanos(20_000_000);
        }
    }
}
