package io.fulmar.sync.mqtt;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificates and keys from PEM files. What cannot be used is a {@link LinkException} that says what to do.
 *
 * <p>Immutable.
 */
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final List<String> KEY_TYPES = List.of("EC", "RSA", "Ed25519");

    /** One block: what its first line calls it, and what is between the lines. */
    private record Block(String label, String body) {
        byte[] bytes(Path file) {
            try {
                return Base64.getMimeDecoder().decode(body);
            } catch (IllegalArgumentException e) {
                throw bad(file, "a block '" + label + "' is damaged", "copy the file again", e);
            }
        }
    }

    private Pem() {}

    /** The certificates in a file, in their order; at least one. */
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                found.add(certificate(file, block.bytes(file)));
            }
        }
        if (found.isEmpty()) {
            throw bad(
                    file,
                    "no PEM certificate in it",
                    "name a file with '-----BEGIN CERTIFICATE-----'; from DER: openssl x509 -inform DER -in " + file
                            + " -out " + file + ".pem");
        }
        return found;
    }

    private static X509Certificate certificate(Path file, byte[] bytes) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
        } catch (CertificateException e) {
            throw bad(file, "a certificate in it is damaged: " + e.getMessage(), "copy the file again", e);
        }
    }

    /** The private key in a file. */
    static PrivateKey privateKey(Path file) {
        List<Block> blocks = blocks(file);
        for (Block block : blocks) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return privateKey(file, new PKCS8EncodedKeySpec(block.bytes(file)));
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw bad(
                            file,
                            "the private key is encrypted, and nobody is there to type its password",
                            toPkcs8(file));
                case "EC PRIVATE KEY", "RSA PRIVATE KEY" ->
                    throw bad(
                            file,
                            block.body().contains("ENCRYPTED")
                                    ? "the private key is encrypted, and nobody is there to type its password"
                                    : "the private key is in an older format ('" + block.label() + "')",
                            toPkcs8(file));
                default -> {} // parameters of the key, or its certificate: not asked for
            }
        }
        throw bad(
                file,
                blocks.isEmpty()
                        ? "no PEM private key in it"
                        : "it holds '" + blocks.getFirst().label() + "' but no private key",
                "name a file with '-----BEGIN PRIVATE KEY-----'");
    }

    private static String toPkcs8(Path file) {
        return "convert it: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out " + file
                + ".new, and keep that readable" + " by its owner only";
    }

    private static PrivateKey privateKey(Path file, PKCS8EncodedKeySpec encoded) {
        Exception last = null;
        for (String type : KEY_TYPES) {
            try {
                return KeyFactory.getInstance(type).generatePrivate(encoded);
            } catch (GeneralSecurityException e) {
                last = e; // a key of another type
            }
        }
        throw bad(
                file,
                "a private key of a kind that cannot be used, or a damaged one",
                "use a P-256 key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
                last);
    }

    private static List<Block> blocks(Path file) {
        List<Block> found = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text(file));
        while (matcher.find()) {
            found.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return found;
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Limits.PEM_BYTES + 1);
            if (bytes.length > Limits.PEM_BYTES) {
                throw bad(
                        file, "larger than " + Limits.PEM_BYTES + " bytes", "name a PEM file with what is needed only");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw bad(file, "no such file", "check the path", e);
        } catch (AccessDeniedException e) {
            throw bad(file, "permission denied", "let the user that runs this process read it", e);
        } catch (IOException e) {
            throw bad(
                    file,
                    Files.isDirectory(file) ? "a directory" : String.valueOf(e.getMessage()),
                    "check the path",
                    e);
        }
    }

    private static LinkException bad(Path file, String what, String hint) {
        return bad(file, what, hint, null);
    }

    private static LinkException bad(Path file, String what, String hint, @Nullable Exception cause) {
        return new LinkException(LinkException.Category.PERMANENT, file + ": " + what, hint, cause);
    }
}
