package io.fulmar.fleet.rollout;

import io.fulmar.fleet.query.QueryJson;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Rollouts as JSON, one form for the API and for the command line. Thread-safe. */
public final class RolloutJson {
    private static final int PREVIEWED = 20;

    private RolloutJson() {}

    /** The members of a rollout in short. */
    public static void row(JsonGenerator json, RolloutRow row) {
        json.writeStringProperty("id", row.id());
        json.writeStringProperty("name", row.name());
        json.writeStringProperty("subject", row.subject());
        if (row.release() == null) {
            json.writeNullProperty("release");
        } else {
            json.writeObjectPropertyStart("release");
            json.writeStringProperty("model", row.release().model());
            json.writeStringProperty("version", row.release().version());
            json.writeNumberProperty("number", row.release().release());
            json.writeEndObject();
        }
        json.writeStringProperty("state", row.state().text());
        QueryJson.text(json, "reason", row.reason());
        json.writeNumberProperty("wave", row.wave());
        json.writeNumberProperty("waves", row.waves());
        json.writeStringProperty("created", QueryJson.time(row.createdMillis()));
        json.writeStringProperty("createdBy", row.createdBy());
        json.writeStringProperty("changed", QueryJson.time(row.changedMillis()));
        devices(json, row.devices());
    }

    private static void devices(JsonGenerator json, Map<MemberState, Long> devices) {
        json.writeObjectPropertyStart("devices");
        for (MemberState state : MemberState.values()) {
            json.writeNumberProperty(state.text(), devices.getOrDefault(state, 0L));
        }
        json.writeEndObject();
    }

    /** The members of a rollout with all that is known of it. */
    public static void detail(JsonGenerator json, RolloutDetail detail) {
        row(json, detail.row());
        json.writeStringProperty("now", QueryJson.time(detail.nowMillis()));
        QueryJson.text(json, "waveOpened", detail.row().wave() == 0 ? null : QueryJson.time(detail.openedMillis()));
        QueryJson.text(json, "goodSince", QueryJson.time(detail.goodSinceMillis()));
        json.writeNumberProperty("toldAfterHalt", detail.toldAfterHalt());
        json.writeObjectPropertyStart("plan");
        PlanJson.write(json, detail.plan());
        json.writeEndObject();
        json.writeArrayPropertyStart("waveDetails");
        for (RolloutDetail.WaveRow wave : detail.waves()) {
            json.writeStartObject();
            json.writeNumberProperty("wave", wave.wave());
            json.writeBooleanProperty("open", wave.wave() <= detail.row().wave());
            json.writeNumberProperty("total", wave.total());
            devices(json, wave.devices());
            json.writeArrayPropertyStart("gates");
            wave.gates().forEach(gate -> gate(json, gate));
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("events");
        detail.events().forEach(event -> event(json, event));
        json.writeEndArray();
    }

    private static void gate(JsonGenerator json, GateValue gate) {
        json.writeStartObject();
        json.writeStringProperty("name", gate.name());
        if (gate.value() == null) {
            json.writeNullProperty("value");
        } else {
            json.writeNumberProperty("value", gate.value());
        }
        json.writeNumberProperty(gate.atLeast() ? "least" : "most", gate.limit());
        json.writeBooleanProperty("judged", gate.judged());
        json.writeStringProperty("result", gate.result());
        json.writeEndObject();
    }

    private static void event(JsonGenerator json, RolloutDetail.EventRow event) {
        json.writeStartObject();
        json.writeNumberProperty("revision", event.revision());
        json.writeStringProperty("at", QueryJson.time(event.atMillis()));
        json.writeStringProperty("who", event.who());
        json.writeStringProperty("state", event.state().text());
        json.writeNumberProperty("wave", event.wave());
        json.writeNumberProperty("told", event.told());
        json.writeNumberProperty("takenBack", event.takenBack());
        QueryJson.text(json, "reason", event.reason());
        json.writeEndObject();
    }

    /** The members of a device in a rollout. */
    public static void member(JsonGenerator json, Member member) {
        json.writeStringProperty("device", member.device());
        json.writeNumberProperty("wave", member.wave() + 1);
        json.writeStringProperty("state", member.state().text());
        json.writeBooleanProperty("shadow", member.shadow());
        json.writeNumberProperty("version", member.version());
        json.writeStringProperty("since", QueryJson.time(member.sinceMillis()));
        QueryJson.text(json, "reason", member.reason());
    }

    /** The members of a rollout that a device is or was part of. */
    public static void ofDevice(JsonGenerator json, DeviceRollout rollout) {
        json.writeStringProperty("id", rollout.id());
        json.writeStringProperty("name", rollout.name());
        json.writeStringProperty("subject", rollout.subject());
        json.writeStringProperty("state", rollout.state().text());
        json.writeObjectPropertyStart("device");
        member(json, rollout.member());
        json.writeEndObject();
    }

    /** The members of who would be told. */
    public static void preview(JsonGenerator json, Rollouts.Preview preview) {
        json.writeNumberProperty("devices", preview.devices().size());
        json.writeArrayPropertyStart("waves");
        for (int wave = 0; wave < preview.plan().waves().size(); wave++) {
            json.writeStartObject();
            json.writeNumberProperty("wave", wave + 1);
            json.writeNumberProperty("total", preview.wave(wave).size());
            json.writeArrayPropertyStart("first");
            preview.wave(wave).stream().limit(PREVIEWED).forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectPropertyStart("plan");
        PlanJson.write(json, preview.plan());
        json.writeEndObject();
    }
}
