package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.identity.Enrolments;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet revoke}: refuses a device from now on. Owned by the main thread. */
@Command(
        name = "revoke",
        description = {
            "Refuses a device from now on: its certificates are void, its topics are closed, its connection is ended.",
            "The fleet's own Mosquitto is told at once; a running fleet service notices within a second. To let the device"
                    + " in again, enrol it again."
        })
final class RevokeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @ArgGroup(multiplicity = "1")
    Target target = new Target();

    /** What to refuse. */
    static final class Target {
        @Parameters(index = "0", paramLabel = "DEVICE", description = "The device, with all its certificates.")
        @Nullable
        String device;

        @Option(
                names = "--serial",
                paramLabel = "HEX",
                description = "One certificate; the device itself only if it has no other.")
        @Nullable
        String serial;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Enrolments enrolments = Enrolments.existing(data.directory());
        String device;
        if (target.serial == null) {
            device = Objects.requireNonNull(target.device);
            List<String> serials = enrolments.revoke(device);
            out.println(device + " is revoked, with " + serials.size()
                    + (serials.size() == 1 ? " certificate" : " certificates"));
        } else {
            device = enrolments.revokeCertificate(target.serial);
            out.println("certificate " + target.serial + " of " + device + " is revoked");
        }
        out.flush();
        try {
            enrolments.publish();
        } finally {
            // also where the broker was not told: the lists may reach it in another way
            closeConnection(enrolments, device, out);
        }
        return ExitCode.OK;
    }

    private static void closeConnection(Enrolments enrolments, String device, PrintWriter out) {
        try {
            out.println(
                    enrolments.evict(device)
                            ? "Mosquitto has the new lists, and the connection of " + device + " is closed"
                            : "a running fleet service refuses it from now on, and so does its embedded broker with --tls;"
                                    + " a broker of yours has to be told as well");
        } catch (FleetException e) {
            out.println("warning: " + e.getMessage() + "; " + e.hint());
        }
        out.flush();
    }
}
