package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsSettingsTest {
    private static final String ENCRYPTED = ConfigFolder.GOOD + """
            [mqtt]
            url = "mqtts://broker.example:8883"
            [mqtt.tls]
            ca = "ca.pem"
            cert = "device.pem"
            key = "device.key"
            """;
    private static final String AT_KEY = "device.toml:23:1: mqtt.tls.key: ";

    private final Path dir;
    private final ConfigFolder folder;
    private TestKeys device = new TestKeys("", "");
    private TestKeys other = device;

    TlsSettingsTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @BeforeAll
    void makeKeys() throws Exception {
        device = TestKeys.make(dir, "EC");
        other = TestKeys.make(dir, "EC");
    }

    @BeforeEach
    void writeAll() throws IOException {
        folder.write("ca.pem", "some words\n" + other.certificate() + device.certificate());
        folder.write("device.pem", device.certificate());
        write(device.key());
    }

    @Test
    void allThreeFilesAreAbsolutePaths() {
        assertThat(folder.loaded(ENCRYPTED).mqtt().tls())
                .isEqualTo(
                        new TlsSettings(dir.resolve("ca.pem"), dir.resolve("device.pem"), dir.resolve("device.key")));
    }

    @Test
    void theAuthorityAloneEncryptsToo() {
        assertThat(folder.loaded(ENCRYPTED.replaceAll("(cert|key) = .*\n", ""))
                        .mqtt()
                        .tls())
                .isEqualTo(new TlsSettings(dir.resolve("ca.pem"), null, null));
    }

    @Test
    void encryptionNeedsToKnowWhomToTrust() {
        assertThat(folder.texts(ENCRYPTED.replace("ca = \"ca.pem\"\n", "")))
                .containsExactly(
                        "device.toml:20:1: mqtt.tls.ca: is missing; mqtts:// needs the PEM file of whoever signs"
                                + " for the broker, or where that is one whom browsers know, /etc/ssl/certs/ca-certificates.crt");
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("mqtt.url", "mqtts://b")))
                .singleElement()
                .asString()
                .contains("mqtt.tls.ca: is missing");
    }

    @Test
    void theFleetCannotTurnEncryptionOff() {
        assertThat(folder.texts(folder.sources(ENCRYPTED).remote("desired", "mqtt.url = \"mqtt://b:1883\"")))
                .containsExactly(
                        "desired:1:1: mqtt.url: is not encrypted although there is a table tls; write mqtts://,"
                                + " or leave that table out");
    }

    @Test
    void aCertificateNeedsItsKeyAndAKeyItsCertificate() {
        assertThat(folder.texts(ENCRYPTED.replace("key = \"device.key\"\n", "")))
                .containsExactly("device.toml:22:1: mqtt.tls.cert: needs key beside it");
        assertThat(folder.texts(ENCRYPTED.replace("cert = \"device.pem\"\n", "")))
                .containsExactly("device.toml:22:1: mqtt.tls.key: needs cert beside it");
    }

    @Test
    void filesThatAreNotThereAreNamed() throws IOException {
        for (String name : List.of("ca.pem", "device.pem", "device.key")) {
            Files.delete(dir.resolve(name));
        }

        assertThat(folder.texts(ENCRYPTED))
                .containsExactly(
                        "device.toml:21:1: mqtt.tls.ca: ca.pem: there is no such file",
                        "device.toml:22:1: mqtt.tls.cert: device.pem: there is no such file",
                        AT_KEY + "device.key: there is no such file");
    }

    @Test
    void filesThatHoldSomethingElseAreNamed() throws IOException {
        folder.write("ca.pem", "0\u0082 binary");
        folder.write("device.pem", device.key());
        write(device.certificate());

        assertThat(folder.texts(ENCRYPTED))
                .containsExactly(
                        "device.toml:21:1: mqtt.tls.ca: ca.pem: holds no certificate; expected PEM, with"
                                + " -----BEGIN CERTIFICATE-----",
                        "device.toml:22:1: mqtt.tls.cert: device.pem: holds no certificate but 'PRIVATE KEY'; expected"
                                + " PEM, with -----BEGIN CERTIFICATE-----",
                        AT_KEY + "device.key: holds no private key but 'CERTIFICATE'; expected PEM, with"
                                + " -----BEGIN PRIVATE KEY-----");
    }

    @Test
    void filesThatAreCutOffOrDamagedAreNamed() throws IOException {
        folder.write("ca.pem", device.certificate().substring(0, 200));
        folder.write("device.pem", TestKeys.pem("CERTIFICATE", new byte[] {1, 2, 3}));
        write(device.key());

        assertThat(folder.texts(ENCRYPTED))
                .containsExactly(
                        "device.toml:21:1: mqtt.tls.ca: ca.pem: holds no certificate; expected PEM, with"
                                + " -----BEGIN CERTIFICATE-----",
                        "device.toml:22:1: mqtt.tls.cert: device.pem: holds a certificate that is damaged");
    }

    @Test
    void aKeyInAnotherFormIsNamedWithWhatToRun() throws IOException {
        for (String label : List.of("EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")) {
            write(TestKeys.pem(label, new byte[] {1, 2, 3}));

            assertThat(folder.texts(ENCRYPTED))
                    .containsExactly(AT_KEY + "device.key: holds an '" + label + "'; expected a 'PRIVATE KEY', which"
                            + " openssl pkcs8 -topk8 -nocrypt makes of it");
        }
    }

    @Test
    void aKeyThatOthersCanReadIsRefusedWithWhatToRun() throws IOException {
        Files.setPosixFilePermissions(dir.resolve("device.key"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(folder.texts(ENCRYPTED))
                .containsExactly(AT_KEY + "can be read or written by others (rw-r--r--); run chmod 600 on that file");
    }

    @Test
    void theKeyOfAnotherCertificateIsRefused() throws IOException {
        write(other.key());

        assertThat(folder.texts(ENCRYPTED)).containsExactly(AT_KEY + "is not the key of the certificate in device.pem");
    }

    @Test
    void keysOfOtherKindsFitTheirCertificatesToo() throws Exception {
        for (String algorithm : List.of("RSA", "Ed25519")) {
            TestKeys keys = TestKeys.make(dir, algorithm);
            folder.write("device.pem", keys.certificate());
            write(keys.key());
            assertThat(folder.load(ENCRYPTED)).as(algorithm).isInstanceOf(LoadResult.Loaded.class);

            write(device.key());
            assertThat(folder.load(ENCRYPTED)).as(algorithm).isInstanceOf(LoadResult.Invalid.class);
        }
    }

    @Test
    void aDeviceCutOffWhileItRenewedItsCertificateStillStarts() throws IOException {
        String managed = ENCRYPTED.replace("\"device.", "\"state/identity/");
        Files.createDirectories(dir.resolve("state/identity"));
        Files.move(dir.resolve("device.pem"), dir.resolve("state/identity/pem"));
        write(other.key());
        Files.move(dir.resolve("device.key"), dir.resolve("state/identity/key"));

        assertThat(folder.load(managed)).isInstanceOf(LoadResult.Loaded.class);
    }

    private void write(String key) throws IOException {
        folder.secret("device.key", key);
    }
}
