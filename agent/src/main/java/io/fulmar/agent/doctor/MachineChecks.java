package io.fulmar.agent.doctor;

import io.fulmar.agent.health.TimeService;
import io.fulmar.sync.wire.SoftwareVersion;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processor, C library, memory and clock. Immutable. */
record MachineChecks(Host host) {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
    private static final int GLIBC_MAJOR = 2;
    private static final int GLIBC_MINOR = 34;

    private boolean isArm() {
        return host.architecture().equals("aarch64");
    }

    Finding architecture() {
        if (isArm() || host.architecture().equals("amd64")) {
            return Finding.ok("architecture", host.architecture());
        }
        return Finding.failure(
                "architecture",
                host.architecture() + ": there is no TensorFlow Lite library for it",
                "run on 64-bit Linux on x86-64 or ARM64; a 32-bit Raspberry Pi OS has to be replaced by the 64-bit one");
    }

    Finding cLibrary() {
        Matcher version = VERSION.matcher(host.glibc());
        if (version.matches()
                && (Integer.parseInt(version.group(1)) > GLIBC_MAJOR
                        || Integer.parseInt(version.group(2)) >= GLIBC_MINOR)) {
            return Finding.ok("C library", "glibc " + host.glibc());
        }
        return Finding.failure(
                "C library",
                host.glibc().isEmpty() ? "it is not glibc" : "glibc " + host.glibc() + " is older than 2.34",
                "use Debian 12, Raspberry Pi OS 12, Ubuntu 22.04 or newer");
    }

    Finding processor() {
        String text = host.text("/proc/cpuinfo").orElse("");
        Set<String> features = text.lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .limit(1)
                .flatMap(line -> Arrays.stream(
                        line.substring(line.indexOf(':') + 1).strip().split("\\s+", -1)))
                .collect(Collectors.toCollection(TreeSet::new));
        if (features.isEmpty()) {
            return Finding.warning("processor", "its features are not told", "mount /proc");
        }
        List<String> good = isArm() ? List.of("asimd", "asimddp") : List.of("avx", "avx2", "avx512_vnni");
        List<String> found = good.stream().filter(features::contains).toList();
        long processors =
                text.lines().filter(line -> line.startsWith("processor")).count();
        String what = processors
                + (processors == 1 ? " processor, " : " processors, ")
                + (found.isEmpty() ? "none of " + String.join(" ", good) : String.join(" ", found));
        String needed = isArm() ? "asimddp" : "avx2";
        if (features.contains(needed)) {
            return Finding.ok("processor", what);
        }
        return Finding.warning(
                "processor",
                what,
                "it has no " + needed + ": int8 models run, some times slower; measure yours with 'model bench'");
    }

    Finding memory() {
        long available = kibibytes("MemAvailable");
        long total = kibibytes("MemTotal");
        if (total == 0) {
            return Finding.warning("memory", "how much there is is not told", "mount /proc");
        }
        String what = mebibytes(available) + " of " + mebibytes(total) + " available";
        if (available < Limits.MEMORY_LEAST) {
            return Finding.failure(
                    "memory", what, "the agent needs " + mebibytes(Limits.MEMORY_LEAST) + ": end what else runs here");
        }
        return available < Limits.MEMORY_FAIR
                ? Finding.warning("memory", what, "room for one small model; end what else runs here")
                : Finding.ok("memory", what);
    }

    private long kibibytes(String name) {
        return host.text("/proc/meminfo").stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(name + ":"))
                .flatMap(line -> Stream.of(line.replaceAll("\\D+", "")))
                .mapToLong(number -> Long.parseLong(number) * 1024)
                .findFirst()
                .orElse(0);
    }

    static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    Finding clock() {
        Instant now = host.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        if (now.isBefore(SoftwareVersion.built())) {
            return Finding.failure(
                    "clock",
                    now + " is before this program was made",
                    "let a time service set it: apt-get install systemd-timesyncd; records are corrected once it is known");
        }
        return switch (TimeService.below(host.path("/run/systemd/timesync")).says()) {
            case SET -> Finding.ok("clock", now + ", set by systemd-timesyncd");
            case NOT_YET ->
                Finding.warning(
                        "clock",
                        now + ", not yet set by systemd-timesyncd",
                        "see 'timedatectl timesync-status'; the device may reach no time server");
            case NOTHING -> Finding.ok("clock", now + "; whether a time service sets it is not told");
        };
    }
}
