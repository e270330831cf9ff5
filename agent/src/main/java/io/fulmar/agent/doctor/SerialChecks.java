package io.fulmar.agent.doctor;

import io.fulmar.agent.os.SerialPorts;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.SourceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The serial ports that pipelines read. Immutable. */
record SerialChecks(Host host) {
    List<Finding> ports(List<PipelineSettings> pipelines) {
        return pipelines.stream()
                .map(PipelineSettings::source)
                .filter(SourceSettings.Serial.class::isInstance)
                .map(SourceSettings.Serial.class::cast)
                .map(SourceSettings.Serial::port)
                .distinct()
                .map(this::port)
                .toList();
    }

    private Finding port(Path port) {
        String check = "port " + port.getFileName();
        Path file = host.path(port.toString());
        List<SerialPorts> there = SerialPorts.below(host.root());
        if (!Files.exists(file)) {
            return Finding.failure(
                    check,
                    "there is no " + port + "; "
                            + (there.isEmpty()
                                    ? "this machine has no serial port"
                                    : there.stream()
                                            .map(it -> it.path().toString())
                                            .collect(Collectors.joining(", ", "there are ", ""))),
                    "plug it in, or name another; fulmar agent io ports lists them");
        }
        if (!Files.isReadable(file)) {
            return Finding.failure(
                    check,
                    port + " is not for this user",
                    "usermod --append --groups dialout fulmar, then start the service again");
        }
        String driver = there.stream()
                .filter(it -> it.path().equals(file) || it.names().contains(file))
                .map(it -> " by " + it.driver())
                .findFirst()
                .orElse("");
        return Finding.ok(check, port + driver);
    }
}
