package io.fulmar.model.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
    private static final HexFormat HEX = HexFormat.of();

    @TempDir
    Path dir;

    /** RFC 8032, section 7.1, tests 1 to 3. */
    @ParameterizedTest
    @CsvSource({
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
                + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
                + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd"
                + "25bf5f0595bbe24655141438e7a100b",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
                + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
                + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c3"
                + "87b2eaeb4302aeeb00d291612bb0c00",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
                + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
                + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594"
                + "a7c15e9716ed28dc027beceea1ec40a",
    })
    void signsAsTheStandardSays(String secret, String publicKey, String message, String signature) {
        SigningKey key = key(secret);

        assertThat(Pem.decode("it", VerifyingKey.PEM_LABEL, key.verifyingKey().pem()))
                .endsWith(HEX.parseHex(publicKey));
        assertThat(HEX.formatHex(key.sign(HEX.parseHex(message)))).isEqualTo(signature);
        assertThat(key.verifyingKey().verifies(HEX.parseHex(message), HEX.parseHex(signature)))
                .isTrue();
    }

    @Test
    void aSignatureWithOneBitChangedIsNoSignature() {
        SigningKey key = SigningKey.generate();
        byte[] message = "open the valve".getBytes(UTF_8);
        byte[] signature = key.sign(message);
        for (int bit = 0; bit < signature.length * 8; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(key.verifyingKey().verifies(message, changed)).isFalse();
        }
        assertThat(key.verifyingKey().verifies(message, Arrays.copyOf(signature, 63)))
                .isFalse();
        assertThat(key.verifyingKey().verifies(message, new byte[0])).isFalse();
    }

    @Test
    void aKeyIsTheSameAfterItsFileAndOnlyItsOwnerCanReadIt() throws IOException {
        SigningKey key = SigningKey.generate();
        Path file = dir.resolve("operator.key");

        key.write(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(SigningKey.read(file).verifyingKey()).isEqualTo(key.verifyingKey());
    }

    @Test
    void anExistingFileIsNotOverwritten() throws IOException {
        Path file = Files.writeString(dir.resolve("operator.key"), "precious");

        assertThatThrownBy(() -> SigningKey.generate().write(file)).hasMessageContaining("is there already");

        assertThat(file).hasContent("precious");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx---r-x"})
    void aKeyThatOthersCanUseIsRefused(String mode) throws IOException {
        Path file = dir.resolve("operator.key");
        SigningKey.generate().write(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

        assertThatThrownBy(() -> SigningKey.read(file))
                .isInstanceOfSatisfying(
                        TrustException.class, e -> assertThat(e.hint()).contains("chmod 600"))
                .hasMessageContaining("others than its owner");
    }

    @Test
    void aKeyFileThatItsOwnerMayOnlyReadIsTaken() throws IOException {
        Path file = dir.resolve("operator.key");
        SigningKey.generate().write(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));

        assertThat(SigningKey.read(file).verifyingKey().id()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "-----BEGIN PRIVATE KEY-----",
                "-----END PRIVATE KEY----------BEGIN PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                // an X25519 key
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHAHbQdtCm0KXQpdCl0KXQpdCl0KXQpdCl0KXQpdCl0K\n"
                        + "-----END PRIVATE KEY-----",
                // an Ed448 key
                "-----BEGIN PRIVATE KEY-----\nMEcCAQAwBQYDK2VxBDsEOQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                        + "AAAAAAAAAAA=\n-----END PRIVATE KEY-----",
            })
    void whatIsNoPrivateKeyIsRefusedByName(String pem) {
        assertThatThrownBy(() -> SigningKey.ofPem("operator.key", pem))
                .isInstanceOf(TrustException.class)
                .hasMessageContaining("operator.key");
    }

    @Test
    void anEncryptedKeyAndAPublicKeyGetHintsOfTheirOwn() {
        assertThatThrownBy(() -> SigningKey.ofPem(
                        "k", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----"))
                .isInstanceOfSatisfying(
                        TrustException.class, e -> assertThat(e.hint()).contains("encrypted"));
        Path file = dir.resolve("operator.key");
        SigningKey.generate().write(file);
        assertThatThrownBy(() -> VerifyingKey.read(file))
                .isInstanceOfSatisfying(
                        TrustException.class, e -> assertThat(e.hint()).contains("private key"));
    }

    @Test
    void aMissingAndAHugeFileAndADirectoryAreRefused() throws IOException {
        assertThatThrownBy(() -> SigningKey.read(dir.resolve("none"))).hasMessageContaining("no such file");
        Path huge = dir.resolve("huge");
        Files.write(huge, new byte[100_000]);
        Files.setPosixFilePermissions(huge, PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> SigningKey.read(huge)).hasMessageContaining("larger than");
        Path directory = Files.createDirectory(
                dir.resolve("d"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertThatThrownBy(() -> SigningKey.read(directory)).isInstanceOf(TrustException.class);
    }

    @Test
    void aSigningKeyNeverShowsItself() {
        String text = key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
                .toString();
        assertThat(text).doesNotContain("9d61b19d", "nWGxne");
    }

    @Test
    void onlyTheOneEncodingOfAPublicKeyIsTaken() {
        byte[] spki = Pem.decode(
                "it",
                VerifyingKey.PEM_LABEL,
                SigningKey.generate().verifyingKey().pem());
        assertThat(VerifyingKey.ofSpki(spki).id()).matches("[0-9a-f]{64}");
        assertThatThrownBy(() -> VerifyingKey.ofSpki(Arrays.copyOf(spki, spki.length + 1)))
                .isInstanceOf(TrustException.class);
        // the same key with an explicit NULL as parameter of the algorithm would have another id
        byte[] withNull = HEX.parseHex("302c300706032b65700500032100"
                + HEX.formatHex(Arrays.copyOfRange(spki, spki.length - 32, spki.length)));
        assertThatThrownBy(() -> VerifyingKey.ofSpki(withNull)).isInstanceOf(TrustException.class);
    }

    private static SigningKey key(String secret) {
        String der = Base64.getEncoder().encodeToString(HEX.parseHex("302e020100300506032b657004220420" + secret));
        return SigningKey.ofPem("it", "-----BEGIN PRIVATE KEY-----\n" + der + "\n-----END PRIVATE KEY-----\n");
    }
}
