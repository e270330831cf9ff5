package io.fulmar.cli.agent;

import io.fulmar.agent.doctor.Doctor;
import io.fulmar.agent.doctor.Finding;
import io.fulmar.agent.doctor.Finding.Verdict;
import io.fulmar.agent.doctor.Host;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar agent doctor}: whether this machine can run the agent, and what to do. Owned by the main thread. */
@Command(
        name = "doctor",
        description = {
            "Looks whether this machine and what is around it are fit to run a device, and says what to do where not:"
                    + " processor, memory, clock, native libraries with a golden case, disk, broker, certificates, pins.",
            "Run it as the user that the agent runs as, also beside a running agent: it changes nothing that stays,"
                    + " and says nothing to the broker."
        },
        footer = {"", "Exit code 0: no failure, though there may be warnings. 1: at least one failure."})
final class DoctorCommand implements Callable<Integer> {
    private static final Path INSTALLED = Path.of("/etc/fulmar/device.toml");

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "The device's TOML file; default: /etc/fulmar/device.toml. Without one, only the machine is looked"
                            + " at.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example device.id=d7; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--json", description = "Prints JSON, one object a line, instead of text.")
    private boolean json;

    private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);

    @Override
    public Integer call() {
        Host host = Host.here();
        Doctor.machine(host, this::tell);
        Path file = config == null && Files.exists(INSTALLED) ? INSTALLED : config;
        if (file != null) {
            switch (ConfigLoader.load(ConfigSources.of(file).overrides(overrides))) {
                case LoadResult.Loaded loaded -> {
                    tell(new Finding("configuration", Verdict.OK, file.toString(), null));
                    Doctor.device(host, loaded.config(), this::tell);
                }
                case LoadResult.Invalid invalid ->
                    invalid.problems()
                            .forEach(problem -> tell(new Finding(
                                    "configuration", Verdict.FAILURE, problem.text(), "correct it, then ask again")));
            }
        }
        if (!json) {
            out().println(count(Verdict.FAILURE) + ", " + count(Verdict.WARNING));
            out().flush();
        }
        return counts.containsKey(Verdict.FAILURE) ? ExitCode.FAILED : ExitCode.OK;
    }

    private String count(Verdict verdict) {
        int count = counts.getOrDefault(verdict, 0);
        return count + " " + verdict.text() + (count == 1 ? "" : "s");
    }

    private void tell(Finding finding) {
        counts.merge(finding.verdict(), 1, Integer::sum);
        if (json) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            values.put("check", finding.check());
            values.put("verdict", finding.verdict().text());
            values.put("text", finding.text());
            values.put("advice", finding.advice());
            out().println(IoRow.json(values));
        } else {
            out().printf("%-8s %-14s %s%n", finding.verdict().text(), finding.check(), finding.text());
            if (finding.advice() != null) {
                out().println("  hint: " + finding.advice());
            }
        }
        out().flush();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
