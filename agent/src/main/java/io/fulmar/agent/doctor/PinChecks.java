package io.fulmar.agent.doctor;

import io.fulmar.config.HardwareSettings;
import io.fulmar.config.SensorSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The files of pins and buses. Immutable. */
record PinChecks(Host host) {
    List<Finding> pins(HardwareSettings hardware) {
        if (hardware.provider() == null) {
            return List.of();
        }
        if (hardware.provider() == HardwareSettings.Provider.SIMULATED) {
            return List.of(Finding.ok("pins", "simulated"));
        }
        boolean lines = !hardware.inputs().isEmpty() || !hardware.outputs().isEmpty();
        return files(
                lines,
                new TreeSet<>(
                        hardware.sensors().stream().map(SensorSettings::bus).toList()));
    }

    /** @param buses as boards call them: {@code i2c1}, {@code spi0} */
    List<Finding> files(boolean lines, Set<String> buses) {
        List<Finding> findings = new ArrayList<>();
        if (lines) {
            findings.add(usable("pins", "gpiochip*", "gpio", "switch GPIO on, or run on a board that has pins"));
        }
        for (String bus : buses) {
            String number = bus.replaceFirst("^(i2c|spi)", "");
            findings.add(
                    bus.startsWith("i2c")
                            ? usable("bus " + bus, "i2c-" + number, "i2c", "switch it on: raspi-config nonint do_i2c 0")
                            : usable(
                                    "bus " + bus,
                                    "spidev" + number + ".*",
                                    "spi",
                                    "switch it on: raspi-config nonint do_spi 0"));
        }
        return findings;
    }

    private Finding usable(String check, String glob, String group, String absent) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(host.path("/dev"), glob)) {
            files.forEach(found::add);
        } catch (IOException e) {
            return Finding.failure(check, "/dev cannot be read: " + e.getMessage(), "look at the permissions of /dev");
        }
        if (found.isEmpty()) {
            return Finding.failure(check, "there is no /dev/" + glob, absent);
        }
        for (Path file : found) {
            if (!Files.isReadable(file) || !Files.isWritable(file)) {
                return Finding.failure(
                        check,
                        file + " is not for this user",
                        "usermod --append --groups " + group + " fulmar, then start the service again");
            }
        }
        return Finding.ok(check, found.size() == 1 ? found.getFirst().toString() : found.size() + " of /dev/" + glob);
    }
}
