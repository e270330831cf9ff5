package io.fulmar.cli.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.identity.Enroller;
import io.fulmar.agent.identity.IdentityException;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.identity.Enrolments;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device and a fleet over real HTTPS. */
@Timeout(300)
class EnrolmentIT {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private Enrolments enrolments;

    @BeforeEach
    void open() {
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")).enrolment(FleetConfig.Enrolment.on(0)));
        enrolments = Enrolments.in(dir.resolve("fleet"));
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Enroller device(String name) {
        return new Enroller(dir.resolve(name).resolve("device.toml"), state(name), null);
    }

    private Path state(String name) {
        return dir.resolve(name).resolve("state");
    }

    private URI address() {
        return URI.create("https://localhost:" + fleet.enrolmentPort());
    }

    private String token(String device) {
        return enrolments.invite(device, Set.of("presses"), HOUR).token();
    }

    @Test
    void aDeviceGetsAllThatItNeedsAndKeepsItsKeyForItself() throws IOException {
        Enroller.Outcome outcome = device("one").enrol(address(), token("press-1"), null, false);
        assertThat(outcome.device()).isEqualTo("press-1");
        assertThat(outcome.groups()).containsExactly("presses");
        assertThat(outcome.broker()).isEqualTo(URI.create("mqtt://localhost:" + fleet.mqttPort()));
        try (Stream<Path> files = Files.list(state("one").resolve("identity"))) {
            assertThat(files)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
        String fragment = Files.readString(dir.resolve("one").resolve("conf.d").resolve(Enroller.FRAGMENT));
        assertThat(fragment).contains("id = \"press-1\"", "groups = [\"presses\"]", "prefix = \"fulmar/v1\"");
        String key = Files.readString(state("one").resolve("identity").resolve("key.pem"))
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow();
        try (Stream<Path> files = Files.walk(dir.resolve("fleet"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(key);
            }
        }
    }

    @Test
    void anIdentityIsNotReplacedUnlessAskedTo() throws IOException {
        device("one").enrol(address(), token("press-1"), null, false);
        Path certificate = state("one").resolve("identity").resolve("cert.pem");
        String first = Files.readString(certificate);
        String token = token("press-2");
        assertThatThrownBy(() -> device("one").enrol(address(), token, null, false))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("press-1");
        assertThat(Files.readString(certificate)).isEqualTo(first);
        assertThat(device("one").enrol(address(), token, null, true).device()).isEqualTo("press-2");
        assertThat(Files.readString(certificate)).isNotEqualTo(first);
    }

    @Test
    void anEnrolmentThatWasCutOffBeforeItsLastStepIsFinishedWithoutATokenBeingUsed() throws IOException {
        device("one").enrol(address(), token("press-1"), null, false);
        Path fragment = dir.resolve("one").resolve("conf.d").resolve(Enroller.FRAGMENT);
        Files.delete(fragment);
        Enroller.Outcome outcome = device("one").enrol(address(), "any.to.ken", null, false);
        assertThat(outcome.before()).isTrue();
        assertThat(outcome.device()).isEqualTo("press-1");
        assertThat(fragment).exists();
    }

    @Test
    void aTokenThatAnotherDeviceUsedIsRefusedInOneClearLine() {
        String token = token("press-1");
        device("one").enrol(address(), token, null, false);
        assertThatThrownBy(() -> device("two").enrol(address(), token, null, false))
                .isInstanceOf(IdentityException.class)
                .hasMessage("the fleet refused: this token has been used");
        assertThat(state("two").resolve("identity")).doesNotExist();
    }

    @Test
    void aDeviceDoesNotTalkToAnotherFleetThanTheOneOfItsToken() {
        String token = Enrolments.in(dir.resolve("another"))
                .invite("press-1", Set.of(), HOUR)
                .token();
        assertThatThrownBy(() -> device("one").enrol(address(), token, null, false))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("another fleet");
    }

    @Test
    void manyWhoBeginARequestAndNeverEndItKeepNobodyFromEnrolling() throws Exception {
        String token = token("press-1");
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), fleet.enrolmentPort());
                slow.add(socket);
                var encrypted = (SSLSocket)
                        trusting().getSocketFactory().createSocket(socket, "localhost", fleet.enrolmentPort(), true);
                encrypted
                        .getOutputStream()
                        .write("POST /v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{"
                                .getBytes(StandardCharsets.US_ASCII));
            }
            long began = System.nanoTime();
            assertThat(device("one").enrol(address(), token, null, false).device())
                    .isEqualTo("press-1");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Limits.ENROLMENT_IDLE.dividedBy(2));
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
    }

    /** What connects to this fleet. */
    private SSLContext trusting() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream ca = Files.newInputStream(enrolments.identity().caFile())) {
            trusted.setCertificateEntry(
                    "fleet", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        return tls;
    }

    @Test
    void aFleetThatIsNotThereOrNoFleetIsSaidSo() {
        String token = token("press-1");
        assertThatThrownBy(() ->
                        device("one").enrol(URI.create("https://localhost:" + fleet.httpPort()), token, null, false))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("no encrypted connection");
        int port = fleet.enrolmentPort();
        fleet.close();
        assertThatThrownBy(() -> device("one").enrol(URI.create("https://localhost:" + port), token, null, false))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("nothing takes connections");
    }
}
