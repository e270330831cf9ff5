package io.fulmar.sync.mqtt;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Puts into words why a TLS connection failed: what is wrong with which certificate, and what to do about it.
 *
 * <p>Immutable.
 *
 * @param shown the broker's certificates, if it came to that
 * @param own this client's certificate
 * @param clock what this machine's clock said
 */
record TlsFailure(
        LinkConfig config,
        List<X509Certificate> shown,
        @Nullable X509Certificate own,
        Instant clock) {
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    Loss explain(IOException failure) {
        if (failure instanceof SocketTimeoutException) {
            return network("no answer to the TLS handshake", "what listens there may not speak TLS: check the port");
        }
        if (!(failure instanceof SSLException)) {
            return network("the TLS handshake was cut off (" + failure.getMessage() + ")", atTheBroker());
        }
        Matcher alert = ALERT.matcher(String.valueOf(failure.getMessage()));
        if (alert.find()) {
            return refusedByBroker(alert.group(1));
        }
        if (has(failure, CertificateException.class) && !shown.isEmpty()) {
            return refusedByClient(failure);
        }
        if (has(failure, EOFException.class) || has(failure, SocketException.class)) {
            return tls("it closed the connection during the TLS handshake", atTheBroker());
        }
        String message = String.valueOf(failure.getMessage());
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return tls(
                    "what answers there does not speak TLS",
                    "check the port (8883 is usual), or write the URL as mqtt:// if the connection may be unencrypted");
        }
        if (message.contains("not accepted by client preferences")) {
            return tls("it speaks no TLS newer than 1.1", "let the broker use TLS 1.2 or 1.3");
        }
        return tls("the TLS connection failed: " + message, "the broker's log may say more");
    }

    private static String atTheBroker() {
        return "check that the port is the one for TLS; the broker's log says more";
    }

    // ---- this client refuses the broker's certificate

    private Loss refusedByClient(IOException failure) {
        X509Certificate first = shown.getFirst();
        if (has(failure, CertificateExpiredException.class)) {
            X509Certificate expired = firstOf(c -> c.getNotAfter().toInstant().isBefore(clock));
            return tls(
                    "its certificate " + name(expired) + " expired on "
                            + date(expired.getNotAfter().toInstant()) + "; this machine's clock says " + date(clock),
                    "renew the broker's certificate; if the clock is wrong, set it (NTP)");
        }
        if (has(failure, CertificateNotYetValidException.class)) {
            X509Certificate early = firstOf(c -> c.getNotBefore().toInstant().isAfter(clock));
            return tls(
                    "its certificate " + name(early) + LinkEvent.Disconnected.NOT_YET_VALID
                            + date(early.getNotBefore().toInstant()) + "; this machine's clock says " + date(clock),
                    "set this machine's clock (NTP); if it is right, the broker's certificate is wrong");
        }
        if (has(failure, CertPathBuilderException.class)) {
            boolean selfSigned = first.getSubjectX500Principal().equals(first.getIssuerX500Principal());
            return tls(
                    "its certificate " + name(first)
                            + (selfSigned
                                    ? " is signed by itself"
                                    : " was issued by '"
                                            + shown.getLast()
                                                    .getIssuerX500Principal()
                                                    .getName() + "'")
                            + ", which " + authorities() + " does not contain",
                    "name the file with the broker's CA certificate; if it is named, somebody else answers at this address");
        }
        CertPathValidatorException invalid = find(failure, CertPathValidatorException.class);
        if (invalid != null) {
            return tls(
                    "its certificate " + name(first) + " is not acceptable: " + invalid.getMessage(),
                    "issue the broker a certificate for TLS servers, with a key of at least P-256 or RSA 2048 and SHA-256");
        }
        return tls(
                "its certificate " + name(first) + " is for " + names(first) + ", not for '" + config.host() + "'",
                "use one of these names in the broker URL, or add '" + config.host()
                        + "' to the subject alternative names of the broker's certificate");
    }

    private String authorities() {
        Tls tls = config.tls();
        Path ca = tls == null ? null : tls.ca();
        return ca == null ? "the trust store of this Java runtime" : "the CA file " + ca;
    }

    private X509Certificate firstOf(Predicate<X509Certificate> wanted) {
        return shown.stream().filter(wanted).findFirst().orElse(shown.getFirst());
    }

    // ---- the broker refuses this client's certificate

    private Loss refusedByBroker(String alert) {
        X509Certificate certificate = own;
        String code = " (TLS alert " + alert + ")";
        if (certificate == null) {
            return switch (alert) {
                case "certificate_required", "bad_certificate", "handshake_failure", "certificate_unknown" ->
                    tls(
                            "it asks for a certificate of this client, and none is configured" + code,
                            "configure the client's certificate and private key");
                default -> disagreement(alert, code);
            };
        }
        String name = "this client's certificate " + name(certificate);
        return switch (alert) {
            case "certificate_revoked" ->
                tls(
                        "it says that " + name + " is revoked" + code,
                        "if this device is to take part again, enrol it anew");
            case "certificate_expired" ->
                tls(
                        "it says that " + name + " has expired" + code + "; it is valid until "
                                + date(certificate.getNotAfter().toInstant()),
                        "renew the certificate; if it is valid, the broker's clock is wrong");
            case "unknown_ca" ->
                tls(
                        "it does not know the authority '"
                                + certificate.getIssuerX500Principal().getName() + "' of " + name + code,
                        "use a certificate from the broker's own CA, or add this authority to the broker's CA file");
            case "bad_certificate",
                    "certificate_unknown",
                    "unsupported_certificate",
                    "access_denied",
                    "certificate_required" ->
                tls(
                        "it does not accept " + name + code + ", which is valid from "
                                + date(certificate.getNotBefore().toInstant()) + " to "
                                + date(certificate.getNotAfter().toInstant()),
                        "the broker's log says why; often its clock, its CA file or the certificate's purpose is wrong");
            default -> disagreement(alert, code);
        };
    }

    private Loss disagreement(String alert, String code) {
        return switch (alert) {
            case "protocol_version", "insufficient_security" ->
                tls(
                        "it speaks neither TLS 1.3 nor TLS 1.2 with strong ciphers" + code,
                        "let the broker use TLS 1.2 or 1.3");
            case "unrecognized_name" ->
                tls("it does not know the host name '" + config.host() + "'" + code, "check the broker URL");
            default ->
                tls("it ended the TLS connection" + code, "the broker's log says why; often it misses a certificate");
        };
    }

    // ---- words

    private Loss tls(String what, String hint) {
        return new Loss(LinkEvent.Kind.TLS, "broker " + config.url() + ": " + what, hint);
    }

    private Loss network(String what, String hint) {
        return new Loss(LinkEvent.Kind.NETWORK, "broker " + config.url() + ": " + what, hint);
    }

    private static String name(X509Certificate certificate) {
        return "'" + certificate.getSubjectX500Principal().getName() + "'";
    }

    private static String date(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String names(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives == null || alternatives.isEmpty()) {
                return "no host (it has no subject alternative name)";
            }
            return alternatives.stream()
                    .map(it -> "'" + it.get(1) + "'")
                    .limit(5)
                    .collect(Collectors.joining(", "));
        } catch (CertificateParsingException e) {
            return "names that cannot be read";
        }
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        return find(failure, type) != null;
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }
}
