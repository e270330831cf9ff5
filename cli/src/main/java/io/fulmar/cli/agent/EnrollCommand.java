package io.fulmar.cli.agent;

import io.fulmar.agent.identity.Enroller;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar agent enroll}: makes this device part of a fleet. Owned by the main thread. */
@Command(
        name = "enroll",
        description = {
            "Makes this device part of a fleet: makes a key, which never leaves the device, has the fleet sign a certificate"
                    + " for it, and writes conf.d/" + Enroller.FRAGMENT + " beside the configuration.",
            "'fulmar fleet enroll DEVICE' prints the line to run. It can be run again if it was interrupted."
        })
final class EnrollCommand implements Callable<Integer> {
    /** What the device is called is what the fleet will say; until then the file need not say it. */
    private static final String ANY_NAME = "not-enrolled-yet";

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The device's TOML file.")
    @SuppressWarnings("NullAway.Init")
    Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example state.dir=/tmp/d7; repeatable.")
    Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--fleet",
            required = true,
            paramLabel = "URL",
            description = "Where the fleet takes enrolments, as https://host:8443.")
    @SuppressWarnings("NullAway.Init")
    String fleet;

    @Option(names = "--token", required = true, paramLabel = "T", description = "The token that the fleet made.")
    @SuppressWarnings("NullAway.Init")
    String token;

    @Option(
            names = "--broker-url",
            paramLabel = "URL",
            description = "The broker to connect to, in place of the one that the fleet names.")
    @Nullable
    String broker;

    @Option(names = "--force", description = "Replace the identity that this device has.")
    boolean force;

    @Override
    public Integer call() {
        URI address = url("--fleet", fleet, "https");
        @Nullable URI brokerUrl = broker == null ? null : url("--broker-url", broker, "mqtts", "mqtt");
        Map<String, String> settings = new LinkedHashMap<>(overrides);
        settings.putIfAbsent("device.id", ANY_NAME);
        Enroller.repair(config);
        return switch (ConfigLoader.load(ConfigSources.of(config).overrides(settings))) {
            case LoadResult.Invalid invalid -> {
                PrintWriter err = spec.commandLine().getErr();
                invalid.problems().forEach(problem -> err.println(problem.text()));
                err.flush();
                yield ExitCode.USAGE;
            }
            case LoadResult.Loaded loaded -> {
                var enroller = new Enroller(
                        config,
                        loaded.config().state().dir(),
                        loaded.config().trust().root());
                say(enroller.enrol(address, token, brokerUrl, force));
                yield ExitCode.OK;
            }
        };
    }

    private void say(Enroller.Outcome outcome) {
        PrintWriter out = spec.commandLine().getOut();
        String groups = outcome.groups().isEmpty() ? "" : ", in " + String.join(", ", outcome.groups());
        out.println(
                outcome.before()
                        ? "This device was enrolled as " + outcome.device()
                                + " already; the last step, which had been cut off, is done now. The token was not used."
                        : "Enrolled as " + outcome.device() + groups + ", broker " + outcome.broker()
                                + ", certificate good until " + outcome.until().truncatedTo(ChronoUnit.SECONDS));
        out.println("Wrote " + outcome.fragment() + "; start the device: fulmar agent --config " + config);
        out.flush();
    }

    private URI url(String option, String value, String... schemes) {
        try {
            URI url = new URI(value);
            for (String scheme : schemes) {
                if (scheme.equals(url.getScheme()) && url.getHost() != null && url.getUserInfo() == null) {
                    return url;
                }
            }
        } catch (URISyntaxException e) {
            throw notAnAddress(option, value, schemes[0]);
        }
        throw notAnAddress(option, value, schemes[0]);
    }

    private ParameterException notAnAddress(String option, String value, String scheme) {
        return new ParameterException(
                spec.commandLine(),
                option + ": '" + value + "' is not an address such as " + scheme + "://host:"
                        + (scheme.equals("https") ? "8443" : "8883"));
    }
}
