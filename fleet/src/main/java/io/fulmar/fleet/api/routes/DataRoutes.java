package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.GapTotal;
import io.fulmar.fleet.query.KeptGap;
import io.fulmar.fleet.query.NumberedPrediction;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Topics;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** What the fleet has received. Thread-safe. */
public final class DataRoutes {
    private final Reader reader;

    public DataRoutes(Reader reader) {
        this.reader = reader;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/streams", Role.VIEWER, this::streams);
        router.add(Verb.GET, "/api/v1/predictions", Role.VIEWER, this::predictions);
        router.add(Verb.GET, "/api/v1/gaps", Role.VIEWER, this::gaps);
        router.add(Verb.GET, "/api/v1/gaps/totals", Role.VIEWER, this::gapTotals);
        router.add(Verb.GET, "/api/v1/desired", Role.VIEWER, this::desired);
    }

    private Answer streams(Call call) {
        return Paging.cut(
                call,
                reader.read(queries -> queries.streams()),
                row -> row.device() + "/" + row.epoch() + "/" + row.stream(),
                QueryJson::stream);
    }

    private Answer predictions(Call call) {
        String device = device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long before = call.afterNumber();
        List<NumberedPrediction> found = reader.page(
                queries -> queries.predictions(device, before == null ? Long.MAX_VALUE : before, limit + 1));
        return Paging.page(
                found,
                limit,
                item -> Long.toString(item.number()),
                (json, item) -> QueryJson.prediction(json, item.row()));
    }

    private Answer gaps(Call call) {
        String device = device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String after = call.after();
        List<KeptGap> found =
                reader.page(queries -> queries.gaps(device, after == null ? null : place(after), limit + 1));
        return Paging.page(found, limit, KeptGap::place, DataRoutes::gap);
    }

    private Answer gapTotals(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String after = call.after();
        GapTotal last = after == null ? null : GapTotal.at(after);
        if (after != null && last == null) {
            throw Problem.malformed("'after' is not what a page gave as 'next'");
        }
        List<GapTotal> found = reader.page(queries -> queries.gapTotals(last, limit + 1));
        return Paging.page(found, limit, GapTotal::place, DataRoutes::gapTotal);
    }

    private static long[] place(String after) {
        try {
            long[] numbers =
                    Stream.of(after.split("\\.", -1)).mapToLong(Long::parseLong).toArray();
            if (numbers.length == 3) {
                return numbers;
            }
        } catch (NumberFormatException e) {
            throw Problem.malformed("'after' is not what a page gave as 'next'");
        }
        throw Problem.malformed("'after' is not what a page gave as 'next'");
    }

    private static void gap(JsonGenerator json, KeptGap kept) {
        json.writeStringProperty("device", kept.gap().device());
        json.writeStringProperty("epoch", kept.gap().epoch());
        json.writeStringProperty("stream", kept.gap().stream());
        json.writeNumberProperty("first", kept.gap().first());
        json.writeNumberProperty("last", kept.gap().last());
        json.writeNumberProperty("rows", kept.rows());
        json.writeStringProperty("reason", kept.gap().reason());
        json.writeStringProperty("received", QueryJson.time(kept.receivedMillis()));
    }

    private static void gapTotal(JsonGenerator json, GapTotal total) {
        json.writeStringProperty("device", total.device());
        json.writeStringProperty("stream", total.stream());
        json.writeStringProperty("reason", total.reason());
        json.writeNumberProperty("gaps", total.gaps());
        json.writeNumberProperty("rows", total.rows());
        json.writeStringProperty("last", QueryJson.time(total.lastMillis()));
    }

    private Answer desired(Call call) {
        String device = device(call);
        String group = call.query("group");
        String after = call.after();
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        List<DesiredRow> found =
                reader.read(queries -> queries.desired(device, group, after == null ? "" : after, limit + 1));
        return Paging.page(found, limit, DesiredRow::device, QueryJson::desired);
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
