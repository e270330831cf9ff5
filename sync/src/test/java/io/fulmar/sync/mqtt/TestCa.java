package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A certificate authority for tests, made with openssl: an independent tool, whose files are what users have.
 *
 * <p>Owned by the test that made it.
 */
public final class TestCa {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";

    private final Path dir;
    private int number;

    /** A certificate and its key, both PEM. Immutable. */
    public record Issued(Path certificate, Path key) {
        /** As a client's side of a connection to brokers of the authority. */
        public Tls tls(TestCa trusted) {
            return new Tls(trusted.certificate(), certificate, key);
        }
    }

    private TestCa(Path dir) {
        this.dir = dir;
    }

    /** Whether openssl is installed. */
    public static boolean available() {
        return Stream.of("/usr/bin/openssl", "/usr/local/bin/openssl")
                .map(Path::of)
                .anyMatch(Files::isExecutable);
    }

    /** Makes an authority whose files are in a new directory. */
    public static TestCa in(Path dir, String name) {
        try {
            TestCa ca = new TestCa(Files.createDirectories(dir));
            Files.createDirectories(dir.resolve("new"));
            Files.writeString(dir.resolve("index.txt"), "");
            Files.writeString(dir.resolve("serial"), "1000\n");
            Files.writeString(dir.resolve("crlnumber"), "01\n");
            Files.writeString(dir.resolve("ca.cnf"), """
                    [ca]
                    default_ca = it
                    [it]
                    database = %1$s/index.txt
                    new_certs_dir = %1$s/new
                    serial = %1$s/serial
                    crlnumber = %1$s/crlnumber
                    certificate = %1$s/ca.pem
                    private_key = %1$s/ca.key
                    default_md = sha256
                    default_crl_days = 3650
                    policy = any
                    unique_subject = no
                    [any]
                    commonName = supplied
                    """.formatted(dir));
            ca.openssl("genpkey -algorithm " + P256 + " -out " + dir + "/ca.key");
            ca.openssl(
                    "req -x509 -new -key " + dir + "/ca.key -subj /CN=" + name + " -days 3650 -out " + dir + "/ca.pem");
            return ca;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What clients and brokers trust. */
    public Path certificate() {
        return dir.resolve("ca.pem");
    }

    /** A broker's certificate for a host name; those for {@code localhost} are for its addresses too. */
    public Issued server(String host) {
        return issue(host, P256, Instant.now().minus(Duration.ofDays(1)), Duration.ofDays(365));
    }

    /** A client's certificate. */
    public Issued client(String name) {
        return issue(name, P256, Instant.now().minus(Duration.ofDays(1)), Duration.ofDays(365));
    }

    /**
     * A certificate for any purpose.
     *
     * @param algorithm of the key, as {@code openssl genpkey -algorithm} takes it
     */
    public Issued issue(String name, String algorithm, Instant from, Duration validity) {
        number++;
        Path key = dir.resolve(name + "-" + number + ".key");
        Path certificate = dir.resolve(name + "-" + number + ".pem");
        Path request = dir.resolve(name + "-" + number + ".csr");
        Path extensions = dir.resolve(name + "-" + number + ".ext");
        String alternatives = "DNS:" + name + (name.equals("localhost") ? ",IP:127.0.0.1,IP:::1" : "");
        try {
            Files.writeString(
                    extensions,
                    "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=" + alternatives
                            + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        openssl("genpkey -algorithm " + algorithm + " -out " + key);
        openssl("req -new -key " + key + " -subj /CN=" + name + " -out " + request);
        openssl("ca -batch -notext -config " + dir + "/ca.cnf -in " + request + " -out " + certificate + " -extfile "
                + extensions + " -startdate " + DATE.format(from) + " -enddate " + DATE.format(from.plus(validity)));
        return new Issued(certificate, key);
    }

    /** Revokes a certificate; {@link #revoked} says so when it is asked the next time. */
    public void revoke(Issued issued) {
        openssl("ca -config " + dir + "/ca.cnf -revoke " + issued.certificate());
    }

    /** The list of revoked certificates, as of now. */
    public Path revoked() {
        openssl("ca -gencrl -config " + dir + "/ca.cnf -out " + dir + "/crl.pem");
        return dir.resolve("crl.pem");
    }

    /** Runs openssl; no argument may contain a space. */
    public void openssl(String arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("openssl " + arguments + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
