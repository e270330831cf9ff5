package io.fulmar.cli.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.identity.Enroller;
import io.fulmar.agent.identity.Renewal;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device renews its certificate at a fleet over real HTTPS, its clock put forward to when it does. */
@Timeout(300)
class RenewalIT {
    private static final Duration MOST_OF_ITS_LIFE = Duration.ofDays(75);
    private static final Duration MORE_THAN_ITS_LIFE = Duration.ofDays(91);

    @TempDir
    Path dir;

    private final AtomicInteger renewed = new AtomicInteger();
    private @Nullable Fleet fleet;

    @AfterEach
    void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private Path data() {
        return dir.resolve("fleet");
    }

    private Path identity() {
        return dir.resolve("device").resolve("state").resolve("identity");
    }

    private Path fragment() {
        return dir.resolve("device").resolve("conf.d").resolve(Enroller.FRAGMENT);
    }

    private URI start(int port, @Nullable Path trustRoot) {
        close();
        fleet = Fleet.open(FleetConfig.inDirectory(data())
                .enrolment(new FleetConfig.Enrolment(port, List.of(), Duration.ofDays(90), trustRoot)));
        return URI.create("https://localhost:" + fleet.enrolmentPort());
    }

    private void enrol(URI address, @Nullable Path trust) {
        String token = Enrolments.in(data())
                .invite("press-1", Set.of("presses"), Duration.ofHours(1))
                .token();
        Path home = dir.resolve("device");
        new Enroller(home.resolve("device.toml"), home.resolve("state"), trust).enrol(address, token, null, true);
    }

    private List<Status.Condition> renewAfter(Duration time) {
        Instant then = Instant.now().plus(time);
        var conditions = new Conditions(() -> then, System::nanoTime);
        new Renewal(
                        dir.resolve("device").resolve("state"),
                        null,
                        () -> then,
                        new SplittableRandom(1),
                        conditions,
                        renewed::incrementAndGet)
                .work(System.nanoTime());
        return conditions.now();
    }

    private Path trustRoot(String name) throws IOException {
        SigningKey key = SigningKey.generate();
        TrustRoot root = TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(key.verifyingKey(), name)),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(key.verifyingKey().id()), 1)));
        return Files.write(dir.resolve(name + ".json"), root.toJson());
    }

    @Test
    void aCertificateIsRenewedWithANewKeyWhenItsTimeIsNearAndNotBefore() throws IOException {
        enrol(start(0, null), null);
        String certificate = Files.readString(identity().resolve("cert.pem"));
        String key = Files.readString(identity().resolve("key.pem"));
        assertThat(renewAfter(Duration.ofDays(50))).isEmpty();
        assertThat(identity().resolve("cert.pem")).hasContent(certificate);

        assertThat(renewAfter(MOST_OF_ITS_LIFE)).isEmpty();
        assertThat(renewed).hasValue(1);
        assertThat(Files.readString(identity().resolve("cert.pem"))).isNotEqualTo(certificate);
        assertThat(Files.readString(identity().resolve("key.pem"))).isNotEqualTo(key);
        assertThat(fragment()).content().contains("id = \"press-1\"", "groups = [\"presses\"]");
    }

    @Test
    void aFleetThatIsNotThereIsSaidInTheStatusAndTheOldIdentityStays() throws IOException {
        enrol(start(0, null), null);
        String certificate = Files.readString(identity().resolve("cert.pem"));
        close();
        fleet = null;
        assertThat(renewAfter(MOST_OF_ITS_LIFE))
                .singleElement()
                .satisfies(said -> assertThat(said.name()).isEqualTo("certificate-expiring"));
        assertThat(renewAfter(MORE_THAN_ITS_LIFE))
                .singleElement()
                .satisfies(said -> assertThat(said.name()).isEqualTo("certificate-expired"));
        assertThat(identity().resolve("cert.pem")).hasContent(certificate);
        assertThat(renewed).hasValue(0);
    }

    @Test
    void whoeverHoldsTheFleetCannotReplaceTheOperatorAtARenewal() throws IOException {
        Path own = trustRoot("anna");
        URI address = start(0, own);
        enrol(address, null);
        assertThat(identity().resolve("trust.json")).hasSameTextualContentAs(own);

        start(address.getPort(), trustRoot("mallory"));
        renewAfter(MOST_OF_ITS_LIFE);
        assertThat(renewed).hasValue(1);
        assertThat(identity().resolve("trust.json")).hasSameTextualContentAs(own);

        start(address.getPort(), null);
        renewAfter(MOST_OF_ITS_LIFE);
        assertThat(renewed).hasValue(2);
        assertThat(identity().resolve("trust.json")).hasSameTextualContentAs(own);
        assertThat(fragment()).content().contains("[trust]");
    }

    @Test
    void aDeviceThatBelievesNobodyYetIsToldNobodyAtARenewal() throws IOException {
        URI address = start(0, null);
        enrol(address, null);
        start(address.getPort(), trustRoot("mallory"));
        renewAfter(MOST_OF_ITS_LIFE);
        assertThat(renewed).hasValue(1);
        assertThat(identity().resolve("trust.json")).doesNotExist();
        assertThat(fragment()).content().doesNotContain("[trust]");
    }

    @Test
    void aTrustRootOfTheDevicesOwnStandsOverTheOneOfTheFleet() throws IOException {
        Path ofOwner = trustRoot("owner");
        URI address = start(0, trustRoot("fleet"));
        enrol(address, ofOwner);
        assertThat(fragment()).content().doesNotContain("[trust]");
        assertThat(identity().resolve("trust.json")).doesNotExist();

        enrol(address, identity().resolve("trust.json"));
        assertThat(fragment()).content().contains("[trust]");
    }
}
