package io.fulmar.fleet.query;

import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Status;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** Query results as JSON, one form for the HTTP interface and for the command line. Thread-safe. */
public final class QueryJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private static final ObjectWriteContext INDENTED = new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
            return new DefaultPrettyPrinter();
        }

        @Override
        public boolean hasPrettyPrinter() {
            return true;
        }
    };

    private QueryJson() {}

    public static String devices(List<DeviceRow> devices) {
        return array(devices, QueryJson::device);
    }

    /** The members of one. */
    public static void device(JsonGenerator json, DeviceRow device) {
        json.writeStringProperty("device", device.device());
        json.writeBooleanProperty("online", device.online());
        text(json, "firstSeen", time(device.firstSeenMillis()));
        text(json, "lastSeen", time(device.lastSeenMillis()));
        text(json, "enrolled", time(device.enrolledMillis()));
        text(json, "agentVersion", device.agentVersion());
        text(json, "lastHello", time(device.lastHelloMillis()));
        json.writeNumberProperty("refused", device.refused());
        json.writeName("status");
        document(json, device.status());
        json.writeArrayPropertyStart("conditions");
        for (Status.Condition condition : device.conditions()) {
            json.writeStartObject();
            condition(json, condition);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The members of one. */
    public static void condition(JsonGenerator json, Status.Condition condition) {
        json.writeStringProperty("name", condition.name());
        json.writeStringProperty("reason", condition.reason());
        json.writeStringProperty("hint", condition.hint());
        json.writeStringProperty("since", time(condition.sinceMillis()));
    }

    public static String streams(List<StreamRow> streams) {
        return array(streams, QueryJson::stream);
    }

    /** The members of one. */
    public static void stream(JsonGenerator json, StreamRow stream) {
        json.writeStringProperty("device", stream.device());
        json.writeStringProperty("epoch", stream.epoch());
        json.writeStringProperty("stream", stream.stream());
        json.writeNumberProperty("next", stream.next());
        json.writeNumberProperty("rows", stream.rows());
        json.writeNumberProperty("gaps", stream.gaps());
        json.writeNumberProperty("gapRows", stream.gapRows());
        json.writeNumberProperty("undecodable", stream.undecodable());
        json.writeNumberProperty("duplicates", stream.duplicates());
        json.writeNumberProperty("conflicts", stream.conflicts());
        json.writeStringProperty("firstReceived", time(stream.firstReceivedMillis()));
        json.writeStringProperty("lastReceived", time(stream.lastReceivedMillis()));
    }

    public static String predictions(List<PredictionRow> predictions) {
        return array(predictions, QueryJson::prediction);
    }

    /** The members of one. */
    public static void prediction(JsonGenerator json, PredictionRow prediction) {
        flat(json, prediction);
        json.writeName("found");
        document(json, prediction.found());
    }

    private static void flat(JsonGenerator json, PredictionRow prediction) {
        json.writeStringProperty("device", prediction.device());
        json.writeStringProperty("epoch", prediction.epoch());
        json.writeStringProperty("stream", prediction.stream());
        json.writeNumberProperty("seq", prediction.seq());
        json.writeStringProperty("kind", prediction.kind());
        text(json, "pipeline", prediction.pipeline());
        text(json, "model", prediction.model());
        text(json, "version", prediction.version());
        text(json, "label", prediction.label());
        Double score = prediction.score();
        if (score == null) {
            json.writeNullProperty("score");
        } else {
            json.writeNumberProperty("score", score.floatValue());
        }
        text(json, "at", time(prediction.timeMillis()));
        text(json, "believed", time(prediction.wallMillis()));
        json.writeStringProperty("received", time(prediction.receivedMillis()));
    }

    /** One on one line, as newline-delimited JSON wants it: what was found is a text, which has no columns of its own. */
    public static String line(PredictionRow row) {
        var text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            flat(json, row);
            text(json, "found", row.found());
            json.writeEndObject();
        }
        return text.toString();
    }

    /** The members of how often a label came. */
    public static void label(JsonGenerator json, LabelCount count) {
        json.writeStringProperty("at", time(count.atMillis()));
        json.writeStringProperty("model", count.model());
        json.writeStringProperty("version", count.version());
        json.writeStringProperty("label", count.label());
        json.writeNumberProperty("count", count.count());
    }

    /** The members of how often a model was so sure. */
    public static void confidence(JsonGenerator json, ConfidenceCount count) {
        json.writeStringProperty("model", count.model());
        json.writeStringProperty("version", count.version());
        json.writeNumberProperty("bucket", count.bucket());
        json.writeNumberProperty("count", count.count());
    }

    /** The members of how far a version has shifted. */
    public static void drift(JsonGenerator json, Drift drift) {
        json.writeStringProperty("model", drift.model());
        json.writeStringProperty("version", drift.version());
        json.writeNumberProperty("predictions", drift.predictions());
        if (drift.reference() == null) {
            json.writeNullProperty("reference");
        } else {
            json.writeObjectPropertyStart("reference");
            distance(json, drift.reference());
            json.writeEndObject();
        }
        json.writeObjectPropertyStart("before");
        json.writeNumberProperty("predictions", drift.beforePredictions());
        distance(json, drift.before());
        json.writeEndObject();
    }

    /** The members of statistics. */
    public static void statistics(JsonGenerator json, StatisticsRow row) {
        ModelStatistics statistics = row.statistics();
        json.writeStringProperty("device", row.device());
        json.writeStringProperty("epoch", row.epoch());
        json.writeStringProperty("stream", row.stream());
        json.writeNumberProperty("seq", row.seq());
        text(json, "at", time(row.timeMillis()));
        json.writeStringProperty("received", time(row.receivedMillis()));
        json.writeStringProperty("pipeline", statistics.pipeline());
        json.writeStringProperty("model", statistics.model().name());
        json.writeStringProperty("version", statistics.model().version());
        json.writeNumberProperty("predictions", statistics.predictions());
        json.writeNumberProperty("window", statistics.window());
        json.writeBooleanProperty("drifting", statistics.drifting());
        json.writeArrayPropertyStart("distributions");
        for (ModelStatistics.Distribution each : statistics.distributions()) {
            json.writeStartObject();
            json.writeStringProperty("name", each.name());
            json.writeBooleanProperty("learned", each.learned());
            texts(json, "labels", each.labels());
            json.writeArrayPropertyStart("edges");
            each.edges().forEach(edge -> json.writeNumber(finite(edge)));
            json.writeEndArray();
            json.writeArrayPropertyStart("reference");
            each.reference().forEach(share -> json.writeNumber(finite(share)));
            json.writeEndArray();
            json.writeArrayPropertyStart("counts");
            each.counts().forEach(json::writeNumber);
            json.writeEndArray();
            json.writeNumberProperty("psi", finite(each.psi()));
            json.writeNumberProperty("ks", finite(each.ks()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** JSON has no other numbers, whatever a device sends. */
    private static float finite(float value) {
        return Float.isFinite(value) ? value : 0;
    }

    private static void distance(JsonGenerator json, Drift.Distance distance) {
        number(json, "labels", distance.labels());
        number(json, "confidence", distance.confidence());
    }

    private static void number(JsonGenerator json, String name, @Nullable Double value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, value);
        }
    }

    public static String commands(List<CommandRow> commands, long nowMillis) {
        return array(commands, (json, command) -> command(json, command, nowMillis));
    }

    /** The members of one. */
    public static void command(JsonGenerator json, CommandRow command, long nowMillis) {
        json.writeStringProperty("id", command.id());
        json.writeStringProperty("type", command.type());
        json.writeStringProperty(command.group() ? "group" : "device", command.target());
        json.writeStringProperty("state", command.state(nowMillis));
        json.writeStringProperty("received", time(command.receivedMillis()));
        json.writeStringProperty("expires", time(command.expiresMillis()));
        json.writeNumberProperty("heard", command.heard());
        texts(json, "signedBy", command.signedBy());
        json.writeName("command");
        document(json, command.command());
        json.writeArrayPropertyStart("answers");
        for (CommandRow.Answer answer : command.answers()) {
            json.writeStartObject();
            json.writeStringProperty("device", answer.device());
            json.writeStringProperty("outcome", answer.outcome());
            text(json, "reason", answer.reason());
            json.writeName("result");
            document(json, answer.result());
            json.writeNumberProperty("resultBytes", answer.resultBytes());
            json.writeStringProperty("at", time(answer.wallMillis()));
            json.writeStringProperty("received", time(answer.receivedMillis()));
            json.writeEndObject();
        }
        json.writeEndArray();
        texts(json, "waiting", command.waiting());
    }

    /** Releases on devices. */
    public static String models(List<ModelRow> rows) {
        return array(rows, QueryJson::model);
    }

    /** The members of one. */
    public static void model(JsonGenerator json, ModelRow row) {
        json.writeStringProperty("device", row.device());
        json.writeStringProperty("model", row.name());
        json.writeStringProperty("version", row.version());
        json.writeNumberProperty("release", row.release());
        json.writeStringProperty("manifest", row.manifest());
        json.writeBooleanProperty("wanted", row.wanted());
        json.writeStringProperty("state", row.state());
        text(json, "reason", row.said() == null ? null : row.said().reason());
        if (row.said() != null) {
            progress(json, row.said());
        }
    }

    /** What a device said of a release beside its state, as far as it did. */
    public static void progress(JsonGenerator json, Reported.Model said) {
        measured(json, "assigned", said.assigned() == 0 ? -1 : said.assigned());
        measured(json, "done", said.total() == 0 ? -1 : said.done());
        measured(json, "total", said.total() == 0 ? -1 : said.total());
        measured(json, "swapMs", said.swapMillis());
        measured(json, "framesDropped", said.framesDropped());
        Reported.Numbers numbers = said.numbers();
        if (numbers == null) {
            return;
        }
        json.writeObjectPropertyStart("numbers");
        measured(json, "predictions", numbers.predictions());
        measured(json, "failures", numbers.failures());
        measured(json, "p95Micros", numbers.p95Micros());
        measured(json, "memoryBytes", numbers.memoryBytes());
        measured(json, "labelShift", numbers.labelShift());
        measured(json, "agreement", numbers.agreement());
        measured(json, "activeP95Micros", numbers.activeP95Micros());
        measured(json, "activeMemoryBytes", numbers.activeMemoryBytes());
        json.writeEndObject();
    }

    private static void measured(JsonGenerator json, String name, long value) {
        if (value >= 0) {
            json.writeNumberProperty(name, value);
        }
    }

    private static void measured(JsonGenerator json, String name, double value) {
        if (value >= 0) {
            json.writeNumberProperty(name, value);
        }
    }

    public static String desired(List<DesiredRow> rows) {
        return array(rows, QueryJson::desired);
    }

    /** The members of one. */
    public static void desired(JsonGenerator json, DesiredRow row) {
        json.writeStringProperty("device", row.device());
        json.writeStringProperty("state", row.state());
        json.writeNumberProperty("version", row.version());
        text(json, "sha256", row.sha256());
        text(json, "toml", row.toml());
        json.writeArrayPropertyStart("models");
        for (Desired.Model model :
                row.wanted() == null ? List.<Desired.Model>of() : row.wanted().models()) {
            json.writeStartObject();
            json.writeStringProperty("model", model.name());
            json.writeStringProperty("version", model.version());
            json.writeNumberProperty("release", model.release());
            json.writeStringProperty("manifest", model.manifest());
            json.writeNumberProperty("assigned", model.assigned());
            json.writeNumberProperty("shadowMillis", model.shadowMillis());
            json.writeEndObject();
        }
        json.writeEndArray();
        texts(json, "signedBy", row.signedBy());
        text(json, "set", time(row.setMillis()));
        text(json, "reason", row.reason());
        json.writeName("reported");
        document(json, row.reported());
        text(json, "reportedAt", time(row.reportedMillis()));
    }

    private static void texts(JsonGenerator json, String name, List<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }

    /** A JSON text, indented for a person; what is no JSON comes back as it is. */
    public static String indented(String document) {
        var text = new StringWriter();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), document);
                JsonGenerator json = FACTORY.createGenerator(INDENTED, text)) {
            parser.nextToken();
            json.copyCurrentStructure(parser);
        } catch (JacksonException e) {
            return document;
        }
        return text.toString();
    }

    /** One object with members that the caller writes. */
    public static String object(Members members) {
        var text = new StringWriter();
        try (JsonGenerator json = generator(text)) {
            json.writeStartObject();
            members.write(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    /** One array of objects. */
    public static <T> String array(List<T> rows, RowWriter<T> writer) {
        var text = new StringWriter();
        try (JsonGenerator json = generator(text)) {
            json.writeStartArray();
            for (T row : rows) {
                json.writeStartObject();
                writer.write(json, row);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        return text.toString();
    }

    private static JsonGenerator generator(Writer text) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), text);
    }

    public static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    /** Copied token by token, so that what a device said cannot break out of its place. */
    public static void document(JsonGenerator json, @Nullable String document) {
        if (document == null) {
            json.writeNull();
            return;
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), document)) {
            parser.nextToken();
            json.copyCurrentStructure(parser);
        }
    }

    /** As ISO 8601. */
    public static @Nullable String time(@Nullable Long millis) {
        return millis == null ? null : time(millis.longValue());
    }

    /** As ISO 8601. */
    public static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    /** Writes the members of an object. */
    public interface Members {
        void write(JsonGenerator json);
    }

    /** Writes the members of an object that stands for a row. */
    public interface RowWriter<T> {
        void write(JsonGenerator json, T row);
    }
}
