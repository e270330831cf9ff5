package io.fulmar.sync.mqtt;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What there is to know of a certificate without using it: for those who warn before it ends.
 *
 * <p>Immutable.
 */
public record CertificateInfo(String subject, String issuer, String serial, Instant notBefore, Instant notAfter) {
    /**
     * The certificates in a PEM file, in their order: a client's own comes first. Fails with a {@link LinkException} if
     * the file cannot be used.
     */
    public static List<CertificateInfo> read(Path file) {
        return Pem.certificates(file).stream().map(CertificateInfo::of).toList();
    }

    static CertificateInfo of(X509Certificate certificate) {
        return new CertificateInfo(
                certificate.getSubjectX500Principal().getName(),
                certificate.getIssuerX500Principal().getName(),
                certificate.getSerialNumber().toString(16),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }
}
