package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.identity.IdentityStore.Known;
import io.fulmar.fleet.registry.Identities;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is welcome now, for a running service: follows what other processes change in the database within {@link
 * Limits#REVOCATION_CHECK}; while the database fails, what was known before still holds. Thread-safe.
 */
public final class KnownIdentities implements Identities, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KnownIdentities.class);

    private final Database database;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private @Nullable IdentityStore store;
    private final ReentrantLock lock = new ReentrantLock();
    private Map<String, Known> devices = Map.of();
    private Set<String> withdrawn = Set.of();
    private boolean read;
    private long version;
    private long readNanos;

    private KnownIdentities(Database database) {
        this.database = database;
        this.store = IdentityStore.open(database);
    }

    public static KnownIdentities of(Database database) {
        return new KnownIdentities(database);
    }

    /** One that was never enrolled was not. */
    @Override
    public boolean isRevoked(String device) {
        lock.lock();
        try {
            refresh();
            Known known = devices.get(device);
            return known != null && known.revoked() != null;
        } finally {
            lock.unlock();
        }
    }

    /** One that is not known is looked for again, since it may have been enrolled just now. */
    @Override
    public boolean isEnrolled(String device) {
        lock.lock();
        try {
            refresh();
            if (!devices.containsKey(device) && System.nanoTime() - readNanos >= Limits.STRANGER_CHECK.toNanos()) {
                readNanos -= Limits.REVOCATION_CHECK.toNanos();
                refresh();
            }
            Known known = devices.get(device);
            return known != null && known.revoked() == null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Set<String> groups(String device) {
        lock.lock();
        try {
            refresh();
            Known known = devices.get(device);
            return known == null ? null : known.groups();
        } finally {
            lock.unlock();
        }
    }

    /** Who showed that certificate, which the handshake found to be of this fleet's authority; null for nobody welcome. */
    public @Nullable Principal principal(X509Certificate certificate) {
        String name = Certificates.commonName(certificate);
        Principal named = name == null ? null : Principal.named(name);
        if (!(named instanceof Principal.Device)) {
            return named;
        }
        lock.lock();
        try {
            refresh();
            Known known = devices.get(name);
            if (known == null
                    || known.revoked() != null
                    || withdrawn.contains(Certificates.text(certificate.getSerialNumber()))) {
                return null;
            }
            return new Principal.Device(known.device(), known.groups());
        } finally {
            lock.unlock();
        }
    }

    private void refresh() {
        long now = System.nanoTime();
        if (read && now - readNanos < Limits.REVOCATION_CHECK.toNanos()) {
            return;
        }
        readNanos = now;
        try {
            refresh(store == null ? reopen() : store);
        } catch (FleetException e) {
            drop();
            if (!read) {
                throw e;
            }
            log.warn(now, "who was revoked since is not known: the database failed", String.valueOf(e.getMessage()));
        }
    }

    private IdentityStore reopen() {
        IdentityStore opened = IdentityStore.open(database);
        store = opened;
        return opened;
    }

    private void drop() {
        IdentityStore failed = store;
        store = null;
        if (failed != null) {
            failed.abandon();
        }
    }

    private void refresh(IdentityStore from) {
        long seen = from.version();
        if (!read || seen != version) {
            // the version is asked first: a change in between is read again the next time
            devices = from.devices().stream().collect(Collectors.toMap(Known::device, known -> known));
            withdrawn = from.revoked(0).stream()
                    .map(each -> Certificates.text(each.serial()))
                    .collect(Collectors.toSet());
            version = seen;
            read = true;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (store != null) {
                store.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
