package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/** Makes certificates, reads requests and writes revocation lists; all keys are ECDSA P-256. Thread-safe. */
final class Certificates {
    /**
     * What a device checks begins to be valid before any clock can be: a device whose clock starts in 1970 accepts the
     * fleet, and who made it is not proven by a date.
     */
    static final Instant ALWAYS = Instant.EPOCH;

    private static final String CURVE = "secp256r1";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SERIAL_BITS = 120;

    /** What a certificate may be used for. */
    enum Purpose {
        SERVER,
        CLIENT;

        private KeyPurposeId id() {
            return switch (this) {
                case SERVER -> KeyPurposeId.id_kp_serverAuth;
                case CLIENT -> KeyPurposeId.id_kp_clientAuth;
            };
        }
    }

    /** A certificate that was withdrawn, and when. */
    record Revoked(BigInteger serial, Instant at) {}

    private Certificates() {}

    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    /** A new authority's own certificate. */
    static X509Certificate authority(KeyPair key, String name, Instant until) {
        X500Name self = name(name);
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    self, serial(), Date.from(ALWAYS), Date.from(until), self, key.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
            return sign(builder, key.getPrivate());
        } catch (CertIOException | GeneralSecurityException e) {
            throw failed("cannot make the certificate authority", e);
        }
    }

    /**
     * A certificate by this authority.
     *
     * @param names host names and IP addresses, for a server
     */
    static X509Certificate issue(
            X509Certificate authority,
            PrivateKey authorityKey,
            String commonName,
            PublicKey key,
            Purpose purpose,
            Collection<String> names,
            Instant from,
            Instant until) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    authority, serial(), Date.from(from), Date.from(until), subject(commonName), key);
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose.id()));
            builder.addExtension(
                    Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(authority));
            builder.addExtension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(key));
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, names(names));
            }
            return sign(builder, authorityKey);
        } catch (CertIOException | GeneralSecurityException e) {
            throw failed("cannot issue a certificate for " + commonName, e);
        }
    }

    /** The list of what this authority has withdrawn, as PEM. */
    static String revocations(X509Certificate authority, PrivateKey key, Collection<Revoked> revoked, Instant now) {
        try {
            // a list that runs out locks every device out: it is replaced at each revocation, not by the clock
            X509v2CRLBuilder builder =
                    new JcaX509v2CRLBuilder(authority, Date.from(now)).setNextUpdate(authority.getNotAfter());
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority));
            for (Revoked each : revoked) {
                builder.addCRLEntry(each.serial(), Date.from(each.at()), CRLReason.privilegeWithdrawn);
            }
            var signer = new JcaContentSignerBuilder(SIGNATURE).build(key);
            return Pem.text(Pem.CRL, builder.build(signer).getEncoded());
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw failed("cannot write the revocation list", e);
        }
    }

    /**
     * The key of a request whose sender proved to hold its private half. The subject and the extensions that it asks for
     * are ignored: the fleet decides them.
     *
     * @throws RefusedException when it is none, is not signed by its own key, or has a key of another kind
     */
    static PublicKey requested(String pem) throws RefusedException {
        if (pem.length() > Limits.IDENTITY_REQUEST_CHARS) {
            throw new RefusedException(RefusedException.Reason.MALFORMED, "the certificate request is too long");
        }
        try {
            var request = new JcaPKCS10CertificationRequest(Pem.bytes(Pem.REQUEST, pem));
            PublicKey key = request.getPublicKey();
            if (!isP256(key)) {
                throw new RefusedException(RefusedException.Reason.MALFORMED, "the key of a device is ECDSA P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new RefusedException(
                        RefusedException.Reason.MALFORMED, "the certificate request is not signed by its own key");
            }
            return key;
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new RefusedException(
                    RefusedException.Reason.MALFORMED, "the certificate request cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
            // what the ASN.1 reader throws where the bytes have the wrong shape
            throw new RefusedException(
                    RefusedException.Reason.MALFORMED, "the certificate request cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isP256(PublicKey key) {
        return key instanceof ECPublicKey ec
                && ec.getParams().getOrder().bitLength() == 256
                && ec.getParams().toString().contains(CURVE);
    }

    /** The common name of the subject; null where there is none. */
    static @Nullable String commonName(X509Certificate certificate) {
        var names = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded())
                .getRDNs(BCStyle.CN);
        return names.length == 0 ? null : names[0].getFirst().getValue().toString();
    }

    static String text(BigInteger serial) {
        return HexFormat.of().formatHex(serial.toByteArray());
    }

    static BigInteger serial(String text) {
        return new BigInteger(text, 16);
    }

    private static BigInteger serial() {
        return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        try {
            var signer = new JcaContentSignerBuilder(SIGNATURE).build(key);
            return Pem.certificate(builder.build(signer).getEncoded());
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static X500Principal subject(String commonName) throws GeneralSecurityException {
        try {
            return new X500Principal(name(commonName).getEncoded());
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName)
                .build();
    }

    private static GeneralNames names(Collection<String> names) {
        return new GeneralNames(names.stream()
                .map(name -> new GeneralName(isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }

    static boolean isAddress(String name) {
        return name.indexOf(':') >= 0 || name.matches("[0-9.]+");
    }

    private static FleetException failed(String what, Exception e) {
        return new FleetException(
                Category.PERMANENT,
                what + ": " + e.getMessage(),
                "check the names that were given, and that the files of the authority are whole",
                e);
    }
}
