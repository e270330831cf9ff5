package io.fulmar.model.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and signatures are those that openssl makes and checks. */
class OpensslIT {
    @TempDir
    Path dir;

    @Test
    void opensslVerifiesWhatWeSign() throws Exception {
        SigningKey key = SigningKey.generate();
        byte[] message = Dsse.pae("application/vnd.fulmar.command+json", "{\"id\":\"1\"}".getBytes(UTF_8));
        Path signed = Files.write(dir.resolve("message"), message);
        Path signature = Files.write(dir.resolve("sig"), key.sign(message));
        Path publicKey =
                Files.writeString(dir.resolve("pub.pem"), key.verifyingKey().pem());

        List<String> verify = List.of(
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-inkey",
                publicKey.toString(),
                "-sigfile",
                signature.toString(),
                "-in",
                signed.toString());
        assertThat(openssl(verify)).contains("Signature Verified Successfully");

        message[message.length - 1] ^= 1;
        Files.write(signed, message);
        assertThat(openssl(verify)).contains("Signature Verification Failure");
    }

    @Test
    void weVerifyWhatOpensslSignsWithAKeyThatItMade() throws Exception {
        Path file = dir.resolve("key.pem");
        openssl(List.of("genpkey", "-algorithm", "ed25519", "-out", file.toString()));
        Path publicFile = dir.resolve("pub.pem");
        openssl(List.of("pkey", "-in", file.toString(), "-pubout", "-out", publicFile.toString()));
        byte[] message = "exact bytes".getBytes(UTF_8);
        Path signed = Files.write(dir.resolve("message"), message);
        Path signature = dir.resolve("sig");
        openssl(List.of(
                "pkeyutl",
                "-sign",
                "-rawin",
                "-inkey",
                file.toString(),
                "-in",
                signed.toString(),
                "-out",
                signature.toString()));

        VerifyingKey publicKey = VerifyingKey.read(publicFile);

        assertThat(SigningKey.read(file).verifyingKey()).isEqualTo(publicKey);
        assertThat(publicKey.verifies(message, Files.readAllBytes(signature))).isTrue();
        assertThat(publicKey.pem()).isEqualTo(Files.readString(publicFile));
    }

    @Test
    void opensslReadsTheKeyThatWeWrite() throws Exception {
        Path file = dir.resolve("key.pem");
        SigningKey key = SigningKey.generate();
        key.write(file);

        assertThat(openssl(List.of("pkey", "-in", file.toString(), "-pubout")))
                .isEqualTo(key.verifyingKey().pem());
    }

    private String openssl(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
