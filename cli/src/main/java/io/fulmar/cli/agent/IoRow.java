package io.fulmar.cli.agent;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.agent.io.simulated.SimulatedPin;
import io.fulmar.config.BoardProfile;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.SensorSettings;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What can be said of one thing that is wired, without touching it.
 *
 * @param place where it is, such as {@code GPIO 27}
 * @param header the place on the header as a person counts it, null for a board that has none
 * @param safe what an output goes to, null for others
 * @param value what a meter would show, null where only its holder knows
 * @param holder the process that holds it, 0 if none does, -1 if nobody knows
 *     <p>Immutable.
 */
record IoRow(
        String name,
        String kind,
        String place,
        @Nullable Integer gpio,
        @Nullable Integer header,
        @Nullable String safe,
        @Nullable String pull,
        @Nullable String value,
        long holder) {

    /** Everything that the configuration names. */
    static List<IoRow> all(DeviceConfig config, Board board) {
        List<IoRow> rows = new ArrayList<>();
        HardwareSettings hardware = config.hardware();
        for (HardwareSettings.Input it : hardware.inputs()) {
            rows.add(row(config, board, it.name(), "input", it.pin(), null, lower(it.pull())));
        }
        for (HardwareSettings.Output it : hardware.outputs()) {
            rows.add(row(config, board, it.name(), "output", it.pin(), lower(it.safe()), lower(it.pull())));
        }
        for (HardwareSettings.Pwm it : hardware.pwms()) {
            rows.add(row(config, board, it.name(), "pwm", it.pin(), share(it.safe()), "none"));
        }
        for (SensorSettings it : hardware.sensors()) {
            rows.add(new IoRow(it.name(), "sensor", Sensors.place(it), null, null, null, null, null, -1));
        }
        return rows;
    }

    private static IoRow row(
            DeviceConfig config, Board board, String name, String kind, int gpio, @Nullable String safe, String pull) {
        SimulatedPin pin = board instanceof SimulatedBoard simulated ? simulated.pin(gpio) : null;
        return new IoRow(
                name,
                kind,
                "GPIO " + gpio,
                gpio,
                header(config, gpio),
                safe,
                pull,
                pin == null ? null : value(pin),
                pin == null ? -1 : pin.holder());
    }

    private static @Nullable Integer header(DeviceConfig config, int gpio) {
        String name = config.device().board();
        return name == null
                ? null
                : BoardProfile.named(name).stream()
                        .flatMap(board -> board.pins().stream())
                        .filter(pin -> pin.gpio() == gpio)
                        .map(BoardProfile.Pin::header)
                        .findFirst()
                        .orElse(null);
    }

    private static String value(SimulatedPin pin) {
        if (pin.holder() != 0 && pin.role() == SimulatedPin.Role.PWM) {
            return share(pin.share());
        }
        return pin.level() == null ? "floating" : pin.level().text();
    }

    /** A share of the time as people write it. */
    static String share(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    String json() {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("name", name);
        values.put("kind", kind);
        values.put("at", place);
        values.put("gpio", gpio);
        values.put("header", header);
        values.put("safe", safe);
        values.put("pull", pull);
        values.put("value", value);
        values.put("holder", holder < 0 ? null : holder);
        return json(values);
    }

    /** One JSON object on one line. */
    static String json(Map<String, ? extends @Nullable Object> values) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            generator.writeStartObject();
            values.forEach((key, value) -> {
                switch (value) {
                    case null -> generator.writeNullProperty(key);
                    case Integer number -> generator.writeNumberProperty(key, number);
                    case Long number -> generator.writeNumberProperty(key, number);
                    case Double number -> generator.writeNumberProperty(key, number);
                    default -> generator.writeStringProperty(key, value.toString());
                }
            });
            generator.writeEndObject();
        }
        return text.toString();
    }
}
