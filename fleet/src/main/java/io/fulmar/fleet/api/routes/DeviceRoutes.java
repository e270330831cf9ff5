package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.StreamRow;
import io.fulmar.sync.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The devices: all of them in a few words, and one of them with all that is known of it. Thread-safe. */
public final class DeviceRoutes {
    private final Reader reader;

    public DeviceRoutes(Reader reader) {
        this.reader = reader;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/devices", Role.VIEWER, this::list);
        router.add(Verb.GET, "/api/v1/devices/{device}", Role.VIEWER, this::show);
    }

    private Answer list(Call call) {
        String text = call.query("q");
        String state = call.query("state");
        if (state != null
                && !List.of("online", "offline", "never-seen", "wrong").contains(state)) {
            throw Problem.malformed("'state' is one of online, offline, never-seen, wrong");
        }
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        List<DeviceRow> found = reader.read(queries -> devices(queries, call.after(), text, state, limit + 1));
        return Paging.page(found, limit, DeviceRow::device, QueryJson::device);
    }

    /** What is wrong with a device is in its own words, so those are looked through page by page. */
    private static List<DeviceRow> devices(
            FleetQueries queries, @Nullable String after, @Nullable String text, @Nullable String state, int limit) {
        String part = text == null ? null : text.strip().toLowerCase(Locale.ROOT);
        if (!"wrong".equals(state)) {
            return queries.devices(after, part, presence(state), limit);
        }
        List<DeviceRow> found = new ArrayList<>();
        String last = after;
        List<DeviceRow> some;
        do {
            some = queries.devices(last, part, null, Limits.HTTP_PAGE_MOST);
            last = some.isEmpty() ? last : some.getLast().device();
            some.stream().filter(row -> !row.conditions().isEmpty()).forEach(found::add);
        } while (found.size() < limit && some.size() == Limits.HTTP_PAGE_MOST);
        return found.subList(0, Math.min(limit, found.size()));
    }

    private static FleetQueries.@Nullable Presence presence(@Nullable String state) {
        return switch (state) {
            case "online" -> FleetQueries.Presence.ONLINE;
            case "offline" -> FleetQueries.Presence.OFFLINE;
            case "never-seen" -> FleetQueries.Presence.NEVER_SEEN;
            case null, default -> null;
        };
    }

    private Answer show(Call call) {
        String id = call.path("device");
        if (!Topics.isDeviceId(id)) {
            throw Problem.absent("'" + id + "' is not a device id");
        }
        return reader.read(queries -> {
            DeviceRow device = queries.device(id);
            if (device == null) {
                throw Problem.absent("No device with the id " + id + " was ever heard of or enrolled");
            }
            List<String> groups = queries.groups(id);
            List<StreamRow> streams = queries.streams(id);
            List<DesiredRow> desired = queries.desired(id);
            List<ModelRow> models =
                    desired.stream().flatMap(row -> ModelRow.of(row).stream()).toList();
            return Answer.object(json -> {
                QueryJson.device(json, device);
                json.writeArrayPropertyStart("groups");
                groups.forEach(json::writeString);
                json.writeEndArray();
                array(json, "models", models, QueryJson::model);
                array(json, "streams", streams, QueryJson::stream);
                json.writeObjectPropertyStart("desired");
                QueryJson.desired(json, desired.isEmpty() ? DesiredRow.unknown(id) : desired.getFirst());
                json.writeEndObject();
            });
        });
    }

    static <T> void array(JsonGenerator json, String name, List<T> items, Answer.Item<T> writer) {
        json.writeArrayPropertyStart(name);
        for (T item : items) {
            json.writeStartObject();
            writer.write(json, item);
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
