package io.fulmar.cli.agent;

import io.fulmar.agent.os.SerialPorts;
import io.fulmar.cli.ExitCode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io ports}: the serial ports of this machine. Owned by the main thread. */
@Command(name = "ports", description = "Lists the serial ports of this machine, for sources of the type serial.")
final class IoPortsCommand implements Callable<Integer> {
    private static final String FORM = "%-16s %-16s %s%n";

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--json", description = "Prints JSON, one object a line, instead of text.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<SerialPorts> ports = SerialPorts.here();
        if (json) {
            ports.forEach(port -> out.println(IoRow.json(values(port))));
        } else if (ports.isEmpty()) {
            out.println("this machine has no serial port");
        } else {
            out.printf(FORM, "PORT", "DRIVER", "ALSO NAMED");
            ports.forEach(port -> out.printf(FORM, port.path(), port.driver(), names(port)));
        }
        out.flush();
        return ExitCode.OK;
    }

    private static Map<String, Object> values(SerialPorts port) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("port", port.path());
        values.put("driver", port.driver());
        values.put("names", port.names().isEmpty() ? "" : names(port));
        return values;
    }

    private static String names(SerialPorts port) {
        return port.names().isEmpty()
                ? "-"
                : port.names().stream().map(Object::toString).collect(Collectors.joining(" "));
    }
}
