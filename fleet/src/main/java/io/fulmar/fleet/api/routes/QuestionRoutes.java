package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.query.ConfidenceCount;
import io.fulmar.fleet.query.CountFilter;
import io.fulmar.fleet.query.Drift;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.LabelCount;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.StatisticsRow;
import io.fulmar.model.pack.ModelManifest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What models said, counted: how often which label, how sure, how far from what they were tested on. Thread-safe. */
public final class QuestionRoutes {
    private static final String PATH = "/api/v1/predictions";
    private static final Duration USUAL = Duration.ofDays(1);
    private static final Duration BEFORE = Duration.ofDays(7);

    private final Reader reader;
    private final Catalog catalog;
    private final InstantSource clock;

    public QuestionRoutes(Reader reader, Catalog catalog, InstantSource clock) {
        this.reader = reader;
        this.catalog = catalog;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH + "/latest", Role.VIEWER, this::latest);
        router.add(Verb.GET, PATH + "/labels", Role.VIEWER, this::labels);
        router.add(Verb.GET, PATH + "/confidence", Role.VIEWER, this::confidence);
        router.add(Verb.GET, PATH + "/drift", Role.VIEWER, this::drift);
        router.add(Verb.GET, "/api/v1/statistics", Role.VIEWER, this::statistics);
    }

    private Answer latest(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        List<PredictionRow> found = reader.read(queries -> queries.latest(call.after(), limit + 1));
        return Paging.page(found, limit, PredictionRow::device, QueryJson::prediction);
    }

    private Answer labels(Call call) {
        CountFilter of = filter(call);
        FleetQueries.Step step = step(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        long skip = skip(call);
        List<LabelCount> found = reader.read(queries -> queries.labels(of, step, skip, limit + 1));
        return Paging.page(found, limit, last -> Long.toString(skip + limit), QueryJson::label);
    }

    private Answer confidence(Call call) {
        CountFilter of = filter(call);
        List<ConfidenceCount> found = reader.read(queries -> queries.confidence(of));
        return Paging.cut(
                call, found, row -> row.model() + "/" + row.version() + "/" + row.bucket(), QueryJson::confidence);
    }

    private CountFilter filter(Call call) {
        return new CountFilter(
                DataRoutes.device(call),
                call.query("model"),
                call.query("version"),
                time(call, "from", usual()),
                time(call, "to", Long.MAX_VALUE));
    }

    private Answer drift(Call call) {
        String device = DataRoutes.device(call);
        String model = call.query("model");
        long since = time(call, "since", usual());
        long from = time(call, "from", since - BEFORE.toMillis());
        if (from >= since) {
            throw Problem.malformed("'from' is not before 'since'");
        }
        List<Published> releases = catalog.list();
        List<Drift> found = reader.read(
                queries -> queries.drift(device, model, from, since, (name, version) -> find(releases, name, version)));
        return Paging.cut(call, found, row -> row.model() + "/" + row.version(), QueryJson::drift);
    }

    private Answer statistics(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long before = call.afterNumber();
        var of = new StatisticsRow.Filter(
                DataRoutes.device(call),
                call.query("pipeline"),
                call.query("model"),
                call.query("version"),
                time(call, "since", usual()));
        List<StatisticsRow> found =
                reader.page(queries -> queries.statistics(of, before == null ? Long.MAX_VALUE : before, limit + 1));
        return Paging.page(found, limit, row -> Long.toString(row.number()), QueryJson::statistics);
    }

    private static ModelManifest.@Nullable Reference find(List<Published> releases, String model, String version) {
        return releases.stream() // the newest first
                .map(Published::manifest)
                .filter(it -> it.name().equals(model) && it.version().toString().equals(version))
                .map(ModelManifest::reference)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private long usual() {
        return clock.millis() - USUAL.toMillis();
    }

    private static long skip(Call call) {
        Long after = call.afterNumber();
        if (after != null && after < 0) {
            throw Problem.malformed("'after' is not what a page gave as 'next'");
        }
        return after == null ? 0 : after;
    }

    private static FleetQueries.Step step(Call call) {
        return switch (Objects.requireNonNullElse(call.query("step"), "hour")) {
            case "hour" -> FleetQueries.Step.HOUR;
            case "day" -> FleetQueries.Step.DAY;
            default -> throw Problem.malformed("'step' is hour or day");
        };
    }

    /** A time among the parameters. */
    static long time(Call call, String name, long usual) {
        String text = call.query(name);
        try {
            return text == null ? usual : Instant.parse(text).toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            throw Problem.malformed("'" + name + "' is not a time of ISO 8601 in UTC, as 2026-01-31T22:00:00Z");
        }
    }
}
