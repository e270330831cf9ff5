package io.fulmar.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the tables of one pipeline into records. Immutable. */
final class PipelineBinder {
    private static final List<String> SOURCES =
            List.of("simulated", "system", "replay", "sensor", "folder", "exec", "serial", "mqtt", "push");
    private static final List<String> POLICIES = List.of("all", "changes", "every");
    private static final double MAX_RATE = 100_000;
    private static final double MIN_RATE = 1e-6;
    private static final double MAX_SYSTEM_RATE = 50;
    private static final double PLAIN_SEVERITY = 0.7;

    private PipelineBinder() {}

    static PipelineSettings pipeline(
            TableReader table,
            String name,
            @Nullable ModelSettings model,
            @Nullable List<String> labels,
            HardwareSettings hardware,
            BrokerBinder brokers,
            ActBinder acts) {
        SourceSettings source = source(table.table("source"), name, hardware, brokers);
        List<PreprocessSettings> preprocess = PreprocessBinder.steps(table);
        List<PostprocessSettings> postprocess = PostprocessBinder.steps(table, model);
        List<ActSettings> act = new ArrayList<>();
        for (TableReader step : table.tables("act", Limits.STEPS)) {
            ActSettings settings = acts.act(step, name, labels);
            if (settings != null) {
                act.add(settings);
            }
        }
        boolean own = table.has("postprocess");
        RecordSettings record = record(table.table("record"), own ? postprocess : null, labels);
        Duration deadline = table.optionalDuration("deadline", Duration.ofMillis(1), Duration.ofHours(1));
        PipelineSettings.Priority priority =
                table.choice("priority", PipelineSettings.Priority.NORMAL, PipelineSettings.Priority.class);
        DriftSettings drift = drift(table.table("drift"));
        SamplesSettings samples = samples(table.table("samples"));
        table.done();
        return new PipelineSettings(
                name,
                model == null ? "" : model.name(),
                source,
                table.has("preprocess") ? preprocess : null,
                own ? postprocess : null,
                act,
                record,
                deadline,
                priority,
                drift,
                samples);
    }

    private static DriftSettings drift(TableReader table) {
        DriftSettings usual = DriftSettings.USUAL;
        DriftSettings drift = new DriftSettings(
                table.flag("enabled", usual.enabled()),
                table.choice("reference", usual.reference(), DriftSettings.Reference.class),
                table.integer("window", usual.window(), 100, 1_000_000),
                table.integer("learn", usual.learn(), 100, Limits.LEARNED),
                table.number("psi", usual.psi(), 0.01, 100),
                table.number("ks", usual.ks(), 0.01, 1),
                table.duration("report", usual.report(), Duration.ofMinutes(1), Duration.ofDays(7)));
        table.done();
        return drift;
    }

    private static SamplesSettings samples(TableReader table) {
        SamplesSettings none = SamplesSettings.NONE;
        SamplesSettings samples = new SamplesSettings(
                table.number("confidence", none.confidence(), 0, 1),
                table.flag("disagreement", none.disagreement()),
                table.number("random", none.random(), 0, 1),
                table.flag("drift", none.drift()),
                table.integer("per_hour", none.perHour(), 1, 3_600_000));
        table.done();
        return samples;
    }

    private static SourceSettings sensor(TableReader table, HardwareSettings hardware) {
        List<String> names =
                hardware.sensors().stream().map(SensorSettings::name).toList();
        String name = table.text("sensor");
        SensorSettings sensor = hardware.sensor(name).orElse(null);
        if (sensor == null && !name.isEmpty()) {
            table.problem(
                    "sensor",
                    "there is no [[hardware.sensor]] named \"" + name + "\"; defined: "
                            + (names.isEmpty() ? "none" : String.join(", ", names)),
                    Nearest.to(name, names));
        }
        int channels = sensor == null ? 1 : sensor.channels();
        int window = table.integer("window", 1, 1, Limits.FRAME_VALUES / channels);
        Duration stale = table.duration("stale", Duration.ofSeconds(5), Duration.ofMillis(100), Duration.ofDays(1));
        table.done();
        return new SourceSettings.Sensor(sensor == null ? 1 : sensor.rate() / window, name, window, stale);
    }

    private static SourceSettings source(
            TableReader table, String pipeline, HardwareSettings hardware, BrokerBinder brokers) {
        String type = table.oneOf("type", SOURCES);
        return switch (type) {
            case "simulated" -> simulated(table.as(type));
            case "system" -> system(table.as(type));
            case "replay" -> replay(table.as(type));
            case "sensor" -> sensor(table.as(type), hardware);
            case "folder" -> SourceBinder.folder(table.as(type));
            case "exec" -> SourceBinder.exec(table.as(type));
            case "serial" -> SourceBinder.serial(table.as(type));
            case "mqtt" -> SourceBinder.messages(table.as(type), pipeline, brokers);
            case "push" -> SourceBinder.push(table.as(type));
            case null, default -> new SourceSettings.HostSystem(1, List.of());
        };
    }

    private static SourceSettings simulated(TableReader table) {
        double rate = rate(table, 10);
        SourceSettings.Pace pace = pace(table);
        long seed = table.integer("seed", 1, -Long.MAX_VALUE, Long.MAX_VALUE);
        int window = table.integer("window", 256, 1, Limits.FRAME_VALUES);
        List<SourceSettings.Phase> schedule = new ArrayList<>();
        for (TableReader phase : table.tables("schedule", Limits.PHASES)) {
            schedule.add(phase(phase));
        }
        table.done();
        return new SourceSettings.Simulated(rate, pace, seed, window, schedule);
    }

    private static SourceSettings.Phase phase(TableReader table) {
        SourceSettings.Condition condition = table.choice("condition", SourceSettings.Condition.class);
        double plain = condition == SourceSettings.Condition.NORMAL ? 0 : PLAIN_SEVERITY;
        if (condition == SourceSettings.Condition.NORMAL && table.has("severity")) {
            table.problem("severity", "belongs to a fault, not to a normal machine");
        }
        double severity = table.number("severity", plain, 0, 1);
        Duration lasts = table.duration("lasts", Duration.ofMillis(1), Duration.ofDays(365));
        table.done();
        return new SourceSettings.Phase(condition, severity, lasts);
    }

    private static SourceSettings system(TableReader table) {
        double rate = table.number("rate", 1, MIN_RATE, MAX_SYSTEM_RATE);
        List<SourceSettings.Reading> readings = List.of(SourceSettings.Reading.values());
        List<SourceSettings.Reading> chosen = table.choices("readings", SourceSettings.Reading.class);
        if (table.has("readings")) {
            readings = chosen;
            if (chosen.isEmpty()) {
                table.problem("readings", "names no reading");
            } else if (new HashSet<>(chosen).size() < chosen.size()) {
                table.problem("readings", "names a reading twice");
            }
        }
        table.done();
        return new SourceSettings.HostSystem(rate, readings);
    }

    private static SourceSettings replay(TableReader table) {
        double rate = rate(table, 10);
        SourceSettings.Pace pace = pace(table);
        var path = Binder.existing(table, "path");
        SourceSettings.Format format = table.choice("format", SourceSettings.Format.CSV, SourceSettings.Format.class);
        String match = SourceBinder.match(
                table,
                switch (format) {
                    case CSV -> "*.csv";
                    case JSONL -> "*.jsonl";
                    case TENSOR -> "*.bin";
                    case FILE -> "*";
                });
        SourceSettings.Numbers numbers =
                new SourceSettings.Numbers(0, SourceBinder.values(table, format == SourceSettings.Format.JSONL));
        boolean loop = table.flag("loop", false);
        table.done();
        return new SourceSettings.Replay(rate, pace, path, match, format, numbers, loop);
    }

    private static double rate(TableReader table, double fallback) {
        return table.number("rate", fallback, MIN_RATE, MAX_RATE);
    }

    private static SourceSettings.Pace pace(TableReader table) {
        return table.choice("pace", SourceSettings.Pace.REALTIME, SourceSettings.Pace.class);
    }

    private static RecordSettings record(
            TableReader table, @Nullable List<PostprocessSettings> postprocess, @Nullable List<String> labels) {
        String name = table.oneOf("policy", POLICIES, "all");
        int n = table.integer("n", 10, 1, 1_000_000_000);
        RecordSettings.Policy policy = switch (name) {
            case "every" -> new RecordSettings.Every(n);
            case "changes" -> new RecordSettings.Changes();
            default -> new RecordSettings.All();
        };
        if (table.has("n") && !(policy instanceof RecordSettings.Every)) {
            table.problem("n", "belongs to policy \"every\"");
        }
        List<String> alarmLabels = table.texts("alarm_labels");
        alarmLabels(table, alarmLabels, postprocess, labels);
        table.done();
        return new RecordSettings(policy, Set.copyOf(alarmLabels));
    }

    private static void alarmLabels(
            TableReader table,
            List<String> alarmLabels,
            @Nullable List<PostprocessSettings> postprocess,
            @Nullable List<String> labels) {
        Set<String> possible = new LinkedHashSet<>();
        boolean known = postprocess != null; // else a release of the model may bring the steps
        for (PostprocessSettings step : postprocess == null ? List.<PostprocessSettings>of() : postprocess) {
            switch (step) {
                case PostprocessSettings.Threshold threshold -> possible.add(threshold.otherwise());
                case PostprocessSettings.Label label -> {
                    known = labels != null;
                    possible.addAll(labels == null ? List.of() : labels);
                }
                case PostprocessSettings.Anomaly _ -> {
                    possible.add("normal");
                    possible.add("anomaly");
                }
                case PostprocessSettings.Boxes boxes -> {
                    known = labels != null || !boxes.only().isEmpty();
                    possible.addAll(boxes.only().isEmpty() && labels != null ? labels : boxes.only());
                    possible.add(boxes.otherwise());
                }
                case PostprocessSettings.Keypoints keypoints -> {
                    possible.add(keypoints.label());
                    possible.add(keypoints.otherwise());
                }
                case PostprocessSettings.Regression regression -> possible.addAll(regression.labels());
                case PostprocessSettings.Output _,
                        PostprocessSettings.Sigmoid _,
                        PostprocessSettings.Segments _,
                        PostprocessSettings.Softmax _,
                        PostprocessSettings.TopK _,
                        PostprocessSettings.Debounce _ -> {}
            }
        }
        if (new HashSet<>(alarmLabels).size() < alarmLabels.size()) {
            table.problem("alarm_labels", "names a label twice");
        }
        for (String label : alarmLabels) {
            if (known && possible.isEmpty()) {
                table.problem("alarm_labels", "needs a postprocess step of type \"label\", which gives the names");
                return;
            }
            if (known && !possible.contains(label)) {
                table.problem(
                        "alarm_labels",
                        "\"" + label + "\" is not a label of this pipeline",
                        Nearest.to(label, possible));
            }
        }
    }
}
