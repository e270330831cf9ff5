package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.ExportFilter;
import io.fulmar.fleet.query.ExportFormat;
import io.fulmar.fleet.query.ExportPage;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Records for other programs, page by page, so that whoever is cut off goes on where it was. Thread-safe. */
public final class ExportRoutes {
    /** Where the following page begins; missing on the last one. */
    public static final String NEXT = "X-Fulmar-Next";

    /** How many records are on this page. */
    public static final String ROWS = "X-Fulmar-Rows";

    public static final String PATH = "/api/v1/export";

    private final Reader reader;
    private final InstantSource clock;

    public ExportRoutes(Reader reader, InstantSource clock) {
        this.reader = reader;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH, Role.VIEWER, this::export);
    }

    private Answer export(Call call) {
        ExportFormat format = format(call);
        long to = QuestionRoutes.time(call, "to", clock.millis());
        var filter = new ExportFilter(
                DataRoutes.device(call), call.query("model"), QuestionRoutes.time(call, "from", 0), to);
        int limit = call.limit(Limits.EXPORT_PAGE, Limits.EXPORT_PAGE_MOST);
        ExportPage.Place after = after(call);
        ExportPage page;
        try {
            page = reader.page(queries -> queries.export(filter, after, limit));
        } catch (IllegalArgumentException e) {
            throw misplaced();
        }
        Answer answer = Answer.text(format.mediaType() + "; charset=utf-8", format.text(page.rows(), after == null))
                .header(ROWS, Integer.toString(page.rows().size()));
        return page.next() == null
                ? answer
                : answer.header(NEXT, page.next().toString()).header("Link", link(call, format, filter, page.next()));
    }

    private static ExportFormat format(Call call) {
        return switch (Objects.requireNonNullElse(call.query("format"), "csv")) {
            case "csv" -> ExportFormat.CSV;
            case "ndjson" -> ExportFormat.NDJSON;
            default -> throw Problem.malformed("'format' is csv or ndjson");
        };
    }

    private static ExportPage.@Nullable Place after(Call call) {
        String text = call.after();
        ExportPage.Place place = text == null ? null : ExportPage.Place.parse(text);
        if (text != null && place == null) {
            throw misplaced();
        }
        return place;
    }

    private static Problem misplaced() {
        return Problem.malformed("'after' is not what a page gave as " + NEXT);
    }

    /** The following page ends at the same time as this one. */
    private static String link(Call call, ExportFormat format, ExportFilter filter, ExportPage.Place next) {
        Map<String, @Nullable String> parameters = new LinkedHashMap<>();
        parameters.put("format", format.name().toLowerCase(Locale.ROOT));
        parameters.put("device", filter.device());
        parameters.put("model", filter.model());
        parameters.put("from", call.query("from"));
        parameters.put("to", Instant.ofEpochMilli(filter.toMillis()).toString());
        parameters.put("limit", call.query("limit"));
        parameters.put("after", next.toString());
        return parameters.entrySet().stream()
                .filter(it -> it.getValue() != null)
                .map(it -> it.getKey() + "=" + URLEncoder.encode(String.valueOf(it.getValue()), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&", "<" + PATH + "?", ">; rel=\"next\""));
    }
}
