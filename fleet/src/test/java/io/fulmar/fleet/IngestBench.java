package io.fulmar.fleet;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.PostgresSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * How many rows a second arrive: a device with a backlog sends predictions in batches of 500 over a real broker to a fleet in
 * a process of its own, which commits with FULL sync and acknowledges. Run it by hand; see docs/performance.md.
 */
final class IngestBench {
    private static final int BATCH = 500;

    private IngestBench() {}

    /**
     * Takes the number of rows, 100,000 unless given, and the address of an empty PostgreSQL database to store them in instead of
     * SQLite.
     */
    public static void main(String[] args) throws Exception {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        Path dir = Files.createTempDirectory("fulmar-ingest-bench");
        if (args.length > 1) {
            Database.choose(dir, new PostgresSettings(URI.create(args[1]), null));
        }
        try (var process = FleetProcess.start(dir, 0);
                var device = new TestDevice("bench-1", 1, URI.create("mqtt://127.0.0.1:" + process.mqttPort()))) {
            for (int i = 0; i < rows; i++) {
                device.record(TestRecords.prediction("imbalance"));
            }
            device.connect();
            int warmup = Math.min(rows / 5, 20_000);
            device.until(true, BATCH, () -> device.acknowledged() >= warmup);
            long from = device.acknowledged();
            long start = System.nanoTime();
            device.until(true, BATCH, () -> device.acknowledged() == rows);
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "%d rows of %d bytes in %.2f s: %.0f rows/s stored and acknowledged%n",
                    rows - from, device.records().getFirst().length, seconds, (rows - from) / seconds);
        } finally {
            try (Stream<Path> files = Files.walk(dir)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
        }
    }
}
