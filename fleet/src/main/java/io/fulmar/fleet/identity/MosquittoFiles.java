package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.identity.BrokerSettings.Mosquitto;
import io.fulmar.fleet.identity.Permissions.Access;
import io.fulmar.fleet.identity.Permissions.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The files of a Mosquitto that serves this fleet: its configuration, its certificate, and what changes with every
 * enrolment and revocation: the access list and the revocation list, both of which it reads again at SIGHUP. Immutable.
 */
final class MosquittoFiles {
    static final String WHOLE = "mosquitto.conf";
    static final String LISTENER_DIRECTORY = "conf.d";
    static final String LISTENER = "fulmar.conf";
    static final String ACL = "acl";
    static final String CRL = "crl.pem";
    static final String CA = "ca.pem";
    static final String SERVER = "server.pem";
    static final String PID = "mosquitto.pid";

    private static final long RELOAD_SECONDS = 10;

    private final Mosquitto settings;
    private final Path directory;

    MosquittoFiles(Mosquitto settings) {
        this.settings = settings;
        this.directory = settings.directory().toAbsolutePath().normalize();
    }

    /** Writes what stays: the configuration and the certificates. */
    void writeConfiguration(FleetIdentity identity, FleetIdentity.Credential server, String address, int port) {
        SafeFiles.createDirectory(directory.resolve(LISTENER_DIRECTORY));
        write(CA, identity.caPem());
        write(SERVER, SafeFiles.read(server.certificate()));
        write(LISTENER_DIRECTORY + "/" + LISTENER, listener(address, port));
        write(WHOLE, whole());
    }

    /** Writes what changes: who may do what, and which certificates are void. */
    void writeAccess(Collection<Principal> welcome, String revocations) {
        var permissions = new Permissions(settings.prefix());
        var text = new StringBuilder("""
                # Written by fulmar at every enrolment and revocation: changes by hand are lost.
                # Who is not named here may neither publish nor receive anything.
                """);
        for (Principal who : welcome) {
            text.append("\nuser ").append(who.commonName()).append('\n');
            permissions.of(who).forEach(rule -> text.append(line(rule)));
        }
        write(ACL, text.toString());
        write(CRL, revocations);
    }

    private static String line(Rule rule) {
        return "topic " + (rule.access() == Access.READ ? "read " : "write ") + rule.filter() + "\n";
    }

    private void write(String name, String text) {
        SafeFiles.write(directory.resolve(name), text, SafeFiles.SECRET, settings.owner());
    }

    private String listener(String address, int port) {
        return """
                # Written by "fulmar fleet mosquitto". For a Mosquitto of its own, or in /etc/mosquitto/conf.d of another.
                listener %d %s

                # Both sides show a certificate of the fleet's own authority.
                cafile %s
                certfile %s
                keyfile %s
                crlfile %s
                require_certificate true

                # The certificate says who it is, and nobody can take another's place by calling itself alike.
                use_identity_as_username true
                use_username_as_clientid true
                allow_anonymous false

                # Who may do what; read again at SIGHUP, as is the crlfile.
                acl_file %s
                """.formatted(port, address, in(CA), in(SERVER), in(SERVER), in(CRL), in(ACL));
    }

    private String whole() {
        String user = settings.owner() == null ? System.getProperty("user.name") : settings.owner();
        return """
                # Written by "fulmar fleet mosquitto": a whole configuration, for mosquitto -c %s
                # Nothing has to survive a restart of the broker: what was not stored by the fleet is sent again.
                persistence false
                # When thousands of devices come back at once, the fleet service has more to hear than the usual 1,000.
                max_queued_messages 20000
                user %s
                pid_file %s
                include_dir %s
                """.formatted(in(WHOLE), user, in(PID), in(LISTENER_DIRECTORY));
    }

    private Path in(String name) {
        return directory.resolve(name);
    }

    /** Tells the broker to read its lists again. */
    void reload() {
        if (settings.reload() != null) {
            run(List.of("sh", "-c", settings.reload()), settings.reload());
            return;
        }
        Path pidFile = Objects.requireNonNullElse(settings.pidFile(), in(PID));
        long pid = pid(pidFile);
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        String command = process.flatMap(handle -> handle.info().command()).orElse("mosquitto");
        if (process.isEmpty() || !command.toLowerCase(Locale.ROOT).contains("mosquitto")) {
            throw notTold("process " + pid + " of " + pidFile + " is no Mosquitto");
        }
        run(List.of("sh", "-c", "kill -HUP " + pid), "kill -HUP " + pid);
    }

    private long pid(Path pidFile) {
        try {
            return Long.parseLong(Files.readString(pidFile).strip());
        } catch (IOException e) {
            throw notTold("cannot read " + pidFile + ": " + e);
        } catch (NumberFormatException e) {
            throw notTold(pidFile + " does not hold a process id");
        }
    }

    private void run(List<String> command, String shown) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(RELOAD_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw notTold("'" + shown + "' did not end within " + RELOAD_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw notTold("'" + shown + "' ended with exit code " + process.exitValue());
            }
        } catch (IOException e) {
            throw notTold("'" + shown + "' did not start: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notTold("interrupted");
        }
    }

    private FleetException notTold(String why) {
        return new FleetException(
                Category.TRANSIENT,
                "the access list in " + directory + " is written, but Mosquitto was not told: " + why,
                "send it SIGHUP, for example with 'systemctl reload mosquitto'; 'fulmar fleet mosquitto' takes --pid-file or"
                        + " --reload");
    }
}
