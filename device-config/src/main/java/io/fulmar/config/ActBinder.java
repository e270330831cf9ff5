package io.fulmar.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns {@code [[pipeline.act]]} into records; an output is moved by one of them alone. Owned by the one load that builds it. */
final class ActBinder {
    private static final List<String> ACTS = List.of("log", "output", "pwm");

    private final HardwareSettings hardware;
    private final Map<String, String> moved = new HashMap<>();

    ActBinder(HardwareSettings hardware) {
        this.hardware = hardware;
    }

    /** @param labels those that the model can give, null if they are not known */
    @Nullable
    ActSettings act(TableReader table, String pipeline, @Nullable List<String> labels) {
        String type = table.oneOf("type", ACTS);
        return switch (type) {
            case "log" -> log(table.as(type));
            case "output" -> output(table.as(type), pipeline, labels);
            case "pwm" -> pwm(table.as(type), pipeline, labels);
            case null, default -> null;
        };
    }

    private static ActSettings log(TableReader table) {
        ActSettings.When when = table.choice("when", ActSettings.When.CHANGE, ActSettings.When.class);
        Log.Level level = table.choice("level", Log.Level.INFO, Log.Level.class);
        table.done();
        return new ActSettings.LogLine(when, level);
    }

    private ActSettings output(TableReader table, String pipeline, @Nullable List<String> labels) {
        List<String> defined =
                hardware.outputs().stream().map(HardwareSettings.Output::name).toList();
        String name = taken(table, "output", defined, pipeline);
        ActSettings.Wanted wanted = wanted(table, labels);
        boolean high = table.oneOf("on", List.of("high", "low"), "high").equals("high");
        table.done();
        return new ActSettings.Output(name, wanted, high);
    }

    private ActSettings pwm(TableReader table, String pipeline, @Nullable List<String> labels) {
        List<String> defined =
                hardware.pwms().stream().map(HardwareSettings.Pwm::name).toList();
        String name = taken(table, "pwm", defined, pipeline);
        ActSettings.Wanted wanted = wanted(table, labels);
        double on = table.number("on", 1, 0, 1);
        double off = table.number("off", 0, 0, 1);
        table.done();
        return new ActSettings.Pwm(name, wanted, on, off);
    }

    private String taken(TableReader table, String key, List<String> defined, String pipeline) {
        String name = table.text(key);
        if (name.isEmpty()) {
            return name;
        }
        if (!defined.contains(name)) {
            table.problem(
                    key,
                    "there is no [[hardware." + key + "]] named \"" + name + "\"; defined: "
                            + (defined.isEmpty() ? "none" : String.join(", ", defined)),
                    Nearest.to(name, defined));
        }
        String other = moved.putIfAbsent(name, pipeline);
        if (other != null) {
            table.problem(key, "\"" + name + "\" is moved by pipeline " + other + " already");
        }
        return name;
    }

    private static ActSettings.Wanted wanted(TableReader table, @Nullable List<String> labels) {
        List<String> named = table.texts("labels");
        if (table.has("labels") && named.isEmpty()) {
            table.problem("labels", "names no label");
        }
        for (String label : named) {
            if (labels != null && !labels.contains(label)) {
                table.problem(
                        "labels",
                        "\"" + label + "\" is not a label of this pipeline's model",
                        Nearest.to(label, labels));
            }
        }
        return new ActSettings.Wanted(named);
    }
}
