package io.fulmar.sync.mqtt;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges the broker's certificate by the JDK's rules, and remembers it, so that a refusal can be explained.
 *
 * <p>A device may have no clock that survives a power cut. Whoever holds a certificate lives after the day on which it
 * begins: while the clock says that this day is still to come, the clock is known to be wrong, and the broker's certificate
 * is judged as of the earliest day that can be today. Without this, a device that boots in 1970 could never connect, and so
 * never learn what time it is.
 *
 * <p>Thread-safe.
 */
final class BrokerTrust extends X509ExtendedTrustManager {
    private final Collection<X509Certificate> authorities;
    private final Instant clock;
    private final Instant earliest;
    private final AtomicReference<List<X509Certificate>> shown = new AtomicReference<>(List.of());

    /**
     * @param authorities who may vouch for a broker; null for those that the Java runtime trusts
     * @param clock what this machine's clock says
     * @param held certificates that this client holds
     */
    BrokerTrust(@Nullable List<X509Certificate> authorities, Instant clock, Stream<X509Certificate> held)
            throws GeneralSecurityException {
        this.authorities = authorities == null ? trustedByJava() : authorities;
        this.clock = clock;
        this.earliest =
                held.map(certificate -> certificate.getNotBefore().toInstant()).reduce(clock, BrokerTrust::later);
    }

    private static Collection<X509Certificate> trustedByJava() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init((KeyStore) null);
        return List.of(only(factory).getAcceptedIssuers());
    }

    /** What the broker showed; empty if it did not come to that. */
    List<X509Certificate> shown() {
        return Objects.requireNonNull(shown.get());
    }

    /** Whether the clock is known to be behind. */
    boolean clockIsBehind() {
        return earliest.isAfter(clock);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        shown.set(List.of(chain));
        judge(chain).checkServerTrusted(chain, type, socket);
    }

    private X509ExtendedTrustManager judge(X509Certificate[] chain) throws CertificateException {
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate authority : authorities) {
            anchors.add(new TrustAnchor(authority, null));
        }
        try {
            PKIXBuilderParameters rules = new PKIXBuilderParameters(anchors, new X509CertSelector());
            rules.setRevocationEnabled(false);
            rules.setDate(Date.from(today(chain)));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(rules));
            return only(factory);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("certificates cannot be checked: " + e.getMessage(), e);
        }
    }

    /** What day it is, as far as this can be known. */
    Instant today(X509Certificate... chain) {
        if (!clockIsBehind()) {
            return clock;
        }
        return Arrays.stream(chain)
                .map(certificate -> certificate.getNotBefore().toInstant())
                .reduce(earliest, BrokerTrust::later);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static X509ExtendedTrustManager only(TrustManagerFactory factory) throws GeneralSecurityException {
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager it) {
                return it;
            }
        }
        throw new GeneralSecurityException("no PKIX trust manager in this Java runtime");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.toArray(X509Certificate[]::new);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("not without a connection, whose host name is checked");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("not without a connection, whose host name is checked");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("this is a client");
    }
}
