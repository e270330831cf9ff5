package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and keys as openssl writes them. */
class PemTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestCa ca;

    @BeforeEach
    void start() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        ca = TestCa.in(dir.resolve("ca"), "fleet");
    }

    private static void refused(Supplier<?> reading, String message, String hint) {
        assertThatThrownBy(reading::get).isInstanceOfSatisfying(LinkException.class, e -> {
            assertThat(e).hasMessageContaining(message);
            assertThat(e.hint()).contains(hint);
        });
    }

    @Test
    void keysOfAllKindsAreRead() {
        for (String algorithm :
                new String[] {"EC -pkeyopt ec_paramgen_curve:P-256", "RSA -pkeyopt rsa_keygen_bits:2048", "ED25519"}) {
            TestCa.Issued issued = ca.issue("d", algorithm, Instant.now(), Duration.ofDays(1));
            assertThat(ClientIdentity.read(issued.certificate(), issued.key()).certificate())
                    .isNotNull();
        }
    }

    @Test
    void keysThatCannotBeUsedAreRefusedWithTheCommandThatConvertsThem() {
        Path good = ca.client("d").key();
        Path sec1 = dir.resolve("sec1.key");
        Path rsa = dir.resolve("rsa.key");
        Path encrypted = dir.resolve("encrypted.key");
        ca.openssl("ec -in " + good + " -out " + sec1);
        ca.openssl("genrsa -traditional -out " + rsa + " 2048");
        ca.openssl("pkcs8 -topk8 -in " + good + " -out " + encrypted + " -passout pass:hush");

        refused(() -> Pem.privateKey(sec1), "older format ('EC PRIVATE KEY')", "openssl pkcs8 -topk8 -nocrypt");
        refused(() -> Pem.privateKey(rsa), "older format ('RSA PRIVATE KEY')", "openssl pkcs8 -topk8 -nocrypt");
        refused(() -> Pem.privateKey(encrypted), "is encrypted", "openssl pkcs8 -topk8 -nocrypt");
    }

    @Test
    void theCommandOfTheHintMakesAnOldKeyUsable() {
        TestCa.Issued issued = ca.client("d");
        Path sec1 = dir.resolve("sec1.key");
        ca.openssl("ec -in " + issued.key() + " -out " + sec1);
        ca.openssl("pkcs8 -topk8 -nocrypt -in " + sec1 + " -out " + sec1 + ".new");

        assertThat(ClientIdentity.read(issued.certificate(), Path.of(sec1 + ".new"))
                        .certificate())
                .isNotNull();
    }

    @Test
    void aKeyThatBelongsToAnotherCertificateIsNoticed() {
        TestCa.Issued one = ca.client("one");
        TestCa.Issued other = ca.client("other");
        TestCa.Issued rsa = ca.issue("rsa", "RSA -pkeyopt rsa_keygen_bits:2048", Instant.now(), Duration.ofDays(1));

        refused(() -> ClientIdentity.read(one.certificate(), other.key()), "does not belong", "made together");
        refused(() -> ClientIdentity.read(one.certificate(), rsa.key()), "does not belong", "made together");
    }

    @Test
    void filesThatAreSomethingElseAreNamed() throws IOException {
        TestCa.Issued issued = ca.client("d");
        Path der = dir.resolve("d.der");
        ca.openssl("x509 -in " + issued.certificate() + " -outform DER -out " + der);
        Path empty = Files.createFile(dir.resolve("empty.pem"));
        Path damaged = dir.resolve("damaged.pem");
        String pem = Files.readString(issued.certificate());
        Files.writeString(damaged, pem.substring(0, 200) + "!" + pem.substring(260));
        Path large = dir.resolve("large.pem");
        Files.write(large, new byte[2 << 20]);

        refused(() -> Pem.certificates(der), "no PEM certificate", "openssl x509 -inform DER");
        refused(() -> Pem.certificates(empty), "no PEM certificate", "BEGIN CERTIFICATE");
        refused(() -> Pem.certificates(damaged), "damaged", "copy the file again");
        refused(() -> Pem.certificates(large), "larger than", "PEM");
        refused(() -> Pem.certificates(dir), "a directory", "path");
        refused(() -> Pem.certificates(dir.resolve("none.pem")), "no such file", "path");
        refused(() -> Pem.privateKey(issued.certificate()), "holds 'CERTIFICATE'", "BEGIN PRIVATE KEY");
    }

    @Test
    void whoAsksLearnsWhenACertificateEnds() {
        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        TestCa.Issued issued = ca.issue("d", "EC -pkeyopt ec_paramgen_curve:P-256", from, Duration.ofDays(30));

        assertThat(CertificateInfo.read(issued.certificate())).singleElement().satisfies(info -> {
            assertThat(info.subject()).isEqualTo("CN=d");
            assertThat(info.issuer()).isEqualTo("CN=fleet");
            assertThat(info.notBefore()).isEqualTo(from);
            assertThat(info.notAfter()).isEqualTo(from.plus(Duration.ofDays(30)));
        });
    }
}
