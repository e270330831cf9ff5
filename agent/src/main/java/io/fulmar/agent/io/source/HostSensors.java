package io.fulmar.agent.io.source;

import io.fulmar.config.SourceSettings.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The readings of a Linux host; what it does not give is NaN. Owned by the pipeline's thread. */
final class HostSensors {
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern WHOLE_DISK = Pattern.compile("[shv]d[a-z]+|xvd[a-z]+|nvme\\d+n\\d+|mmcblk\\d+");
    private static final int USER = 1;
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final int STEAL = 8;
    private static final int DISK_NAME = 2;
    private static final int DISK_BUSY_MILLIS = 12;
    private static final int RECEIVED = 0;
    private static final int SENT = 8;
    private static final double SANE_CELSIUS = 150;

    private final Path root;
    private final Map<String, Long> diskBusyMillis = new HashMap<>();
    private long cpuTotal = -1;
    private long cpuIdle;
    private long networkBytes = -1;
    private long readNanos;
    private float cpu = Float.NaN;
    private float memory = Float.NaN;
    private float disk = Float.NaN;
    private float network = Float.NaN;
    private float temperature = Float.NaN;
    private float load = Float.NaN;

    HostSensors(Path root, long nowNanos) {
        this.root = root;
        read(nowNanos);
    }

    float value(Reading reading) {
        return switch (reading) {
            case CPU -> cpu;
            case MEMORY -> memory;
            case DISK -> disk;
            case NETWORK -> network;
            case TEMPERATURE -> temperature;
            case LOAD -> load;
        };
    }

    /** Reads everything; what is counted is seen against the read before. */
    void read(long nowNanos) {
        double seconds = Math.max(1e-3, (nowNanos - readNanos) / 1e9);
        readNanos = nowNanos;
        readCpu();
        readMemory();
        readDisks(seconds);
        readNetwork(seconds);
        readLoad();
        temperature = warmest();
    }

    private void readCpu() {
        String[] fields = fields(firstLine(text("proc/stat")));
        if (fields.length <= IO_WAIT) {
            cpu = Float.NaN;
            return;
        }
        long total = 0;
        for (int i = USER; i < Math.min(fields.length, STEAL + 1); i++) {
            total += number(fields[i]);
        }
        long idle = number(fields[IDLE]) + number(fields[IO_WAIT]);
        if (cpuTotal < 0) {
            cpu = 0;
        } else if (total > cpuTotal) {
            cpu = share(1 - (double) (idle - cpuIdle) / (total - cpuTotal));
        }
        cpuTotal = total;
        cpuIdle = idle;
    }

    private void readMemory() {
        long total = -1;
        long available = -1;
        for (String line : text("proc/meminfo").split("\n", -1)) {
            String[] fields = fields(line);
            if (fields.length > 1 && fields[0].equals("MemTotal:")) {
                total = number(fields[1]);
            } else if (fields.length > 1 && fields[0].equals("MemAvailable:")) {
                available = number(fields[1]);
            }
        }
        memory = total > 0 && available >= 0 ? share(1 - (double) available / total) : Float.NaN;
    }

    private void readDisks(double seconds) {
        double busiest = Double.NaN;
        for (String line : text("proc/diskstats").split("\n", -1)) {
            String[] fields = fields(line);
            if (fields.length <= DISK_BUSY_MILLIS
                    || !WHOLE_DISK.matcher(fields[DISK_NAME]).matches()) {
                continue;
            }
            long busy = number(fields[DISK_BUSY_MILLIS]);
            Long before = diskBusyMillis.put(fields[DISK_NAME], busy);
            if (before != null) {
                double share = (busy - before) / (seconds * 1e3);
                busiest = Double.isNaN(busiest) ? share : Math.max(busiest, share);
            }
        }
        disk = share(busiest);
    }

    private void readNetwork(double seconds) {
        long bytes = -1;
        for (String line : text("proc/net/dev").split("\n", -1)) {
            int colon = line.indexOf(':');
            String[] fields = fields(line.substring(colon + 1));
            if (colon > 0
                    && fields.length > SENT
                    && !line.substring(0, colon).strip().equals("lo")) {
                bytes = Math.max(0, bytes) + number(fields[RECEIVED]) + number(fields[SENT]);
            }
        }
        network = bytes >= 0 && networkBytes >= 0
                ? (float) Math.max(0, (bytes - networkBytes) / seconds / 1e6)
                : Float.NaN;
        networkBytes = bytes;
    }

    private void readLoad() {
        String[] fields = fields(text("proc/loadavg"));
        try {
            load = Float.parseFloat(fields[0]) / Runtime.getRuntime().availableProcessors();
        } catch (NumberFormatException e) {
            load = Float.NaN;
        }
    }

    private float warmest() {
        double warmest = Double.NaN;
        Path zones = root.resolve("sys/class/thermal");
        if (!Files.isDirectory(zones)) {
            return Float.NaN;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(zones, "thermal_zone*")) {
            for (Path zone : found) {
                String text =
                        text(root.relativize(zone.resolve("temp")).toString()).strip();
                double celsius = text.isEmpty() ? Double.NaN : number(text) / 1e3;
                if (Math.abs(celsius) < SANE_CELSIUS) {
                    warmest = Double.isNaN(warmest) ? celsius : Math.max(warmest, celsius);
                }
            }
        } catch (IOException e) {
            return Float.NaN;
        }
        return (float) warmest;
    }

    /** The text of a small file, empty if it cannot be read: a sensor that is not there gives no reading. */
    private String text(String path) {
        try (InputStream in = Files.newInputStream(root.resolve(path))) {
            return new String(in.readNBytes(Limits.SYSTEM_FILE_BYTES), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private static String[] fields(String line) {
        return BLANKS.split(line.strip(), -1);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static float share(double share) {
        return (float) Math.min(1, Math.max(0, share));
    }
}
