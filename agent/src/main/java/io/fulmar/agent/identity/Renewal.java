package io.fulmar.agent.identity;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.identity.IdentityFiles.Facts;
import io.fulmar.agent.identity.IdentityFiles.Held;
import io.fulmar.agent.run.Worker;
import io.fulmar.sync.mqtt.CertificateInfo;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.wire.EnrolmentAnswer;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the device's certificate young: after about two thirds of its life it asks the fleet for the next one, with a new key,
 * until it gets it, and says in the status when it does not. The old certificate stays good until its own end, so nothing
 * depends on the moment. Unlike other workers it may block for as long as the network takes to answer, so it has a thread of
 * its own. Owned by the identity thread.
 */
public final class Renewal implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("identity");

    /** A share of the certificate's life, drawn between these two, after which it is renewed: not all devices at once. */
    private static final double RENEW_FROM = 0.62;

    private static final double RENEW_TO = 0.70;

    /** When by the same measure it is said that it has not been renewed. */
    private static final double SAY_AT = 0.80;

    /** So much younger than the certificate may the clock believe to be before it is called wrong. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofDays(1);

    private final IdentityFiles files;
    private final @Nullable Path configured;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Conditions conditions;
    private final Runnable renewed;

    private boolean looked;
    private long lookNanos;
    private boolean resting;
    private long restUntilNanos;
    private int failures;
    private String serial = "";
    private double share = RENEW_FROM;
    private String trouble = "";

    /**
     * @param state the device's state directory
     * @param configured the certificate that the configuration names; null for none
     * @param clock the best that is known of the time
     * @param renewed has the device connect with the new certificate
     */
    public Renewal(
            Path state,
            @Nullable Path configured,
            InstantSource clock,
            RandomGenerator random,
            Conditions conditions,
            Runnable renewed) {
        this.files = new IdentityFiles(state);
        this.configured = configured;
        this.clock = clock;
        this.random = random;
        this.conditions = conditions;
        this.renewed = renewed;
    }

    @Override
    public int work(long nowNanos) {
        if (looked && nowNanos - lookNanos < 0) {
            return 0;
        }
        looked = true;
        lookNanos = nowNanos + Limits.LOOK_EVERY.toNanos();
        try {
            Held held = files.held();
            if (held != null) {
                return look(held, nowNanos);
            }
            watch();
        } catch (IdentityException e) {
            failed(e);
        }
        return 0;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return looked ? Math.max(1, lookNanos - nowNanos) : 1;
    }

    /** A certificate that somebody else looks after: only its end is told. */
    private void watch() {
        if (configured == null) {
            return;
        }
        try {
            CertificateInfo certificate = CertificateInfo.read(configured).getFirst();
            say(certificate.notBefore(), certificate.notAfter());
        } catch (LinkException e) {
            // the link says so, too, and better
            return;
        }
    }

    private int look(Held held, long nowNanos) {
        X509Certificate certificate = Chain.certificate(held.certificate());
        Instant issued = held.facts().issued();
        Instant until = certificate.getNotAfter().toInstant();
        Duration life = Duration.between(issued, until);
        lookNanos = nowNanos + shorter(Limits.LOOK_EVERY, life.dividedBy(20)).toNanos();
        String current = certificate.getSerialNumber().toString();
        if (!current.equals(serial)) {
            serial = current;
            share = random.nextDouble(RENEW_FROM, RENEW_TO);
        }
        say(issued, until);
        Instant today = clock.instant();
        boolean clockIsBehind = today.isBefore(issued.minus(CLOCK_TOLERANCE));
        boolean due = !today.isBefore(after(issued, life, share));
        if (clockIsBehind || !due || (resting && nowNanos - restUntilNanos < 0)) {
            return 0;
        }
        return renew(held, certificate, life, nowNanos);
    }

    private int renew(Held held, X509Certificate certificate, Duration life, long nowNanos) {
        resting = true;
        try {
            DeviceKey next = files.pendingKey();
            Facts facts = held.facts();
            EnrolmentAnswer answer = FleetEndpoint.of(
                            facts.fleet(),
                            Chain.fingerprint(
                                    Chain.certificate(held.authority()).getPublicKey()))
                    .showing(certificate, key(held))
                    .renew(next.request(facts.device()));
            return switch (answer) {
                case EnrolmentAnswer.Granted granted -> {
                    install(held, next, granted);
                    // a clock that is far ahead calls every certificate old: not more often than half a life all the
                    // same
                    restUntilNanos = nowNanos + life.dividedBy(2).toNanos();
                    failures = 0;
                    trouble = "";
                    renewed.run();
                    yield 1;
                }
                case EnrolmentAnswer.Refused refused ->
                    throw new IdentityException(
                            IdentityException.Category.PERMANENT,
                            "the fleet refused to renew the certificate: " + refused.message(),
                            "enrol the device again");
            };
        } catch (IdentityException e) {
            failures++;
            long bound =
                    Math.min(Limits.RETRY_FIRST.toNanos() << Math.min(failures - 1, 20), Limits.RETRY_MOST.toNanos());
            long wait = Math.min(bound, life.dividedBy(20).toNanos());
            restUntilNanos = nowNanos + wait / 2 + random.nextLong(wait / 2 + 1);
            failed(e);
            return 0;
        }
    }

    /**
     * Whom the device believes stays as it was when it was enrolled: else whoever broke into the fleet could give orders in
     * the operator's name.
     */
    private void install(Held held, DeviceKey next, EnrolmentAnswer.Granted granted) {
        Facts facts = held.facts();
        if (!Objects.equals(granted.trustRoot(), held.trustRoot())) {
            LOG.warn(
                    "the fleet has another trust root than the one that this device was enrolled with; a renewal does not change it");
        }
        X509Certificate certificate = Chain.certificate(granted.certificate());
        if (!next.belongsTo(certificate.getPublicKey())) {
            throw new IdentityException(
                    IdentityException.Category.TRANSIENT,
                    "the fleet sent a certificate for another key",
                    "look into the fleet's log");
        }
        URI broker = Enroller.brokerOf(granted, facts.broker());
        EnrolmentAnswer.Granted kept = granted.trusting(held.trustRoot());
        files.install(facts, next, kept, Fragment.of(files.directory(), kept, broker));
        LOG.info(
                "the certificate is renewed, good until {}",
                certificate.getNotAfter().toInstant());
        serial = "";
        conditions.clear(ConditionName.CERTIFICATE_EXPIRING);
        conditions.clear(ConditionName.CERTIFICATE_EXPIRED);
    }

    private static DeviceKey key(Held held) {
        DeviceKey key = DeviceKey.read(held.key());
        if (key == null) {
            throw new IdentityException(
                    IdentityException.Category.PERMANENT,
                    "the key in " + held.directory() + " is damaged",
                    "enrol the device again with --force");
        }
        return key;
    }

    private void failed(IdentityException e) {
        trouble = ": " + e.getMessage();
        LOG.warn("{}; {}", e.getMessage(), e.hint());
    }

    private void say(Instant issued, Instant until) {
        Instant today = clock.instant();
        boolean over = !today.isBefore(until);
        boolean near = !today.isBefore(after(issued, Duration.between(issued, until), SAY_AT));
        conditions.set(ConditionName.CERTIFICATE_EXPIRED, over, "the device's certificate ended at " + until + trouble);
        conditions.set(
                ConditionName.CERTIFICATE_EXPIRING,
                near && !over,
                "the device's certificate is good until " + until + trouble);
    }

    private static Instant after(Instant from, Duration life, double share) {
        return from.plusMillis((long) (life.toMillis() * share));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
