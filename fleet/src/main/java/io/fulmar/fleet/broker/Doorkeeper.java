package io.fulmar.fleet.broker;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.identity.Permissions.Access;
import io.fulmar.fleet.identity.Principal;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.Subject;
import org.apache.activemq.artemis.core.config.WildcardConfiguration;
import org.apache.activemq.artemis.core.protocol.mqtt.MQTTUtil;
import org.apache.activemq.artemis.core.security.CheckType;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;
import org.apache.activemq.artemis.spi.core.security.ActiveMQSecurityManager5;
import org.apache.activemq.artemis.spi.core.security.jaas.UserPrincipal;
import org.apache.activemq.artemis.utils.CertificateUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for the embedded broker who comes in and who may do what, by nothing but the certificate that was shown.
 *
 * <p>A device can connect under its own id only, so that none can throw another out. Thread-safe.
 */
final class Doorkeeper implements ActiveMQSecurityManager5 {
    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);
    private static final String QUEUE_OF_ADDRESS = "::";
    private static final int NAME_CHARS = 64;

    private final Protection protection;
    private final WildcardConfiguration wildcards;
    private final Map<Object, Principal> inside = new ConcurrentHashMap<>();
    private final RateLimitedLog refusals = new RateLimitedLog(LOG, Limits.REFUSALS_LOGGED);

    /** Whoever showed that certificate, in the form that Artemis takes. Immutable. */
    private static final class Shown extends UserPrincipal {
        private final X509Certificate certificate;

        Shown(X509Certificate certificate) {
            super(certificate.getSubjectX500Principal().getName());
            this.certificate = certificate;
        }

        X509Certificate certificate() {
            return certificate;
        }
    }

    /** @param wildcards how the broker writes topics as addresses */
    Doorkeeper(Protection protection, WildcardConfiguration wildcards) {
        this.protection = protection;
        this.wildcards = wildcards;
    }

    // ---- coming in

    @Override
    public @Nullable Subject authenticate(
            @Nullable String user, @Nullable String password, RemotingConnection connection, @Nullable String domain) {
        X509Certificate certificate = shown(connection);
        Principal who = certificate == null ? null : protection.welcome().apply(certificate);
        if (certificate == null || who == null) {
            refused(
                    connection,
                    "its certificate is not welcome"
                            + (certificate == null
                                    ? ""
                                    : " ("
                                            + certificate
                                                    .getSubjectX500Principal()
                                                    .getName() + ")"));
            return null;
        }
        if (who instanceof Principal.Device device && !device.id().equals(connection.getClientID())) {
            refused(connection, "its certificate is that of device " + device.id());
            return null;
        }
        inside.putIfAbsent(connection.getID(), who);
        return new Subject(true, Set.of(new Shown(certificate)), Set.of(), Set.of());
    }

    /** What it calls itself is anything that somebody who is not let in likes. */
    private void refused(RemotingConnection connection, String why) {
        String client = String.valueOf(connection.getClientID());
        String head = client.substring(0, Math.min(client.length(), NAME_CHARS));
        refusals.warn(
                System.nanoTime(),
                "client '" + head.replaceAll("\\p{Cntrl}", "?") + "' was refused at the broker",
                why);
    }

    private static @Nullable X509Certificate shown(@Nullable RemotingConnection connection) {
        X509Certificate[] chain = connection == null ? null : CertificateUtil.getCertsFromConnection(connection);
        return chain == null || chain.length == 0 ? null : chain[0];
    }

    /** Whether a client is to be sent away: its certificate was revoked, or its rights are others than when it came. */
    boolean isOut(RemotingConnection connection) {
        Principal who = inside.get(connection.getID());
        if (who == null) {
            return false; // still at the door
        }
        X509Certificate certificate = shown(connection);
        return certificate == null || !who.equals(protection.welcome().apply(certificate));
    }

    /** Forgets all but those who are still connected. */
    void keep(Set<Object> connections) {
        inside.keySet().retainAll(connections);
    }

    // ---- doing something

    @Override
    public boolean authorize(@Nullable Subject subject, Set<Role> roles, CheckType check, String address) {
        Principal who = subject == null
                ? null
                : subject.getPrincipals(Shown.class).stream()
                        .findFirst()
                        .map(it -> protection.welcome().apply(it.certificate()))
                        .orElse(null);
        if (who == null) {
            return false;
        }
        int queue = address.indexOf(QUEUE_OF_ADDRESS);
        String filter =
                MQTTUtil.getMqttTopicFromCoreAddress(queue < 0 ? address : address.substring(0, queue), wildcards);
        return switch (check) {
            case SEND -> may(who, Access.WRITE, filter);
            case CONSUME,
                    BROWSE,
                    CREATE_DURABLE_QUEUE,
                    CREATE_NON_DURABLE_QUEUE,
                    DELETE_DURABLE_QUEUE,
                    DELETE_NON_DURABLE_QUEUE -> may(who, Access.READ, filter);
            case CREATE_ADDRESS, DELETE_ADDRESS -> may(who, Access.READ, filter) || may(who, Access.WRITE, filter);
            case MANAGE, VIEW, EDIT -> false;
        };
    }

    private boolean may(Principal who, Access access, String filter) {
        return protection.rights().allow(who, access, filter);
    }

    // ---- what only brokers with user names ask

    @Override
    public boolean validateUser(String user, String password) {
        return false;
    }

    @Override
    public boolean validateUserAndRole(String user, String password, Set<Role> roles, CheckType check) {
        return false;
    }

    @Override
    public String getDomain() {
        return "fulmar";
    }
}
