package io.fulmar.sync.wire;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Control messages as JSON that a person can read with {@code mosquitto_sub}. Thread-safe. */
final class ControlCodec {
    private ControlCodec() {}

    static byte[] encode(Hello hello) {
        return Json.write(json -> {
            json.writeStringProperty("agent", hello.agentVersion());
            json.writeNumberProperty("boot", hello.boot());
            json.writeNumberProperty("now", hello.wallMillis());
            json.writeNumberProperty("freeBytes", hello.freeBytes());
            texts(json, "capabilities", hello.capabilities());
            if (!hello.groups().isEmpty()) {
                texts(json, "groups", hello.groups());
            }
            json.writeArrayPropertyStart("streams");
            for (StreamPosition position : hello.streams()) {
                json.writeStartObject();
                json.writeStringProperty("stream", position.stream().topicName());
                json.writeStringProperty("epoch", Epochs.text(position.epoch()));
                json.writeNumberProperty("next", position.next());
                json.writeStringProperty("hash", position.tailHash().text());
                json.writeNumberProperty("firstBuffered", position.firstBuffered());
                json.writeEndObject();
            }
            json.writeEndArray();
            if (!hello.session().isEmpty()) {
                json.writeStringProperty("session", hello.session());
            }
        });
    }

    static Hello decodeHello(JsonObject json) {
        return new Hello(
                json.text("agent"),
                json.smallCount("boot"),
                json.number("now"),
                json.count("freeBytes"),
                json.texts("capabilities"),
                groups(json),
                json.objects(
                        "streams",
                        stream -> new StreamPosition(
                                Epochs.parse(stream.text("epoch")),
                                Stream.ofTopicName(stream.text("stream")),
                                stream.count("next"),
                                ChainHash.parse(stream.text("hash")),
                                stream.count("firstBuffered"))),
                Objects.requireNonNullElse(json.textOrNull("session"), ""));
    }

    private static List<String> groups(JsonObject json) {
        if (json.properties().get("groups") == null) {
            return List.of();
        }
        List<String> groups = json.texts("groups");
        if (groups.size() > Limits.GROUPS || !groups.stream().allMatch(Topics::isGroupId)) {
            throw new WireException("'groups' must be at most " + Limits.GROUPS + " names of groups");
        }
        return groups;
    }

    static byte[] encode(Status status) {
        return Json.write(json -> {
            json.writeBooleanProperty("online", status.online());
            if (status.reason() != null) {
                json.writeStringProperty("reason", status.reason());
            }
            json.writeStringProperty("agent", status.agentVersion());
            json.writeNumberProperty("boot", status.boot());
            json.writeNumberProperty("now", status.wallMillis());
            json.writeNumberProperty("uptimeMs", status.uptimeMillis());
            json.writeStringProperty("health", status.health().name().toLowerCase(Locale.ROOT));
            json.writeArrayPropertyStart("conditions");
            for (Status.Condition condition : status.conditions()) {
                json.writeStartObject();
                json.writeStringProperty("name", condition.name());
                json.writeStringProperty("reason", condition.reason());
                json.writeStringProperty("hint", condition.hint());
                json.writeNumberProperty("since", condition.sinceMillis());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("models");
            for (ModelRef model : status.models()) {
                json.writeStartObject();
                model(json, model);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("streams");
            for (Status.StreamCounts counts : status.streams()) {
                json.writeStartObject();
                json.writeStringProperty("stream", counts.stream().topicName());
                json.writeNumberProperty("recorded", counts.recorded());
                json.writeNumberProperty("acknowledged", counts.acknowledged());
                json.writeNumberProperty("buffered", counts.buffered());
                json.writeNumberProperty("evicted", counts.evicted());
                json.writeNumberProperty("quarantined", counts.quarantined());
                json.writeNumberProperty("refused", counts.refused());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectPropertyStart("store");
            json.writeNumberProperty("bytes", status.storeBytes());
            json.writeNumberProperty("quotaBytes", status.storeQuotaBytes());
            json.writeEndObject();
        });
    }

    static Status decodeStatus(JsonObject json) {
        return new Status(
                json.flag("online"),
                json.textOrNull("reason"),
                json.text("agent"),
                json.smallCount("boot"),
                json.number("now"),
                json.count("uptimeMs"),
                health(json.text("health")),
                json.objectsOrNone(
                        "conditions",
                        condition -> new Status.Condition(
                                condition.text("name"),
                                condition.text("reason"),
                                condition.text("hint"),
                                condition.number("since"))),
                json.objects("models", ControlCodec::model),
                json.objects(
                        "streams",
                        stream -> new Status.StreamCounts(
                                Stream.ofTopicName(stream.text("stream")),
                                stream.count("recorded"),
                                stream.count("acknowledged"),
                                stream.count("buffered"),
                                stream.count("evicted"),
                                stream.count("quarantined"),
                                stream.count("refused"))),
                json.object("store").count("bytes"),
                json.object("store").count("quotaBytes"));
    }

    static byte[] encode(DownlinkMessage message) {
        return Json.write(json -> {
            switch (message) {
                case Acknowledge ack -> {
                    json.writeStringProperty("type", "acknowledge");
                    json.writeStringProperty("epoch", Epochs.text(ack.epoch()));
                    json.writeStringProperty("stream", ack.stream().topicName());
                    json.writeNumberProperty("upTo", ack.upTo());
                    json.writeStringProperty("hash", ack.hash().text());
                    pace(json, ack.credit(), ack.retryAfterMillis(), ack.nowMillis());
                }
                case Expected expected -> {
                    json.writeStringProperty("type", "expected");
                    json.writeStringProperty("epoch", Epochs.text(expected.epoch()));
                    json.writeStringProperty("stream", expected.stream().topicName());
                    json.writeNumberProperty("next", expected.next());
                    json.writeStringProperty("hash", expected.hash().text());
                    pace(json, expected.credit(), expected.retryAfterMillis(), expected.nowMillis());
                }
                case Welcome welcome -> {
                    json.writeStringProperty("type", "welcome");
                    json.writeStringProperty("fleet", welcome.fleetVersion());
                    pace(json, welcome.credit(), welcome.retryAfterMillis(), welcome.nowMillis());
                }
                case Renew renew -> {
                    json.writeStringProperty("type", "renew");
                    json.writeStringProperty("epoch", Epochs.text(renew.epoch()));
                    json.writeStringProperty("reason", renew.reason());
                    json.writeNumberProperty("now", renew.nowMillis());
                }
                case Taken taken -> {
                    json.writeStringProperty("type", "taken");
                    json.writeStringProperty("session", taken.session());
                    json.writeNumberProperty("retryAfterMs", taken.retryAfterMillis());
                    json.writeNumberProperty("now", taken.nowMillis());
                }
                case NotEnrolled refusal -> {
                    json.writeStringProperty("type", "not-enrolled");
                    json.writeNumberProperty("retryAfterMs", refusal.retryAfterMillis());
                    json.writeNumberProperty("now", refusal.nowMillis());
                }
            }
        });
    }

    static DownlinkMessage decodeDownlink(JsonObject json) {
        String type = json.text("type");
        return switch (type) {
            case "acknowledge" ->
                new Acknowledge(
                        Epochs.parse(json.text("epoch")),
                        Stream.ofTopicName(json.text("stream")),
                        json.count("upTo"),
                        ChainHash.parse(json.text("hash")),
                        json.smallCount("credit"),
                        json.smallCount("retryAfterMs"),
                        json.number("now"));
            case "expected" ->
                new Expected(
                        Epochs.parse(json.text("epoch")),
                        Stream.ofTopicName(json.text("stream")),
                        json.count("next"),
                        ChainHash.parse(json.text("hash")),
                        json.smallCount("credit"),
                        json.smallCount("retryAfterMs"),
                        json.number("now"));
            case "welcome" ->
                new Welcome(
                        json.text("fleet"),
                        json.smallCount("credit"),
                        json.smallCount("retryAfterMs"),
                        json.number("now"));
            case "taken" -> new Taken(json.text("session"), json.smallCount("retryAfterMs"), json.number("now"));
            case "not-enrolled" -> new NotEnrolled(json.smallCount("retryAfterMs"), json.number("now"));
            case "renew" -> new Renew(Epochs.parse(json.text("epoch")), json.text("reason"), json.number("now"));
            default -> throw new WireException("no such message: '" + WireException.shorten(type) + "'");
        };
    }

    private static void pace(JsonGenerator json, int credit, int retryAfterMillis, long nowMillis) {
        json.writeNumberProperty("credit", credit);
        json.writeNumberProperty("retryAfterMs", retryAfterMillis);
        json.writeNumberProperty("now", nowMillis);
    }

    private static void texts(JsonGenerator json, String name, Iterable<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    static byte[] encode(Reported reported) {
        return Json.write(json -> {
            json.writeStringProperty("agent", reported.agentVersion());
            json.writeNumberProperty("now", reported.wallMillis());
            if (reported.board() != null) {
                json.writeStringProperty("board", reported.board());
            }
            json.writeNumberProperty("desired", reported.desiredVersion());
            Reported.Config config = reported.config();
            json.writeObjectPropertyStart("config");
            json.writeNumberProperty("generation", config.generation());
            json.writeNumberProperty("version", config.version());
            json.writeStringProperty("sha256", config.sha256());
            json.writeStringProperty("state", config.state().name().toLowerCase(Locale.ROOT));
            if (config.reason() != null) {
                json.writeStringProperty("reason", config.reason());
            }
            json.writeEndObject();
            json.writeArrayPropertyStart("pipelines");
            for (Reported.Pipeline pipeline : reported.pipelines()) {
                json.writeStartObject();
                json.writeStringProperty("name", pipeline.name());
                json.writeStringProperty("state", pipeline.state().name().toLowerCase(Locale.ROOT));
                if (pipeline.model() != null) {
                    json.writeObjectPropertyStart("model");
                    model(json, pipeline.model());
                    json.writeEndObject();
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            if (!reported.models().isEmpty()) {
                json.writeArrayPropertyStart("models");
                reported.models().forEach(model -> release(json, model));
                json.writeEndArray();
            }
        });
    }

    private static void release(JsonGenerator json, Reported.Model model) {
        json.writeStartObject();
        json.writeStringProperty("name", model.name());
        json.writeStringProperty("version", model.version());
        json.writeNumberProperty("release", model.release());
        json.writeStringProperty("manifest", model.manifest());
        json.writeStringProperty("state", model.state().name().toLowerCase(Locale.ROOT));
        if (model.total() > 0) {
            json.writeNumberProperty("done", model.done());
            json.writeNumberProperty("total", model.total());
        }
        if (model.reason() != null) {
            json.writeStringProperty("reason", model.reason());
        }
        if (model.swapMillis() >= 0) {
            json.writeNumberProperty("swapMs", model.swapMillis());
            json.writeNumberProperty("framesDropped", Math.max(0, model.framesDropped()));
        }
        if (model.assigned() > 0) {
            json.writeNumberProperty("assigned", model.assigned());
        }
        if (model.numbers() != null) {
            json.writeObjectPropertyStart("numbers");
            numbers(json, model.numbers());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void numbers(JsonGenerator json, Reported.Numbers numbers) {
        measured(json, "predictions", numbers.predictions());
        measured(json, "failures", numbers.failures());
        measured(json, "p95Micros", numbers.p95Micros());
        measured(json, "memoryBytes", numbers.memoryBytes());
        measured(json, "labelShift", numbers.labelShift());
        measured(json, "agreement", numbers.agreement());
        measured(json, "activeP95Micros", numbers.activeP95Micros());
        measured(json, "activeMemoryBytes", numbers.activeMemoryBytes());
    }

    private static void measured(JsonGenerator json, String name, long value) {
        if (value >= 0) {
            json.writeNumberProperty(name, value);
        }
    }

    private static void measured(JsonGenerator json, String name, double value) {
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            json.writeNumberProperty(name, value);
        }
    }

    private static Reported.@Nullable Numbers numbers(JsonObject json) {
        if (json.properties().get("numbers") == null) {
            return null;
        }
        JsonObject numbers = json.object("numbers");
        return new Reported.Numbers(
                measured(numbers, "predictions"),
                measured(numbers, "failures"),
                measured(numbers, "p95Micros"),
                measured(numbers, "memoryBytes"),
                measuredDecimal(numbers, "labelShift"),
                measuredDecimal(numbers, "agreement"),
                measured(numbers, "activeP95Micros"),
                measured(numbers, "activeMemoryBytes"));
    }

    private static long measured(JsonObject json, String name) {
        return json.properties().get(name) == null ? -1 : json.count(name);
    }

    private static double measuredDecimal(JsonObject json, String name) {
        return json.properties().get(name) == null ? -1 : json.decimal(name);
    }

    private static Reported.Model release(JsonObject json) {
        boolean loading = json.properties().get("total") != null;
        boolean swapped = json.properties().get("swapMs") != null;
        return new Reported.Model(
                json.text("name"),
                json.text("version"),
                json.count("release"),
                json.text("manifest"),
                constant(Reported.ModelState.class, "state", json.text("state")),
                loading ? json.count("done") : 0,
                loading ? json.count("total") : 0,
                json.textOrNull("reason"),
                swapped ? json.count("swapMs") : -1,
                swapped ? json.count("framesDropped") : -1,
                json.countOrNone("assigned"),
                numbers(json));
    }

    static Reported decodeReported(JsonObject json) {
        JsonObject config = json.object("config");
        return new Reported(
                json.text("agent"),
                json.number("now"),
                json.textOrNull("board"),
                json.count("desired"),
                new Reported.Config(
                        config.count("generation"),
                        config.count("version"),
                        config.text("sha256"),
                        constant(Reported.State.class, "state", config.text("state")),
                        config.textOrNull("reason")),
                json.objects(
                        "pipelines",
                        pipeline -> new Reported.Pipeline(
                                pipeline.text("name"),
                                constant(Reported.Doing.class, "state", pipeline.text("state")),
                                pipeline.properties().get("model") == null ? null : model(pipeline.object("model")))),
                json.objectsOrNone("models", ControlCodec::release));
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String what, String text) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        throw new WireException("no such " + what + ": '" + WireException.shorten(text) + "'");
    }

    private static void model(JsonGenerator json, ModelRef model) {
        json.writeStringProperty("name", model.name());
        json.writeStringProperty("version", model.version());
        json.writeStringProperty("sha256", model.sha256());
    }

    private static ModelRef model(JsonObject json) {
        try {
            return new ModelRef(json.text("name"), json.text("version"), json.text("sha256"));
        } catch (IllegalArgumentException e) {
            throw new WireException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Status.Health health(String text) {
        return switch (text) {
            case "healthy" -> Status.Health.HEALTHY;
            case "degraded" -> Status.Health.DEGRADED;
            case "failed" -> Status.Health.FAILED;
            default -> throw new WireException("no such health: '" + WireException.shorten(text) + "'");
        };
    }
}
