package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.identity.IdentityStore.Issued;
import io.fulmar.fleet.identity.IdentityStore.Known;
import io.fulmar.fleet.identity.IdentityStore.Token;
import io.fulmar.fleet.identity.RefusedException.Reason;
import io.fulmar.sync.wire.Topics;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who takes part in the fleet: invites devices, gives them certificates, renews and withdraws these, and lets the broker
 * know. Every operation is one transaction, so that several processes may work on one data directory. Thread-safe.
 */
public final class Enrolments {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 6;
    private static final int SECRET_BYTES = 18;
    private static final int MOST_TOKEN_CHARS = 256;

    private final Path dataDir;
    private final Database database;
    private final FleetIdentity identity;
    private final InstantSource clock;
    private final Duration life;

    /** @param life how long the certificates of devices are good for */
    public Enrolments(Path dataDir, Database database, FleetIdentity identity, InstantSource clock, Duration life) {
        this.dataDir = dataDir;
        this.database = database;
        this.identity = identity;
        this.clock = clock;
        this.life = life;
    }

    /** Those of that data directory, which gets an authority where it has none. */
    public static Enrolments in(Path dataDir) {
        InstantSource clock = InstantSource.system();
        return new Enrolments(
                dataDir, Database.in(dataDir), FleetIdentity.openOrCreate(dataDir, clock), clock, Limits.DEVICE_LIFE);
    }

    /** Those of a fleet that has an authority already; a {@link FleetException} says that it has none. */
    public static Enrolments existing(Path dataDir) {
        InstantSource clock = InstantSource.system();
        return new Enrolments(
                dataDir, Database.in(dataDir), FleetIdentity.open(dataDir, clock), clock, Limits.DEVICE_LIFE);
    }

    public FleetIdentity identity() {
        return identity;
    }

    // ---- invite

    /** Makes a token for that device; earlier unused ones for it are void from now on. */
    public Invitation invite(String device, Set<String> groups, Duration valid) {
        if (!Topics.isDeviceId(device)) {
            throw wrong("a device id has 1 to 64 letters, digits, '.', '_' and '-', not '" + device + "'");
        }
        for (String group : groups) {
            if (!Topics.isDeviceId(group)) {
                throw wrong("a group has 1 to 64 letters, digits, '.', '_' and '-', not '" + group + "'");
            }
        }
        if (groups.size() > Limits.IDENTITY_GROUPS) {
            throw wrong("a device has at most " + Limits.IDENTITY_GROUPS + " groups");
        }
        if (valid.isNegative() || valid.isZero() || valid.compareTo(Limits.TOKEN_LIFE_MOST) > 0) {
            throw wrong("a token is valid for at most " + Limits.TOKEN_LIFE_MOST.toDays() + " days");
        }
        byte[] number = new byte[ID_BYTES];
        RANDOM.nextBytes(number);
        String id = HexFormat.of().formatHex(number); // never begins like an option of a command
        String secret = random(SECRET_BYTES);
        long now = clock.millis();
        Instant expires = clock.instant().plus(valid);
        try (IdentityStore store = IdentityStore.open(database)) {
            store.change(in -> {
                in.forgetTokens(now - Limits.TOKEN_LIFE_MOST.toMillis());
                in.withdrawTokens(device);
                in.add(new Token(id, digest(secret), device, groups, expires.toEpochMilli(), 0, null), now);
                return true;
            });
        } catch (RefusedException e) {
            throw new IllegalStateException("nothing refuses an invitation", e);
        }
        return new Invitation(device, groups, id + "." + secret + "." + identity.fingerprint(), expires);
    }

    // ---- enrol

    /**
     * Exchanges a token for a certificate. The same token with the same key gives the same certificate again, so that a
     * device that lost the answer can ask once more; with another key it is refused.
     *
     * @param request PKCS #10, PEM
     */
    public Enrolled enrol(String token, String request) throws RefusedException {
        PublicKey key = Certificates.requested(request);
        String[] parts = token.length() > MOST_TOKEN_CHARS ? new String[0] : token.split("\\.", -1);
        if (parts.length < 2) {
            throw new RefusedException(Reason.MALFORMED, "this is no token");
        }
        Enrolled enrolled;
        try (IdentityStore store = IdentityStore.open(database)) {
            enrolled = store.change(in -> enrol(in, parts[0], parts[1], key));
        }
        publish();
        return enrolled;
    }

    private Enrolled enrol(IdentityStore store, String id, String secret, PublicKey key)
            throws SQLException, RefusedException {
        Token token = store.token(id);
        if (token == null) {
            throw new RefusedException(Reason.UNKNOWN, "the fleet does not know this token");
        }
        if (token.failures() >= Limits.TOKEN_TRIES) {
            throw new RefusedException(Reason.EXPIRED, "this token was tried too often with a wrong secret");
        }
        if (!MessageDigest.isEqual(Pem.ascii(token.secret()), Pem.ascii(digest(secret)))) {
            store.failed(id);
            throw new RefusedException(Reason.UNKNOWN, "the fleet does not know this token");
        }
        if (clock.millis() >= token.expires()) {
            throw new RefusedException(
                    Reason.EXPIRED, "this token expired at " + Instant.ofEpochMilli(token.expires()));
        }
        String fingerprint = FleetIdentity.fingerprint(key);
        if (token.serial() != null) {
            Issued before = store.certificate(token.serial());
            if (before != null && before.key().equals(fingerprint) && before.revoked() == null) {
                return enrolled(token.device(), token.groups(), before);
            }
            throw new RefusedException(Reason.USED, "this token has been used");
        }
        Issued issued = issue(store, token.device(), key);
        store.used(id, issued.serial());
        store.welcome(token.device(), token.groups(), clock.millis());
        return enrolled(token.device(), token.groups(), issued);
    }

    private Issued issue(IdentityStore store, String device, PublicKey key) throws SQLException {
        store.forgetCertificates(device, clock.millis() - Limits.RENEWAL_GRACE.toMillis());
        X509Certificate certificate = identity.device(device, key, life);
        var issued = new Issued(
                Certificates.text(certificate.getSerialNumber()),
                device,
                FleetIdentity.fingerprint(key),
                clock.millis(),
                certificate.getNotAfter().toInstant().toEpochMilli(),
                null,
                FleetIdentity.pem(certificate));
        store.add(issued);
        return issued;
    }

    private Enrolled enrolled(String device, Set<String> groups, Issued issued) {
        return new Enrolled(device, groups, issued.serial(), issued.pem(), identity.caPem());
    }

    // ---- renew

    /**
     * Gives a device that showed its certificate one with a new key; the old one stays good until its own end.
     *
     * @param shown that the TLS handshake proved to be the caller's
     * @param request PKCS #10, PEM
     */
    public Enrolled renew(X509Certificate shown, String request) throws RefusedException {
        PublicKey key = Certificates.requested(request);
        try (IdentityStore store = IdentityStore.open(database)) {
            return store.change(in -> renew(in, shown, key));
        }
    }

    private Enrolled renew(IdentityStore store, X509Certificate shown, PublicKey key)
            throws SQLException, RefusedException {
        Issued known = store.certificate(Certificates.text(shown.getSerialNumber()));
        if (known == null) {
            throw new RefusedException(Reason.UNKNOWN, "the fleet does not know this certificate");
        }
        Known device = store.device(known.device());
        if (known.revoked() != null || device == null || device.revoked() != null) {
            throw new RefusedException(Reason.REVOKED, "this identity was revoked");
        }
        if (clock.millis() > known.notAfter() + Limits.RENEWAL_GRACE.toMillis()) {
            throw new RefusedException(Reason.EXPIRED, "this certificate ended too long ago");
        }
        String fingerprint = FleetIdentity.fingerprint(key);
        int good = 0;
        for (Issued before : store.certificatesOf(known.device())) {
            if (before.revoked() != null || before.notAfter() <= clock.millis()) {
                continue;
            }
            if (before.key().equals(fingerprint)) {
                return enrolled(device.device(), device.groups(), before); // the answer to it was lost
            }
            good++;
        }
        if (good >= Limits.CERTIFICATES_PER_DEVICE) {
            throw new RefusedException(
                    Reason.UNAVAILABLE,
                    "this device has " + good + " certificates that are good, which is enough for now");
        }
        return enrolled(device.device(), device.groups(), issue(store, known.device(), key));
    }

    // ---- revoke

    /** Refuses a device from now on, and everything that was given to it. Returns the serials of its certificates. */
    public List<String> revoke(String device) {
        return change(store -> {
            long now = clock.millis();
            boolean invited = store.invited(now).containsKey(device);
            if (store.device(device) == null && !invited) {
                throw unknown("a device '" + device + "'");
            }
            store.withdrawTokens(device);
            store.revokeDevice(device, now);
            List<String> serials = new ArrayList<>();
            for (Issued certificate : store.certificatesOf(device)) {
                store.revoke(certificate.serial(), now);
                serials.add(certificate.serial());
            }
            return serials;
        });
    }

    /**
     * Refuses one certificate; the device itself only when it has no other that is good. Returns the device.
     *
     * @param serial as hexadecimal digits
     */
    public String revokeCertificate(String serial) {
        return change(store -> {
            long now = clock.millis();
            Issued certificate = store.certificate(serial);
            if (certificate == null) {
                throw unknown("a certificate " + serial);
            }
            store.revoke(serial, now);
            boolean left = store.certificatesOf(certificate.device()).stream()
                    .anyMatch(other -> other.revoked() == null && other.notAfter() > now);
            if (!left) {
                store.revokeDevice(certificate.device(), now);
            }
            return certificate.device();
        });
    }

    private <T> T change(IdentityStore.Change<T> change) {
        try (IdentityStore store = IdentityStore.open(database)) {
            return store.change(change);
        } catch (RefusedException e) {
            throw new IllegalStateException("an operator is not refused", e);
        }
    }

    // ---- tell

    /**
     * Writes every file that a Mosquitto for this fleet needs, and keeps where it is.
     *
     * @param names under which clients reach it: host names and IP addresses
     * @param address to listen on
     * @return what is kept
     */
    public BrokerSettings setUp(BrokerSettings.Mosquitto mosquitto, List<String> names, String address, int port) {
        boolean local = names.contains("localhost");
        var settings = BrokerSettings.read(dataDir)
                .broker(url(local ? "localhost" : names.getFirst(), port), url(names.getFirst(), port), mosquitto);
        new MosquittoFiles(mosquitto).writeConfiguration(identity, identity.server(names), address, port);
        writeAccess(mosquitto);
        settings.write(dataDir);
        return settings;
    }

    private static URI url(String name, int port) {
        return URI.create("mqtts://" + (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port);
    }

    /**
     * Writes the lists of a Mosquitto that belongs to this fleet and has it read them. Does nothing for another broker. A
     * {@link FleetException} says what did not work.
     */
    public void publish() {
        BrokerSettings.Mosquitto mosquitto = BrokerSettings.read(dataDir).mosquitto();
        if (mosquitto != null) {
            writeAccess(mosquitto);
            new MosquittoFiles(mosquitto).reload();
        }
    }

    /**
     * Ends the connection that a revoked device may still have at a Mosquitto that belongs to this fleet; call it after {@link
     * #publish}. Returns false for another broker, which it knows no way for.
     */
    public boolean evict(String device) {
        BrokerSettings settings = BrokerSettings.read(dataDir);
        URI broker = settings.url();
        if (settings.mosquitto() == null || broker == null) {
            return false;
        }
        Eviction.evict(identity, broker, device);
        return true;
    }

    /** The same without telling the broker, which may not run yet. */
    void writeAccess(BrokerSettings.Mosquitto mosquitto) {
        // the lock is taken before the database is read, so that the newest list is written last
        identity.locked(() -> {
            try (IdentityStore store = IdentityStore.open(database)) {
                new MosquittoFiles(mosquitto)
                        .writeAccess(welcome(store), identity.revocations(store.revoked(clock.millis())));
            }
        });
    }

    private List<Principal> welcome(IdentityStore store) {
        List<Principal> welcome = new ArrayList<>(identity.nodes());
        welcome.add(new Principal.Service(FleetIdentity.INGEST));
        welcome.add(new Principal.Service(FleetIdentity.TRANSFER));
        welcome.add(new Principal.Operator(FleetIdentity.LOCAL));
        for (Known known : store.devices()) {
            if (known.revoked() == null) {
                welcome.add(new Principal.Device(known.device(), known.groups()));
            }
        }
        return welcome;
    }

    // ---- look

    /** Every device that was enrolled or invited, by its name. */
    public List<IdentityRow> list() {
        try (IdentityStore store = IdentityStore.open(database)) {
            return list(store, clock.millis(), "", Integer.MAX_VALUE);
        }
    }

    /**
     * Some of them.
     *
     * @param after only those after this name
     */
    public static List<IdentityRow> list(Database database, long nowMillis, String after, int limit) {
        try (IdentityStore store = IdentityStore.reading(database)) {
            return list(store, nowMillis, after, limit);
        }
    }

    private static List<IdentityRow> list(IdentityStore store, long nowMillis, String after, int limit) {
        Map<String, Known> known = store.devices(after, limit).stream()
                .collect(Collectors.toMap(Known::device, each -> each, (one, other) -> one, TreeMap::new));
        Map<String, Set<String>> invited = store.invited(nowMillis, after, limit);
        var names = new TreeSet<>(known.keySet());
        names.addAll(invited.keySet());
        List<String> shown = names.stream().limit(limit).toList();
        if (shown.isEmpty()) {
            return List.of();
        }
        Map<String, List<Issued>> certificates = store.certificates(shown.getFirst(), shown.getLast());
        return shown.stream()
                .map(device -> row(
                        device,
                        known.get(device),
                        invited.getOrDefault(device, Set.of()),
                        certificates.getOrDefault(device, List.of())))
                .toList();
    }

    private static IdentityRow row(
            String device, @Nullable Known known, Set<String> invitedFor, List<Issued> certificates) {
        List<IdentityRow.CertificateRow> rows = certificates.stream()
                .map(each ->
                        new IdentityRow.CertificateRow(each.serial(), each.issued(), each.notAfter(), each.revoked()))
                .toList();
        return known == null
                ? new IdentityRow(device, List.copyOf(invitedFor), null, null, List.of())
                : new IdentityRow(device, List.copyOf(known.groups()), known.enrolled(), known.revoked(), rows);
    }

    private static String random(int bytes) {
        byte[] value = new byte[bytes];
        RANDOM.nextBytes(value);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(value);
    }

    private static String digest(String secret) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Pem.ascii(secret)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static FleetException wrong(String message) {
        return new FleetException(Category.PERMANENT, message, "change what was asked for; nothing was done");
    }

    private static FleetException unknown(String what) {
        return new FleetException(
                Category.PERMANENT,
                "this fleet never gave an identity to " + what,
                "'fulmar fleet identities' lists those it gave");
    }
}
