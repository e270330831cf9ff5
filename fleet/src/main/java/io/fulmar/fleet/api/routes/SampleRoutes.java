package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.sample.SampleRow;
import io.fulmar.fleet.sample.SampleStore;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** The inputs that devices have kept and sent. What is in them is for operators, as it may show people. Thread-safe. */
public final class SampleRoutes {
    private static final String PATH = "/api/v1/samples";
    private static final String ONE = PATH + "/{device}/{epoch}/{stream}/{seq}";
    /** What a browser shows; all else it is to keep as a file, whatever a device says of it. */
    private static final Map<String, String> SHOWN =
            Map.of("jpg", "image/jpeg", "png", "image/png", "bmp", "image/bmp", "wav", "audio/wav");

    private final Database database;

    public SampleRoutes(Database database) {
        this.database = database;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH, Role.VIEWER, this::list);
        router.add(Verb.GET, ONE, Role.VIEWER, this::show);
        router.add(Verb.GET, ONE + "/content", Role.OPERATOR, this::content);
        router.add(Verb.DELETE, ONE, Role.OPERATOR, this::remove);
    }

    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long before = call.afterNumber();
        String labelled = call.query("labelled");
        if (labelled != null && !List.of("true", "false").contains(labelled)) {
            throw Problem.malformed("'labelled' is true or false");
        }
        var of = new SampleRow.Filter(
                DataRoutes.device(call),
                call.query("pipeline"),
                call.query("model"),
                call.query("version"),
                call.query("rule"),
                labelled == null ? null : Boolean.valueOf(labelled));
        try (Session session = database.openReader()) {
            List<SampleRow> found =
                    new SampleStore(session).list(of, before == null ? Long.MAX_VALUE : before, limit + 1);
            return Paging.page(found, limit, row -> Long.toString(row.number()), SampleRoutes::sample);
        }
    }

    private Answer show(Call call) {
        try (Session session = database.openReader()) {
            SampleRow row = find(call, new SampleStore(session));
            return Answer.object(json -> sample(json, row));
        }
    }

    private Answer content(Call call) {
        try (Session session = database.openReader()) {
            SampleStore store = new SampleStore(session);
            SampleRow row = find(call, store);
            if (!row.whole()) {
                throw Problem.conflict(
                        "The sample is " + row.state(), "what is coming is whole when the device has sent all of it");
            }
            String type = SHOWN.getOrDefault(row.format(), "application/octet-stream");
            String name = row.device() + "-" + Epochs.text(row.epoch()) + "-" + row.stream() + "-" + row.seq() + "."
                    + row.format();
            return Answer.bytes(type, store.content(row))
                    .header(
                            "Content-Disposition",
                            (SHOWN.containsKey(row.format()) ? "inline" : "attachment") + "; filename=\"" + name
                                    + "\"");
        }
    }

    private Answer remove(Call call) {
        try (Session session = database.openWriter()) {
            SampleStore store = new SampleStore(session);
            SampleRow row = find(call, store);
            call.audit(row.device(), "sample " + Epochs.text(row.epoch()) + "/" + row.stream() + "/" + row.seq());
            store.remove(row);
            return Answer.nothing();
        }
    }

    private static SampleRow find(Call call, SampleStore store) {
        String device = call.path("device");
        try {
            long epoch = Epochs.parse(call.path("epoch"));
            Stream stream = Stream.ofTopicName(call.path("stream"));
            long seq = Long.parseLong(call.path("seq"));
            if (Topics.isDeviceId(device)) {
                return store.find(device, epoch, stream, seq)
                        .orElseThrow(() -> Problem.absent("There is no sample of that prediction"));
            }
        } catch (WireException | IllegalArgumentException e) {
            throw Problem.absent("That is no name of a sample: device, epoch, stream, sequence number");
        }
        throw Problem.absent("'" + device + "' is not a device id");
    }

    private static void sample(JsonGenerator json, SampleRow row) {
        json.writeStringProperty("device", row.device());
        json.writeStringProperty("epoch", Epochs.text(row.epoch()));
        json.writeStringProperty("stream", row.stream());
        json.writeNumberProperty("seq", row.seq());
        json.writeStringProperty("pipeline", row.pipeline());
        json.writeStringProperty("model", row.model());
        json.writeStringProperty("version", row.version());
        QueryJson.text(json, "label", row.label());
        if (row.score() == null) {
            json.writeNullProperty("score");
        } else {
            json.writeNumberProperty("score", row.score());
        }
        QueryJson.text(json, "said", row.numbers());
        QueryJson.text(json, "truth", row.truth());
        json.writeStringProperty("rule", row.rule());
        json.writeStringProperty("format", row.format());
        json.writeNumberProperty("bytes", row.size());
        json.writeStringProperty("sha256", row.sha256());
        json.writeStringProperty("state", row.state());
        json.writeStringProperty("at", QueryJson.time(row.takenMillis()));
        json.writeStringProperty("received", QueryJson.time(row.receivedMillis()));
    }
}
