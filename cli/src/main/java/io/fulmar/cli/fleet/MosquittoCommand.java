package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.ServerNames;
import io.fulmar.sync.wire.Topics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet mosquitto}: what a Mosquitto of the fleet's own needs. Owned by the main thread. */
@Command(
        name = "mosquitto",
        description = {
            "Writes the files of a Mosquitto for this fleet: encrypted, every client with a certificate of the fleet, every"
                    + " device with its own topics only.",
            "From then on enrolments and revocations keep its lists up to date and tell it. Run it again to change something"
                    + " or to renew the certificate of the broker."
        })
final class MosquittoCommand implements Callable<Integer> {
    private static final int DEFAULT_PORT = 8883;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where to write them; default: mosquitto in the data directory.")
    @Nullable
    Path directory;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "A name or address under which the broker is reached; repeatable, and the first one is what"
                    + " devices are told. Default: this machine's name and addresses.")
    List<String> hosts = new ArrayList<>();

    @Option(names = "--bind", paramLabel = "ADDR", description = "Address to listen on; default: 0.0.0.0, all.")
    String bindAddress = "0.0.0.0";

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on; default: " + DEFAULT_PORT + ".")
    int port = DEFAULT_PORT;

    @Option(
            names = "--pid-file",
            paramLabel = "FILE",
            description = "The pid_file of that Mosquitto, by which it is told of changes; default: the one that the"
                    + " written configuration names.")
    @Nullable
    Path pidFile;

    @Option(
            names = "--reload",
            paramLabel = "COMMAND",
            description = "How to tell it instead, for example 'sudo systemctl reload mosquitto'.")
    @Nullable
    String reload;

    @Option(
            names = "--owner",
            paramLabel = "USER",
            description = "The user that it runs as, to whom the files are given (needs root); default: this one.")
    @Nullable
    String owner;

    @Option(
            names = "--prefix",
            paramLabel = "P",
            description = "What all topics begin with; default: " + Topics.DEFAULT_PREFIX + ".")
    String prefix = Topics.DEFAULT_PREFIX;

    @Override
    public Integer call() {
        if (port < 1 || port > 65_535) {
            throw new ParameterException(
                    spec.commandLine(), "--port is " + port + ", but a port is a number from 1 to 65535");
        }
        Path where = (directory == null ? data.directory().resolve("mosquitto") : directory)
                .toAbsolutePath()
                .normalize();
        var mosquitto = new BrokerSettings.Mosquitto(
                where, pidFile == null ? null : pidFile.toAbsolutePath().normalize(), reload, owner, prefix);
        List<String> names = ServerNames.of(hosts, bindAddress);
        BrokerSettings settings = Enrolments.in(data.directory()).setUp(mosquitto, names, bindAddress, port);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Wrote the files of a Mosquitto to " + where + "; its certificate is for "
                + String.join(", ", names) + ".");
        out.println("Start it, or let another one include conf.d/fulmar.conf of that directory:");
        out.println();
        out.println("  mosquitto -c " + where.resolve("mosquitto.conf"));
        out.println();
        out.println("and the fleet on it, which also takes enrolments then:");
        out.println();
        out.println("  fulmar fleet serve --broker " + settings.url()
                + (data.directory == null ? "" : " --data " + data.directory) + " --enroll-port "
                + FleetConfig.DEFAULT_ENROLMENT_PORT + (bindAddress.equals("0.0.0.0") ? " --bind 0.0.0.0" : ""));
        out.flush();
        return ExitCode.OK;
    }
}
