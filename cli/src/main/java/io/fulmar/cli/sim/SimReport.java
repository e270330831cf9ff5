package io.fulmar.cli.sim;

import io.fulmar.sync.wire.ChainHash;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What came of a simulation. Immutable.
 *
 * @param connected devices that the fleet has ever answered
 * @param connecting how long it took until all were
 * @param recording how long they recorded, and {@code draining} how long it took after that until all was acknowledged
 * @param acknowledgedInTime rows that were acknowledged while devices still recorded
 * @param setAside rows of epochs that the fleet has ended
 * @param p50Millis from the moment a row was recorded to the moment its device knew that the fleet has it, without the backlog
 * @param reconnectedMillis how long it took after each storm until all devices were welcome again
 * @param busy which share of the time the simulation's own thread had work
 * @param taken that somebody else used the name of a device; null if nobody did
 * @param kept what the fleet has to have
 */
record SimReport(
        SimPlan plan,
        int connected,
        Duration connecting,
        Duration recording,
        Duration draining,
        long recorded,
        long acknowledged,
        long acknowledgedInTime,
        long setAside,
        long p50Millis,
        long p99Millis,
        long maxMillis,
        long connectionsLost,
        long connectionsFailed,
        List<Long> reconnectedMillis,
        long batches,
        long batchBytes,
        long resends,
        long resendsAsked,
        long pausesAsked,
        long epochsEnded,
        double busy,
        @Nullable String taken,
        List<Kept> kept) {

    /** What the fleet has to have of one device: rows 1 to {@code recorded}, and the hash says of which bytes. */
    record Kept(String device, long epoch, long recorded, long acknowledged, ChainHash tail) {}

    /** Rows that are still buffered: nothing is lost, but they were not delivered. */
    long undelivered() {
        return recorded - acknowledged - setAside;
    }

    double acknowledgedPerSecond() {
        double seconds = recording.plus(draining).toNanos() / 1e9;
        return seconds == 0 ? 0 : acknowledged / seconds;
    }

    double acknowledgedPerSecondInTime() {
        return recording.isZero() ? 0 : acknowledgedInTime / (recording.toNanos() / 1e9);
    }

    /** Whether everything came as it has to, as far as it was looked at. */
    boolean holds(@Nullable Comparison compared) {
        return connected == plan.devices()
                && undelivered() == 0
                && setAside == 0
                && taken == null
                && (compared == null || compared.holds());
    }

    /** For a person. */
    List<String> lines(@Nullable Comparison compared) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, "connected     %,d of %,d devices in %s", connected, plan.devices(), seconds(connecting)));
        lines.add(String.format(Locale.ROOT, "recorded      %,d rows in %s", recorded, seconds(recording)));
        lines.add(String.format(
                Locale.ROOT,
                "acknowledged  %,d rows: %,.0f a second while recording, the last one %s after it",
                acknowledged,
                acknowledgedPerSecondInTime(),
                seconds(draining)));
        lines.add(String.format(
                Locale.ROOT,
                "latency       p50 %,d ms, p99 %,d ms, at most %,d ms from recording to acknowledgement",
                p50Millis,
                p99Millis,
                maxMillis));
        lines.add(String.format(
                Locale.ROOT,
                "traffic       %,d batches, %,d bytes; sent again %,d times, asked to %,d times, asked to pause %,d times",
                batches,
                batchBytes,
                resends,
                resendsAsked,
                pausesAsked));
        if (connectionsLost + connectionsFailed > 0) {
            lines.add(String.format(
                    Locale.ROOT, "connections   %,d lost, %,d attempts failed", connectionsLost, connectionsFailed));
        }
        for (long millis : reconnectedMillis) {
            lines.add(String.format(
                    Locale.ROOT,
                    "storm         all devices were welcome again after %s",
                    seconds(Duration.ofMillis(millis))));
        }
        lines.add(String.format(Locale.ROOT, "simulator     busy for %.0f %% of the time", 100 * busy));
        if (taken != null) {
            lines.add("names         " + taken);
        }
        if (undelivered() > 0 || setAside > 0) {
            lines.add(String.format(
                    Locale.ROOT,
                    "NOT DELIVERED %,d rows are still buffered, %,d were set aside",
                    undelivered(),
                    setAside));
        }
        if (compared == null) {
            lines.add("database      not compared: name the fleet's data directory with --data to do so");
        } else {
            lines.add(String.format(
                    Locale.ROOT,
                    "database      %,d rows stored of %,d acknowledged: lost %,d, duplicated %,d, altered %,d",
                    compared.stored(),
                    compared.acknowledged(),
                    compared.lost(),
                    compared.duplicated(),
                    compared.altered()));
        }
        return lines;
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toNanos() / 1e9);
    }

    String json(@Nullable Comparison compared) {
        var text = new StringWriter();
        write(text, compared);
        return text.toString();
    }

    /** Writes the JSON document, whole or not at all. */
    void write(Path file, @Nullable Comparison compared) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (var out = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
            write(out, compared);
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private void write(Writer out, @Nullable Comparison compared) {
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeNumberProperty("devices", plan.devices());
            json.writeNumberProperty("active", plan.active());
            json.writeNumberProperty("rate", plan.rate());
            json.writeNumberProperty("backlog", plan.backlog());
            json.writeNumberProperty("seed", plan.seed());
            json.writeNumberProperty("connected", connected);
            json.writeNumberProperty("connectMillis", connecting.toMillis());
            json.writeNumberProperty("recordMillis", recording.toMillis());
            json.writeNumberProperty("drainMillis", draining.toMillis());
            json.writeNumberProperty("recorded", recorded);
            json.writeNumberProperty("acknowledged", acknowledged);
            json.writeNumberProperty("undelivered", undelivered());
            json.writeNumberProperty("setAside", setAside);
            json.writeNumberProperty("perSecondWhileRecording", Math.round(acknowledgedPerSecondInTime()));
            json.writeNumberProperty("perSecond", Math.round(acknowledgedPerSecond()));
            json.writeObjectPropertyStart("recordToAckMillis");
            json.writeNumberProperty("p50", p50Millis);
            json.writeNumberProperty("p99", p99Millis);
            json.writeNumberProperty("max", maxMillis);
            json.writeEndObject();
            json.writeNumberProperty("connectionsLost", connectionsLost);
            json.writeNumberProperty("connectionsFailed", connectionsFailed);
            json.writeArrayPropertyStart("reconnectMillis");
            for (long millis : reconnectedMillis) {
                json.writeNumber(millis);
            }
            json.writeEndArray();
            json.writeNumberProperty("batches", batches);
            json.writeNumberProperty("batchBytes", batchBytes);
            json.writeNumberProperty("resends", resends);
            json.writeNumberProperty("resendsAsked", resendsAsked);
            json.writeNumberProperty("pausesAsked", pausesAsked);
            json.writeNumberProperty("epochsEnded", epochsEnded);
            json.writeNumberProperty("simulatorBusy", Math.round(1_000 * busy) / 1_000.0);
            if (compared != null) {
                json.writeObjectPropertyStart("database");
                json.writeNumberProperty("stored", compared.stored());
                json.writeNumberProperty("lost", compared.lost());
                json.writeNumberProperty("duplicated", compared.duplicated());
                json.writeNumberProperty("altered", compared.altered());
                json.writeEndObject();
            }
            json.writeBooleanProperty("holds", holds(compared));
            json.writeEndObject();
        }
    }
}
