package io.fulmar.cli.demo;

import io.fulmar.sync.wire.ModelRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a run of the demo proved, for a person and as JSON. Immutable.
 *
 * @param devices how many devices ran
 * @param duration how long they were running
 * @param bytesOnWire what the devices sent, MQTT's own bytes included
 * @param dtypes the input type of each model, by its digest
 * @param updates what became of each release on each device
 * @param updatesDue how many of them there must be
 * @param rollouts what became of each rollout: one that must be done, one that must be halted
 */
record DemoReport(
        int devices,
        Duration duration,
        Proof.Verdict verdict,
        long bytesOnWire,
        Map<String, String> dtypes,
        List<DemoUpdates.Outcome> updates,
        int updatesDue,
        List<DemoRollouts.Outcome> rollouts) {
    private static final int ROLLOUTS_DUE = 2;

    DemoReport {
        dtypes = Map.copyOf(dtypes);
        updates = List.copyOf(updates);
        rollouts = List.copyOf(rollouts);
    }

    /** Whether nothing was lost, and every release ended on every device as it had to. */
    boolean holds() {
        return verdict.holds() && updatesHold() && rolloutsHold();
    }

    boolean updatesHold() {
        return updates.size() == updatesDue && updates.stream().allMatch(DemoUpdates.Outcome::asItMust);
    }

    boolean rolloutsHold() {
        return rollouts.size() == ROLLOUTS_DUE && rollouts.stream().allMatch(DemoRollouts.Outcome::asItMust);
    }

    double bytesPerPrediction() {
        return verdict.delivered() == 0 ? 0 : Math.round(10.0 * bytesOnWire / verdict.delivered()) / 10.0;
    }

    /** Writes the JSON document, whole or not at all. */
    void write(Path file) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (var out = Files.newBufferedWriter(part, StandardCharsets.UTF_8);
                JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeNumberProperty("devices", devices);
            json.writeNumberProperty("durationSeconds", duration.toSeconds());
            json.writeNumberProperty("recorded", verdict.recorded());
            json.writeNumberProperty("delivered", verdict.delivered());
            json.writeNumberProperty("lost", verdict.lost());
            json.writeNumberProperty("duplicated", verdict.duplicated());
            json.writeNumberProperty("altered", verdict.altered());
            json.writeNumberProperty("buffered", verdict.buffered());
            json.writeNumberProperty("gaps", verdict.gaps());
            percentiles(json, "inferenceMicros", verdict.inferenceMicros());
            percentiles(json, "recordToAckMillis", verdict.recordToAckMillis());
            json.writeNumberProperty("bytesPerPrediction", bytesPerPrediction());
            json.writeArrayPropertyStart("models");
            for (ModelRef model : verdict.models()) {
                json.writeStartObject();
                json.writeStringProperty("name", model.name());
                json.writeStringProperty("version", model.version());
                json.writeStringProperty("dtype", dtypes.getOrDefault(model.sha256(), "unknown"));
                json.writeStringProperty("sha256", model.sha256());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("updates");
            for (DemoUpdates.Outcome update : updates) {
                json.writeStartObject();
                json.writeStringProperty("device", update.device());
                json.writeStringProperty("model", update.model());
                json.writeStringProperty("version", update.version());
                json.writeStringProperty("result", update.result().name());
                json.writeStringProperty("reason", update.reason());
                json.writeNumberProperty("swapMillis", update.swapMillis());
                json.writeNumberProperty("framesDropped", update.framesDropped());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("rollouts");
            rollouts.forEach(rollout -> write(json, rollout));
            json.writeEndArray();
            json.writeEndObject();
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(JsonGenerator json, DemoRollouts.Outcome rollout) {
        json.writeStartObject();
        json.writeStringProperty("name", rollout.name());
        json.writeStringProperty("state", rollout.state());
        json.writeStringProperty("stoppedBy", rollout.stoppedBy());
        json.writeArrayPropertyStart("waves");
        for (DemoRollouts.Wave wave : rollout.waves()) {
            json.writeStartObject();
            json.writeNumberProperty("devices", wave.devices());
            json.writeNumberProperty("active", wave.active());
            json.writeNumberProperty("failed", wave.failed());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberProperty("assignedAfterHalt", rollout.assignedAfterHalt());
        json.writeEndObject();
    }

    private static void percentiles(JsonGenerator json, String name, Proof.Percentiles values) {
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("p50", values.p50());
        json.writeNumberProperty("p99", values.p99());
        json.writeEndObject();
    }
}
