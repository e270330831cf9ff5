package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.registry.DeviceEvents;
import io.fulmar.fleet.registry.DeviceLabels;
import io.fulmar.fleet.registry.LabelExpression;
import io.fulmar.fleet.registry.LabelSyntaxException;
import io.fulmar.fleet.registry.Labels;
import io.fulmar.sync.wire.Topics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** What devices are called, and what happened to them. Thread-safe. */
public final class LabelRoutes {
    private static final String DEVICE = "/api/v1/devices/{device}";

    private final Database database;

    public LabelRoutes(Database database) {
        this.database = database;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/labels", Role.VIEWER, this::list);
        router.add(Verb.GET, DEVICE + "/labels", Role.VIEWER, this::ofPeople);
        router.add(Verb.PATCH, DEVICE + "/labels", Role.OPERATOR, this::change);
        router.add(Verb.GET, DEVICE + "/events", Role.VIEWER, this::events);
    }

    /** The labels of every device that fits {@code ?where=}, by the devices' names. */
    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String text = call.query("where");
        LabelExpression where = text == null ? new LabelExpression.All() : expression(text);
        String after = call.after();
        try (Session session = database.openReader()) {
            List<Map.Entry<String, Labels>> found = new DeviceLabels(session)
                    .all().entrySet().stream()
                            .filter(it -> after == null || it.getKey().compareTo(after) > 0)
                            .filter(it -> where.matches(it.getValue()))
                            .limit(limit + 1L)
                            .toList();
            return Paging.page(found, limit, Map.Entry::getKey, LabelRoutes::labels);
        }
    }

    private Answer ofPeople(Call call) {
        String device = device(call);
        try (Session session = database.openReader()) {
            return own(device, new DeviceLabels(session).ofPeople(device));
        }
    }

    private static Answer own(String device, Map<String, String> labels) {
        return Answer.object(json -> {
            json.writeStringProperty("device", device);
            json.writeObjectPropertyStart("labels");
            labels.forEach(json::writeStringProperty);
            json.writeEndObject();
        });
    }

    private static LabelExpression expression(String text) {
        try {
            return LabelExpression.parse(text);
        } catch (LabelSyntaxException e) {
            throw Problem.senseless("'where', " + e.getMessage(), e.marked());
        }
    }

    private static void labels(JsonGenerator json, Map.Entry<String, Labels> device) {
        json.writeStringProperty("device", device.getKey());
        json.writeObjectPropertyStart("labels");
        new TreeMap<>(device.getValue().all()).forEach((name, values) -> {
            json.writeArrayPropertyStart(name);
            values.stream().sorted().forEach(json::writeString);
            json.writeEndArray();
        });
        json.writeEndObject();
    }

    /** {@code {"labels": {"site": "kiel", "old": null}}} sets one and takes one away. */
    private Answer change(Call call) {
        String device = device(call);
        Fields fields = call.fields();
        Map<String, @Nullable String> changes = new LinkedHashMap<>();
        fields.object("labels").forEach((name, value) -> {
            if (value != null && !(value instanceof String)) {
                throw Problem.malformed(
                        "the value of the label '" + name + "' must be a text, or null to take it away");
            }
            changes.put(name, (String) value);
        });
        fields.done();
        if (changes.isEmpty()) {
            throw Problem.malformed("'labels' names none");
        }
        call.audit(device, String.join(" ", changes.keySet()));
        try (Session session = database.openWriter()) {
            var labels = new DeviceLabels(session);
            labels.change(device, changes);
            return own(device, labels.ofPeople(device));
        } catch (FleetException e) {
            if (e.category() == Category.PERMANENT) {
                throw Problem.senseless(String.valueOf(e.getMessage()), e.hint());
            }
            throw e;
        }
    }

    private Answer events(Call call) {
        String device = device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long after = call.afterNumber();
        try (Session session = database.openReader()) {
            List<DeviceEvents.Event> found =
                    DeviceEvents.of(session, device, after == null ? Long.MAX_VALUE : after, limit + 1);
            return Paging.page(found, limit, event -> Long.toString(event.number()), (json, event) -> {
                json.writeStringProperty("at", QueryJson.time(event.atMillis()));
                json.writeStringProperty("kind", event.kind());
                QueryJson.text(json, "detail", event.detail());
            });
        }
    }

    static String device(Call call) {
        String device = call.path("device");
        if (!Topics.isDeviceId(device)) {
            throw Problem.malformed("'" + device.replaceAll("\\p{Cntrl}", "?") + "' is not a device id");
        }
        return device;
    }
}
