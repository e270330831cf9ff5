package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Topics;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the fleet has received. Thread-safe. */
public final class DataRoutes {
    private final Reader reader;
    private final InstantSource clock;

    public DataRoutes(Reader reader, InstantSource clock) {
        this.reader = reader;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/devices", Role.VIEWER, this::devices);
        router.add(Verb.GET, "/api/v1/streams", Role.VIEWER, this::streams);
        router.add(Verb.GET, "/api/v1/predictions", Role.VIEWER, this::predictions);
        router.add(Verb.GET, "/api/v1/commands", Role.VIEWER, this::commands);
        router.add(Verb.GET, "/api/v1/desired", Role.VIEWER, this::desired);
    }

    private Answer devices(Call call) {
        return pages(call, reader.read(queries -> queries.devices()), DeviceRow::device, QueryJson::device);
    }

    private Answer streams(Call call) {
        return pages(
                call,
                reader.read(queries -> queries.streams()),
                row -> row.device() + "/" + row.epoch() + "/" + row.stream(),
                QueryJson::stream);
    }

    private Answer predictions(Call call) {
        String device = device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.QUERY_ROWS);
        List<PredictionRow> found = reader.read(queries -> queries.predictions(device, limit));
        return Answer.page(found, null, QueryJson::prediction);
    }

    private Answer commands(Call call) {
        String device = device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.QUERY_COMMANDS);
        List<CommandRow> found = reader.read(queries -> queries.commands(device, call.query("id"), limit));
        long now = clock.millis();
        return Answer.page(found, null, (json, row) -> QueryJson.command(json, row, now));
    }

    private Answer desired(Call call) {
        String device = device(call);
        return pages(call, reader.read(queries -> queries.desired(device)), DesiredRow::device, QueryJson::desired);
    }

    /** A page out of a list that is short enough to be read as a whole. */
    private static <T> Answer pages(Call call, List<T> all, Function<T, String> place, Answer.Item<T> writer) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String after = call.after();
        int start = 0;
        if (after != null) {
            while (start < all.size() && !place.apply(all.get(start)).equals(after)) {
                start++;
            }
            start = Math.min(start + 1, all.size());
        }
        return Paging.page(all.subList(start, Math.min(all.size(), start + limit + 1)), limit, place, writer);
    }

    /** The device that is asked for; null for all. */
    static @Nullable String device(Call call) {
        String text = call.query("device");
        if (text != null && !Topics.isDeviceId(text)) {
            throw Problem.malformed("'device' is not a device id");
        }
        return text;
    }
}
