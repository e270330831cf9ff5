package io.fulmar.agent.io.act;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.config.ActSettings;
import io.fulmar.config.GuardSettings;
import io.fulmar.sync.mqtt.TestCa;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A webhook behind certificates that openssl made. */
@Timeout(120)
class WebhookTlsTest {
    private static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";
    private static final GuardSettings GUARD = new GuardSettings(Duration.ZERO, 60, Duration.ZERO, null, true);
    private static final Action IMBALANCE = new Action("vibration", 7, "imbalance", 0.9f, true, System.nanoTime());

    private final Path dir;
    private final AtomicInteger asked = new AtomicInteger();
    private @Nullable HttpsServer server;

    WebhookTlsTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void openssl() {
        assumeTrue(TestCa.available(), "openssl is not installed");
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void aServerOfOnesOwnAuthorityIsCalled() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        serve(ca, ca.server("localhost"));

        assertThat(called(ca.certificate())).startsWith("answered 204");
        assertThat(asked).hasValue(1);
    }

    @Test
    void aServerOfAnotherAuthorityIsToldNothing() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        serve(ca, ca.server("localhost"));

        refused(TestCa.in(dir.resolve("other"), "other").certificate(), "is signed by nobody who is trusted");
        refused(null, "is signed by nobody who is trusted");
    }

    @Test
    void aServerWithTheCertificateOfAnotherHostIsToldNothing() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        serve(ca, ca.server("alarms.example"));

        refused(ca.certificate(), "is for another host");
    }

    @Test
    void aServerWhoseCertificateHasRunOutOrIsNotValidYetIsToldNothing() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        Instant now = Instant.now();
        serve(ca, ca.issue("localhost", P256, now.minus(Duration.ofDays(9)), Duration.ofDays(8)));
        refused(ca.certificate(), "has run out");

        stop();
        serve(ca, ca.issue("localhost", P256, now.plus(Duration.ofDays(2)), Duration.ofDays(8)));
        refused(ca.certificate(), "is not valid yet");
    }

    @Test
    void aFileWithoutCertificatesIsSaid() throws Exception {
        TestCa ca = TestCa.in(dir.resolve("ca"), "plant");
        serve(ca, ca.server("localhost"));
        Path gone = dir.resolve("gone.pem");

        assertThatThrownBy(() -> called(gone))
                .isInstanceOf(ActuatorException.class)
                .hasMessageContaining("the certificates of " + gone + " cannot be read");
    }

    private void refused(@Nullable Path ca, String why) {
        assertThatThrownBy(() -> called(ca))
                .isInstanceOf(ActuatorException.class)
                .hasMessageStartingWith("localhost:")
                .hasMessageContaining("its certificate " + why);
        assertThat(asked).hasValue(0);
    }

    private String called(@Nullable Path ca) throws InterruptedException {
        int port = server == null ? 0 : server.getAddress().getPort();
        URI url = URI.create("https://localhost:" + port + "/hook");
        try (Deed deed = new WebhookDeed(
                new ActSettings.Webhook(
                        "hook", ActSettings.Occasion.EVERY, GUARD, url, null, ca, Duration.ofSeconds(30)),
                Acting.none())) {
            return deed.perform(IMBALANCE);
        }
    }

    private void serve(TestCa ca, TestCa.Issued issued) throws Exception {
        Path store = dir.resolve("server.p12");
        ca.openssl("pkcs12 -export -in " + issued.certificate() + " -inkey " + issued.key() + " -out " + store
                + " -passout pass:changeit");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "changeit".toCharArray());
        }
        // not the default, which would keep back a certificate that has run out
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context));
        https.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        https.start();
        server = https;
    }
}
