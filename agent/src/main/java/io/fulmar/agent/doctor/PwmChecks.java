package io.fulmar.agent.doctor;

import io.fulmar.config.BoardProfile;
import io.fulmar.config.BoardProfile.Bus;
import io.fulmar.config.HardwareSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of PWM outputs, which are below {@code /sys}. Immutable. */
record PwmChecks(Host host) {
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /** @param board the computer's name; null where nobody said */
    List<Finding> outputs(HardwareSettings hardware, @Nullable String board) {
        BoardProfile profile = board == null ? null : BoardProfile.named(board).orElse(null);
        if (hardware.provider() != HardwareSettings.Provider.PI4J || profile == null) {
            return List.of();
        }
        return hardware.pwms().stream().map(it -> output(it, profile)).toList();
    }

    private Finding output(HardwareSettings.Pwm output, BoardProfile profile) {
        String check = "pwm " + output.name();
        for (Bus bus : profile.buses()) {
            Optional<String> line = bus.name().startsWith("pwm") ? line(bus, output.pin()) : Optional.empty();
            if (line.isPresent()) {
                return channel(check, bus, number(line.get()));
            }
        }
        return Finding.failure(
                check,
                "GPIO " + output.pin() + " of a " + profile.name() + " has no PWM",
                "use a pin that has: 'fulmar check-config FILE --board-pins' lists them");
    }

    private static Optional<String> line(Bus bus, int pin) {
        return bus.pins().entrySet().stream()
                .filter(it -> it.getValue() == pin)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static int number(String text) {
        return NUMBER.matcher(text)
                .results()
                .findFirst()
                .map(MatchResult::group)
                .map(Integer::parseInt)
                .orElse(0);
    }

    private Finding channel(String check, Bus bus, int channel) {
        Path chip = host.path(bus.device());
        if (!Files.isDirectory(chip)) {
            return Finding.failure(
                    check,
                    "there is no " + chip,
                    "switch it on: \"" + bus.enable() + "\" in /boot/firmware/config.txt, then boot again");
        }
        int channels = Host.text(chip.resolve("npwm")).map(PwmChecks::number).orElse(channel + 1);
        if (channel >= channels) {
            return Finding.failure(
                    check,
                    chip + " has " + channels + " channels, and none of number " + channel,
                    "look at which chip the pin belongs to: ls -l /sys/class/pwm");
        }
        Path exported = chip.resolve("pwm" + channel);
        List<Path> files = Files.isDirectory(exported)
                ? List.of(exported.resolve("period"), exported.resolve("duty_cycle"), exported.resolve("enable"))
                : List.of(chip.resolve("export"));
        for (Path file : files) {
            if (!Files.isWritable(file)) {
                return Finding.failure(
                        check,
                        file + " cannot be written by this user",
                        "let udev give /sys/class/pwm to the group gpio, as Raspberry Pi OS does, and:"
                                + " usermod --append --groups gpio fulmar");
            }
        }
        return Finding.ok(check, chip + ", channel " + channel + "; a service needs ProtectKernelTunables=no for it");
    }
}
