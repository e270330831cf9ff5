package io.fulmar.fleet.rollout;

import io.fulmar.fleet.registry.LabelExpression;
import io.fulmar.fleet.registry.LabelSyntaxException;
import io.fulmar.fleet.rollout.Plan.Change;
import io.fulmar.fleet.rollout.Plan.Configuration;
import io.fulmar.fleet.rollout.Plan.Count;
import io.fulmar.fleet.rollout.Plan.Errors;
import io.fulmar.fleet.rollout.Plan.Gates;
import io.fulmar.fleet.rollout.Plan.Percent;
import io.fulmar.fleet.rollout.Plan.Release;
import io.fulmar.fleet.rollout.Plan.Size;
import io.fulmar.fleet.rollout.Plan.Wave;
import io.fulmar.fleet.rollout.Plan.Window;
import io.fulmar.model.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * A plan as JSON that a person can write by hand; read strictly, so that a misspelt limit is not an absent one. Thread-safe.
 */
public final class PlanJson {
    /** Bytes of a plan. */
    public static final int BYTES = 128 << 10;

    /** Waves of a plan. */
    public static final int WAVES = 20;

    private static final int LIST = 64;
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Duration LONGEST_SHADOW = Duration.ofMillis(io.fulmar.sync.wire.Limits.SHADOW_MILLIS);
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final Json JSON = new Json(BYTES, LIST, PlanException::new);

    private PlanJson() {}

    /** Finds out what release is meant where a plan names a model, and perhaps a version, a number or a manifest. */
    public interface Releases {
        /** A {@link PlanException} says why there is none. */
        Release find(String model, @Nullable String version, @Nullable Long release, @Nullable String manifest);
    }

    /** The plan in those bytes; a {@link PlanException} says what is wrong with it, and where. */
    public static Plan read(byte[] bytes, Releases releases) {
        return read(JSON.read("the plan", bytes, BYTES), releases);
    }

    /** A plan that was stored: what it names is settled. */
    static Plan stored(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8), (model, version, number, manifest) -> {
            if (version == null || number == null || manifest == null) {
                throw new PlanException("a stored plan whose release is not settled");
            }
            return new Release(model, version, number, manifest);
        });
    }

    private static Plan read(Map<String, Object> json, Releases releases) {
        String what = "the plan";
        JSON.requireOnly(
                what,
                json,
                Set.of(
                        "name",
                        "release",
                        "config",
                        "target",
                        "follow",
                        "waves",
                        "window",
                        "gates",
                        "offline",
                        "shadow",
                        "lifetime"));
        String name = JSON.text(what, json, "name");
        if (name.isBlank() || name.length() > 128 || !Json.oneLine(name).equals(name)) {
            throw new PlanException("the plan: 'name' is one line of 1 to 128 characters");
        }
        Change change = change(json, releases);
        List<Wave> waves = new ArrayList<>();
        for (Map<String, Object> wave : JSON.objects(what, json, "waves")) {
            waves.add(wave(wave, "wave " + (waves.size() + 1)));
        }
        requireWaves(waves);
        var gates = json.containsKey("gates") ? gates(JSON.object(what, json, "gates")) : Gates.NONE;
        Duration shadow = json.containsKey("shadow") ? duration(what, json, "shadow", LONGEST_SHADOW) : Duration.ZERO;
        if (change instanceof Configuration && (!gates.isNone() || !shadow.isZero())) {
            throw new PlanException("the plan: 'gates' and 'shadow' are for releases, a configuration has none");
        }
        if (gates.agreement() != null && shadow.isZero()) {
            throw new PlanException("the plan: the gate 'agreement' needs 'shadow', as it is measured there");
        }
        return new Plan(
                name,
                change,
                target(JSON.text(what, json, "target")),
                json.containsKey("follow") && JSON.flag(what, json, "follow"),
                waves,
                json.containsKey("window") ? window(JSON.object(what, json, "window")) : null,
                gates,
                json.containsKey("offline") ? percent(what, json, "offline", 0) : 50,
                shadow,
                json.containsKey("lifetime") ? duration(what, json, "lifetime", LONGEST) : Duration.ofDays(30));
    }

    private static LabelExpression target(String text) {
        try {
            return LabelExpression.parse(text);
        } catch (LabelSyntaxException e) {
            throw new PlanException("the plan: 'target', " + e.getMessage() + "\n" + e.marked(), e);
        }
    }

    private static Change change(Map<String, Object> json, Releases releases) {
        if (json.containsKey("release") == json.containsKey("config")) {
            throw new PlanException("the plan: either 'release' or 'config', and not both");
        }
        if (json.containsKey("config")) {
            Map<String, Object> config = JSON.object("the plan", json, "config");
            JSON.requireOnly("'config'", config, Set.of("toml"));
            return new Configuration(JSON.text("'config'", config, "toml"));
        }
        String what = "'release'";
        Map<String, Object> release = JSON.object("the plan", json, "release");
        JSON.requireOnly(what, release, Set.of("model", "version", "number", "manifest"));
        String manifest = release.containsKey("manifest") ? JSON.text(what, release, "manifest") : null;
        if (manifest != null && !DIGEST.matcher(manifest).matches()) {
            throw new PlanException("'release': 'manifest' is 64 hex digits");
        }
        return releases.find(
                JSON.text(what, release, "model"),
                release.containsKey("version") ? JSON.text(what, release, "version") : null,
                release.containsKey("number") ? JSON.whole(what, release, "number", 1, Long.MAX_VALUE) : null,
                manifest);
    }

    private static Wave wave(Map<String, Object> json, String what) {
        JSON.requireOnly(what, json, Set.of("devices", "percent", "success", "errors", "soak", "deadline", "approval"));
        if (json.containsKey("devices") == json.containsKey("percent")) {
            throw new PlanException(what + ": either 'devices' or 'percent', and not both");
        }
        Size size = json.containsKey("devices")
                ? new Count(Math.toIntExact(JSON.whole(what, json, "devices", 1, Integer.MAX_VALUE)))
                : new Percent(percent(what, json, "percent", Double.MIN_VALUE));
        return new Wave(
                size,
                json.containsKey("success") ? percent(what, json, "success", Double.MIN_VALUE) : 100,
                json.containsKey("errors") ? errors(JSON.object(what, json, "errors"), what) : new Errors(0, 0, 0),
                json.containsKey("soak") ? duration(what, json, "soak", LONGEST) : Duration.ZERO,
                json.containsKey("deadline") ? duration(what, json, "deadline", LONGEST) : Duration.ofHours(1),
                json.containsKey("approval") && JSON.flag(what, json, "approval"));
    }

    private static Errors errors(Map<String, Object> json, String wave) {
        String what = wave + ", 'errors'";
        JSON.requireOnly(what, json, Set.of("count", "percent", "minimum"));
        if (!json.containsKey("count") && !json.containsKey("percent")) {
            throw new PlanException(what + ": 'count' or 'percent', or both");
        }
        return new Errors(
                json.containsKey("count") ? Math.toIntExact(JSON.whole(what, json, "count", 1, Integer.MAX_VALUE)) : 0,
                json.containsKey("percent") ? percent(what, json, "percent", Double.MIN_VALUE) : 0,
                json.containsKey("minimum")
                        ? Math.toIntExact(JSON.whole(what, json, "minimum", 1, Integer.MAX_VALUE))
                        : 1);
    }

    private static void requireWaves(List<Wave> waves) {
        if (waves.isEmpty() || waves.size() > WAVES) {
            throw new PlanException("the plan: 1 to " + WAVES + " 'waves'");
        }
        if (!(waves.getLast().size() instanceof Percent(double percent)) || percent < 100) {
            throw new PlanException(
                    "the plan: the last wave must be percent = 100, since a wave names how many devices there are up to it");
        }
        for (int i = 1; i < waves.size(); i++) {
            boolean smaller = switch (waves.get(i - 1).size()) {
                case Percent(double before) -> waves.get(i).size() instanceof Percent(double now) && now <= before;
                case Count(int before) -> waves.get(i).size() instanceof Count(int now) && now <= before;
            };
            if (smaller) {
                throw new PlanException("wave " + (i + 1)
                        + " is not larger than the one before, although it includes it: 'devices' and 'percent' say how many"
                        + " there are up to this wave");
            }
        }
    }

    private static Window window(Map<String, Object> json) {
        String what = "'window'";
        JSON.requireOnly(what, json, Set.of("from", "to", "zone", "days"));
        try {
            LocalTime from = LocalTime.parse(JSON.text(what, json, "from"));
            LocalTime to = LocalTime.parse(JSON.text(what, json, "to"));
            if (from.equals(to)) {
                throw new PlanException("'window': 'from' and 'to' are the same");
            }
            Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
            if (json.containsKey("days")) {
                JSON.texts(what, json, "days").forEach(day -> days.add(day(day)));
                if (days.isEmpty()) {
                    throw new PlanException("'window': 'days' names none; without it every day is one");
                }
            } else {
                days.addAll(EnumSet.allOf(DayOfWeek.class));
            }
            return new Window(from, to, ZoneId.of(JSON.text(what, json, "zone")), days);
        } catch (DateTimeException e) {
            throw new PlanException(
                    "'window': times are like 22:00, and a zone like Europe/Berlin or UTC: "
                            + Json.oneLine(e.getMessage()),
                    e);
        }
    }

    private static DayOfWeek day(String text) {
        int index = DAYS.indexOf(text);
        if (index < 0) {
            throw new PlanException("'window': a day is one of " + String.join(", ", DAYS));
        }
        return DayOfWeek.of(index + 1);
    }

    private static Gates gates(Map<String, Object> json) {
        String what = "'gates'";
        JSON.requireOnly(
                what,
                json,
                Set.of(
                        "p95Millis",
                        "p95Ratio",
                        "crashes",
                        "agreement",
                        "labelShift",
                        "confidenceShift",
                        "minimumPredictions"));
        return new Gates(
                limit(what, json, "p95Millis", 1e9),
                limit(what, json, "p95Ratio", 1e6),
                json.containsKey("crashes")
                        ? Math.toIntExact(JSON.whole(what, json, "crashes", 0, Integer.MAX_VALUE))
                        : null,
                limit(what, json, "agreement", 1),
                limit(what, json, "labelShift", 1e3),
                limit(what, json, "confidenceShift", 1e3),
                json.containsKey("minimumPredictions")
                        ? JSON.whole(what, json, "minimumPredictions", 0, Long.MAX_VALUE)
                        : 0);
    }

    private static @Nullable Double limit(String what, Map<String, Object> json, String name, double most) {
        if (!json.containsKey(name)) {
            return null;
        }
        double value = JSON.number(what, json, name);
        if (!(value > 0 && value <= most)) {
            throw new PlanException(what + ": '" + name + "' is more than 0 and at most " + (long) most);
        }
        return value;
    }

    private static double percent(String what, Map<String, Object> json, String name, double least) {
        double value = JSON.number(what, json, name);
        if (!(value >= least && value <= 100)) {
            throw new PlanException(
                    what + ": '" + name + "' is " + (least > 0 ? "more than 0" : "0") + " to 100 (of 100)");
        }
        return value;
    }

    private static Duration duration(String what, Map<String, Object> json, String name, Duration most) {
        String text = JSON.text(what, json, name);
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new PlanException(what + ": '" + name + "' is a duration such as 500ms, 40s, 2m, 1h or 7d");
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
        if (duration.compareTo(most) > 0) {
            throw new PlanException(what + ": '" + name + "' is at most " + most.toDays() + "d");
        }
        return duration;
    }

    /** The plan as it is stored and shown; what it names is settled. */
    public static byte[] write(Plan plan) {
        return Json.write(json -> write(json, plan));
    }

    /** The properties of a plan, into an object that has begun. */
    public static void write(JsonGenerator json, Plan plan) {
        json.writeStringProperty("name", plan.name());
        switch (plan.change()) {
            case Release release -> {
                json.writeObjectPropertyStart("release");
                json.writeStringProperty("model", release.model());
                json.writeStringProperty("version", release.version());
                json.writeNumberProperty("number", release.release());
                json.writeStringProperty("manifest", release.manifest());
                json.writeEndObject();
            }
            case Configuration(String toml) -> {
                json.writeObjectPropertyStart("config");
                json.writeStringProperty("toml", toml);
                json.writeEndObject();
            }
        }
        json.writeStringProperty("target", plan.target().toString());
        json.writeBooleanProperty("follow", plan.follow());
        json.writeArrayPropertyStart("waves");
        plan.waves().forEach(wave -> write(json, wave));
        json.writeEndArray();
        if (plan.window() != null) {
            write(json, plan.window());
        }
        if (!plan.gates().isNone()) {
            write(json, plan.gates());
        }
        json.writeNumberProperty("offline", plan.offline());
        if (!plan.shadow().isZero()) {
            json.writeStringProperty("shadow", text(plan.shadow()));
        }
        json.writeStringProperty("lifetime", text(plan.lifetime()));
    }

    private static void write(JsonGenerator json, Wave wave) {
        json.writeStartObject();
        switch (wave.size()) {
            case Count(int devices) -> json.writeNumberProperty("devices", devices);
            case Percent(double percent) -> json.writeNumberProperty("percent", percent);
        }
        json.writeNumberProperty("success", wave.success());
        Errors errors = wave.errors();
        if (errors.count() > 0 || errors.percent() > 0) {
            json.writeObjectPropertyStart("errors");
            if (errors.count() > 0) {
                json.writeNumberProperty("count", errors.count());
            }
            if (errors.percent() > 0) {
                json.writeNumberProperty("percent", errors.percent());
            }
            json.writeNumberProperty("minimum", errors.minimum());
            json.writeEndObject();
        }
        json.writeStringProperty("soak", text(wave.soak()));
        json.writeStringProperty("deadline", text(wave.deadline()));
        json.writeBooleanProperty("approval", wave.approval());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Window window) {
        json.writeObjectPropertyStart("window");
        json.writeStringProperty("from", window.from().toString());
        json.writeStringProperty("to", window.to().toString());
        json.writeStringProperty("zone", window.zone().getId());
        json.writeArrayPropertyStart("days");
        window.days().stream().sorted().forEach(day -> json.writeString(DAYS.get(day.getValue() - 1)));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Gates gates) {
        json.writeObjectPropertyStart("gates");
        write(json, "p95Millis", gates.p95Millis());
        write(json, "p95Ratio", gates.p95Ratio());
        if (gates.crashes() != null) {
            json.writeNumberProperty("crashes", gates.crashes());
        }
        write(json, "agreement", gates.agreement());
        write(json, "labelShift", gates.labelShift());
        write(json, "confidenceShift", gates.confidenceShift());
        json.writeNumberProperty("minimumPredictions", gates.minimumPredictions());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String name, @Nullable Double value) {
        if (value != null) {
            json.writeNumberProperty(name, value);
        }
    }

    /** A duration as a person writes it. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        for (var unit : List.of(
                Map.entry("d", 86_400_000L),
                Map.entry("h", 3_600_000L),
                Map.entry("m", 60_000L),
                Map.entry("s", 1_000L))) {
            if (millis > 0 && millis % unit.getValue() == 0) {
                return millis / unit.getValue() + unit.getKey();
            }
        }
        return millis + (millis == 0 ? "s" : "ms");
    }
}
