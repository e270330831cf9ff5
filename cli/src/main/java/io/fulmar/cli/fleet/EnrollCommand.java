package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.Invitation;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet enroll}: invites a device. Owned by the main thread. */
@Command(
        name = "enroll",
        description = {
            "Makes a one-time token with which one device gets its certificate, and prints the line to run there.",
            "A device that was revoked, or lost its key, is enrolled in the same way; an earlier token of it that was not"
                    + " used becomes void."
        })
final class EnrollCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Parameters(paramLabel = "DEVICE", description = "Its id: 1 to 64 letters, digits, '.', '_' and '-'.")
    @SuppressWarnings("NullAway.Init")
    String device;

    @Option(names = "--group", paramLabel = "G", description = "A group whose commands it takes, too; repeatable.")
    List<String> groups = new ArrayList<>();

    @Option(
            names = "--valid",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long the token is good for, at most 30d; default: 1h.")
    Duration valid = Limits.TOKEN_LIFE;

    @Option(names = "--token-only", description = "Print the token and nothing else, for a script.")
    boolean tokenOnly;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Invitation invitation = Enrolments.in(data.directory()).invite(device, Set.copyOf(groups), valid);
        if (tokenOnly) {
            out.println(invitation.token());
            out.flush();
            return ExitCode.OK;
        }
        @Nullable URI address = BrokerSettings.read(data.directory()).enrolUrl();
        out.println(invitation.device() + " may enrol once, until "
                + invitation.expires().truncatedTo(ChronoUnit.SECONDS) + ". On the device, with its own file:");
        out.println();
        out.println("  fulmar agent enroll --config device.toml --fleet "
                + (address == null ? "https://HOST:" + FleetConfig.DEFAULT_ENROLMENT_PORT : address) + " --token "
                + invitation.token());
        out.println();
        if (address == null) {
            out.println("No fleet service has taken enrolments in " + data.directory() + " yet: run 'fulmar fleet serve"
                    + " --enroll-port " + FleetConfig.DEFAULT_ENROLMENT_PORT
                    + "', and put its machine's name for HOST.");
        }
        out.flush();
        return ExitCode.OK;
    }
}
