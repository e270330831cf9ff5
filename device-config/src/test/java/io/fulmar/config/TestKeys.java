package io.fulmar.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/** A certificate that signed itself and its key, made by keytool, as PEM. Immutable. */
record TestKeys(String certificate, String key) {
    private static final char[] PASSWORD = "changeit".toCharArray();

    static TestKeys make(Path dir, String algorithm)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = Files.createTempDirectory(dir, "keys").resolve("store.p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=pump-7",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD)))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        return new TestKeys(
                pem("CERTIFICATE", keys.getCertificate("it").getEncoded()),
                pem(
                        "PRIVATE KEY",
                        Objects.requireNonNull(keys.getKey("it", PASSWORD).getEncoded())));
    }

    static String pem(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + label
                + "-----\n";
    }
}
