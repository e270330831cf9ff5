package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.truth.Accuracy;
import io.fulmar.fleet.truth.Truth;
import io.fulmar.fleet.truth.TruthStore;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** What was right, and how often models were. Thread-safe. */
public final class TruthRoutes {
    private static final String PATH = "/api/v1/truth";

    private final Database database;
    private final InstantSource clock;

    public TruthRoutes(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.POST, PATH, Role.OPERATOR, this::set);
        router.add(Verb.GET, PATH + "/accuracy", Role.VIEWER, this::accuracy);
    }

    /** {@code {"items": [{"device", "epoch", "stream", "seq", "label"}]}}; without a label what was said is forgotten. */
    private Answer set(Call call) {
        Fields fields = call.fields();
        List<?> items = fields.list("items");
        fields.done();
        if (items.isEmpty() || items.size() > Limits.HTTP_PAGE_MOST) {
            throw Problem.malformed("'items' has 1 to " + Limits.HTTP_PAGE_MOST + " entries");
        }
        List<Truth> truths = new ArrayList<>();
        List<Truth> forgotten = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof Map<?, ?>)) {
                throw Problem.malformed("'items' lists something that is not an object");
            }
            Fields one = fields(item);
            Truth truth = truth(one);
            one.done();
            (truth.label().isEmpty() ? forgotten : truths).add(truth);
        }
        Truth first = (truths.isEmpty() ? forgotten : truths).getFirst();
        call.audit(first.device(), items.size() + " predictions, from " + name(first));
        try (Session session = database.openWriter()) {
            var store = new TruthStore(session);
            Optional<Truth> unknown = store.set(truths, call.caller().name(), clock.millis());
            if (unknown.isPresent()) {
                throw Problem.absent("There is no prediction " + name(unknown.get()) + "; nothing was changed");
            }
            long removed = forgotten.stream().filter(store::remove).count();
            return Answer.object(json -> {
                json.writeNumberProperty("set", truths.size());
                json.writeNumberProperty("removed", removed);
            });
        }
    }

    @SuppressWarnings("unchecked") // the reader makes maps of texts only
    private static Fields fields(Object item) {
        return new Fields((Map<String, @Nullable Object>) item);
    }

    private static Truth truth(Fields item) {
        String device = item.text("device");
        Long seq = item.optionalNumber("seq");
        String label = Objects.requireNonNullElse(item.optionalText("label"), "");
        if (!Topics.isDeviceId(device)) {
            throw Problem.malformed("'device' is not a device id");
        }
        if (seq == null || seq < 1) {
            throw Problem.malformed("'seq' is a number from 1 on");
        }
        if (!label.isEmpty() && !Truth.isLabel(label)) {
            throw Problem.malformed(
                    "'label' has 1 to " + Truth.LABEL_CHARS + " characters, none of them a control character");
        }
        try {
            return new Truth(
                    device, Epochs.parse(item.text("epoch")), Stream.ofTopicName(item.text("stream")), seq, label);
        } catch (WireException | IllegalArgumentException e) {
            throw Problem.malformed("'epoch' is 16 hex digits and 'stream' one of alarm, event, data");
        }
    }

    private static String name(Truth truth) {
        return truth.device() + "/" + Epochs.text(truth.epoch()) + "/"
                + truth.stream().topicName() + "/" + truth.seq();
    }

    private Answer accuracy(Call call) {
        String device = DataRoutes.device(call);
        try (Session session = database.openReader()) {
            List<Accuracy> found = new TruthStore(session).accuracy(device, call.query("model"), call.query("version"));
            return Paging.cut(call, found, each -> each.model() + "/" + each.version(), TruthRoutes::accuracy);
        }
    }

    private static void accuracy(JsonGenerator json, Accuracy accuracy) {
        json.writeStringProperty("model", accuracy.model());
        json.writeStringProperty("version", accuracy.version());
        json.writeNumberProperty("labelled", accuracy.labelled());
        json.writeNumberProperty("right", accuracy.right());
        json.writeNumberProperty("accuracy", accuracy.share());
        json.writeArrayPropertyStart("confusion");
        for (Accuracy.Count each : accuracy.confusion()) {
            json.writeStartObject();
            json.writeStringProperty("said", each.said());
            json.writeStringProperty("truth", each.truth());
            json.writeNumberProperty("count", each.count());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
