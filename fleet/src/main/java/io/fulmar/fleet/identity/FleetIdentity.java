package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.identity.Certificates.Purpose;
import io.fulmar.fleet.identity.Certificates.Revoked;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's own certificate authority, in {@code identity/} of its data directory, and the certificates of the fleet's
 * side: of servers, of its services, of operators. Processes may share it. Thread-safe.
 */
public final class FleetIdentity {
    /** The folder below the data directory. */
    public static final String DIRECTORY = "identity";

    /** The service that takes what devices send. */
    public static final String INGEST = "ingest";

    /** The service that sends devices the blobs of models. */
    public static final String TRANSFER = "transfer";

    /** The operator on the fleet's own machine. */
    public static final String LOCAL = "local";

    /** Stands between the name of a part of the fleet and that of the one of several services that it is a part of. */
    public static final String OF_NODE = "@";

    private static final String SERVER_NAME = "Fulmar fleet server";
    private static final String CA_NAME = "Fulmar fleet";
    private static final String CA_KEY = "ca.key";
    private static final String CA_FILE = "ca.pem";
    private static final String PEM = ".pem";
    private static final String LOCK = "identity.lock";
    private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

    private final Path directory;
    private final InstantSource clock;
    private final X509Certificate ca;
    private final PrivateKey caKey;

    /**
     * Where a certificate with its key is: PEM files, which may be replaced by newer ones at any time.
     *
     * @param ca who vouches for the other side
     * @param certificate the certificate
     * @param key its private key, PKCS #8
     */
    public record Credential(Path ca, Path certificate, Path key) {}

    private FleetIdentity(Path directory, InstantSource clock, X509Certificate ca, PrivateKey caKey) {
        this.directory = directory;
        this.clock = clock;
        this.ca = ca;
        this.caKey = caKey;
    }

    /** Whether a fleet with that data directory has an authority. */
    public static boolean exists(Path dataDir) {
        return Files.exists(dataDir.resolve(DIRECTORY).resolve(CA_FILE));
    }

    /** The authority of that data directory; makes one where there is none. */
    public static FleetIdentity openOrCreate(Path dataDir, InstantSource clock) {
        Path directory = dataDir.resolve(DIRECTORY);
        SafeFiles.createPrivateDirectory(dataDir);
        SafeFiles.createPrivateDirectory(directory);
        locked(directory, () -> {
            if (!exists(dataDir)) {
                KeyPair key = Certificates.newKey();
                X509Certificate ca =
                        Certificates.authority(key, CA_NAME, clock.instant().plus(Limits.AUTHORITY_LIFE));
                // the certificate comes second: an authority without one does not exist yet
                writeKey(directory.resolve(CA_KEY), key.getPrivate());
                SafeFiles.write(directory.resolve(CA_FILE), pem(ca), SafeFiles.PUBLIC);
            }
        });
        return open(dataDir, clock);
    }

    /** The authority of that data directory. */
    public static FleetIdentity open(Path dataDir, InstantSource clock) {
        Path directory = dataDir.resolve(DIRECTORY);
        if (!exists(dataDir)) {
            throw new FleetException(
                    Category.PERMANENT,
                    "there is no certificate authority in " + directory,
                    "name the fleet's data directory with --data; 'fulmar fleet enroll' and 'fulmar fleet mosquitto' make one");
        }
        try {
            X509Certificate ca = Pem.certificate(SafeFiles.read(directory.resolve(CA_FILE)));
            SafeFiles.requireSecret(directory.resolve(CA_KEY));
            PrivateKey key = Pem.privateKey(SafeFiles.read(directory.resolve(CA_KEY)));
            return new FleetIdentity(directory, clock, ca, key);
        } catch (GeneralSecurityException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the certificate authority in " + directory + " is damaged: " + e.getMessage(),
                    "restore " + CA_KEY + " and " + CA_FILE + " from their backup",
                    e);
        }
    }

    Path directory() {
        return directory;
    }

    /** The authority's certificate, for whoever shall trust this fleet. */
    public Path caFile() {
        return directory.resolve(CA_FILE);
    }

    /** The authority's certificate as PEM. */
    public String caPem() {
        return pem(ca);
    }

    X509Certificate ca() {
        return ca;
    }

    /** SHA-256 over the authority's public key, base64url: by this a device knows the fleet at first contact. */
    public String fingerprint() {
        return fingerprint(ca.getPublicKey());
    }

    static String fingerprint(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The certificate of a part of the fleet, as a client of the broker; made or made anew when its time is near. */
    public Credential service(String name) {
        return client(new Principal.Service(name), "service-" + name);
    }

    /** The certificate of an operator, as a client of the broker; made or made anew when its time is near. */
    public Credential operator(String name) {
        return client(new Principal.Operator(name), "operator-" + name);
    }

    /** The parts of those of several services that had a certificate made lately. */
    List<Principal> nodes() {
        long since = clock.millis() - Limits.CLIENT_LIFE.toMillis();
        List<Principal> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.contains(OF_NODE)
                        && name.endsWith(PEM)
                        && Files.getLastModifiedTime(file).toMillis() > since) {
                    String who = name.substring(name.indexOf('-') + 1, name.length() - PEM.length());
                    found.add(name.startsWith("service-") ? new Principal.Service(who) : new Principal.Operator(who));
                }
            }
            return found;
        } catch (IOException e) {
            throw SafeFiles.failed("cannot read " + directory, e);
        }
    }

    private Credential client(Principal who, String file) {
        return kept(file, who.commonName(), Purpose.CLIENT, List.of(), Limits.CLIENT_LIFE);
    }

    /**
     * The certificate of this fleet's servers, made anew when its time is near or the names are others.
     *
     * @param names host names and IP addresses that clients connect to; not empty
     */
    public Credential server(Collection<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a server has a name");
        }
        TreeSet<String> sorted =
                names.stream().map(FleetIdentity::normal).collect(Collectors.toCollection(TreeSet::new));
        return kept("server", SERVER_NAME, Purpose.SERVER, sorted, Limits.SERVER_LIFE);
    }

    /** An IP address in the one form that certificates give back. */
    private static String normal(String name) {
        try {
            return Certificates.isAddress(name) ? InetAddress.getByName(name).getHostAddress() : name;
        } catch (UnknownHostException e) {
            throw new FleetException(
                    Category.PERMANENT, "'" + name + "' is no IP address", "give a host name or an IP address", e);
        }
    }

    /** Key and certificate are one file, so that no reader ever sees one without the other. */
    private Credential kept(String name, String commonName, Purpose purpose, Collection<String> names, Duration life) {
        Path file = directory.resolve(name + PEM);
        locked(directory, () -> {
            if (!isFresh(file, names, life)) {
                KeyPair key = Certificates.newKey();
                // a server's begins in 1970, as the authority's: devices check it by clocks that may begin there, too
                Instant from = purpose == Purpose.SERVER
                        ? Certificates.ALWAYS
                        : clock.instant().minus(Limits.CLOCK_DIFFERENCE);
                X509Certificate certificate = issue(
                        commonName,
                        key.getPublic(),
                        purpose,
                        names,
                        from,
                        clock.instant().plus(life));
                SafeFiles.write(
                        file,
                        Pem.text(Pem.PRIVATE_KEY, key.getPrivate().getEncoded()) + pem(certificate),
                        SafeFiles.SECRET);
            }
        });
        return new Credential(caFile(), file, file);
    }

    private boolean isFresh(Path file, Collection<String> names, Duration life) {
        if (!Files.exists(file)) {
            return false;
        }
        try {
            X509Certificate certificate = Pem.certificate(SafeFiles.read(file));
            Instant renew = certificate.getNotAfter().toInstant().minus(life.dividedBy(3));
            certificate.verify(ca.getPublicKey());
            return clock.instant().isBefore(renew) && new TreeSet<>(names).equals(names(certificate));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Set<String> names(X509Certificate certificate) throws CertificateParsingException {
        var names = new TreeSet<String>();
        @Nullable Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives != null) {
            alternatives.forEach(entry -> names.add(String.valueOf(entry.get(1))));
        }
        return names;
    }

    /** A device's certificate for a key that it made itself. */
    X509Certificate device(String device, PublicKey key, Duration life) {
        Instant now = clock.instant();
        return issue(device, key, Purpose.CLIENT, List.of(), now.minus(Limits.CLOCK_DIFFERENCE), now.plus(life));
    }

    private X509Certificate issue(
            String commonName, PublicKey key, Purpose purpose, Collection<String> names, Instant from, Instant until) {
        return Certificates.issue(ca, caKey, commonName, key, purpose, new ArrayList<>(names), from, until);
    }

    /** The list of withdrawn certificates, as PEM. */
    String revocations(Collection<Revoked> revoked) {
        return Certificates.revocations(ca, caKey, revoked, clock.instant());
    }

    static String pem(X509Certificate certificate) {
        try {
            return Pem.text(certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was read has an encoding", e);
        }
    }

    private static void writeKey(Path file, PrivateKey key) {
        SafeFiles.write(file, Pem.text(Pem.PRIVATE_KEY, key.getEncoded()), SafeFiles.SECRET);
    }

    /** Runs it while no other thread or process changes these files. */
    void locked(Runnable change) {
        locked(directory, change);
    }

    private static void locked(Path directory, Runnable change) {
        IN_THIS_PROCESS.lock(); // a file lock keeps other processes out, but not other threads
        try (FileChannel channel =
                        FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (held.isValid()) {
                change.run();
            }
        } catch (IOException e) {
            throw SafeFiles.failed("cannot lock " + directory.resolve(LOCK), e);
        } finally {
            IN_THIS_PROCESS.unlock();
        }
    }
}
