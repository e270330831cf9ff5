package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.StreamRow;
import io.fulmar.sync.wire.Status;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The one page of the fleet: devices, streams and the latest records. The whole page comes rendered; a small script then
 * fetches the changing part again and again. Immutable.
 */
final class OverviewPage {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Of an answer; the whole of it is under {@code /api/v1/commands}. */
    private static final int SHOWN_CHARS = 80;

    private OverviewPage() {}

    /** The whole page. */
    static String page(FleetQueries queries, IngestStatus ingest, long nowMillis) {
        return new Html()
                .raw("""
                        <!doctype html>
                        <html lang=en>
                        <head>
                        <meta charset=utf-8>
                        <meta name=viewport content="width=device-width, initial-scale=1">
                        <meta name=color-scheme content="light dark">
                        <title>Fulmar fleet</title>
                        <link rel=icon href="data:,">
                        <link rel=stylesheet href=style.css>
                        <script src=live.js defer></script>
                        <noscript><meta http-equiv=refresh content=5></noscript>
                        </head>
                        <body>
                        <header><h1>Fulmar fleet</h1><p id=live-state role=status></p></header>
                        <main id=live>
                        """)
                .raw(live(queries, ingest, nowMillis))
                .raw("</main>\n</body>\n</html>\n")
                .toString();
    }

    /** The part that changes. */
    static String live(FleetQueries queries, IngestStatus ingest, long nowMillis) {
        List<DeviceRow> devices = queries.devices();
        List<StreamRow> streams = queries.streams();
        var html = new Html();
        summary(html, devices, streams, ingest);
        devices(html, devices, nowMillis);
        predictions(html, queries.predictions(null, Limits.PAGE_PREDICTIONS));
        commands(html, queries.commands(null, null, Limits.PAGE_COMMANDS), nowMillis);
        desired(html, queries.desired(null));
        streams(html, streams, nowMillis);
        return html.toString();
    }

    private static void summary(Html html, List<DeviceRow> devices, List<StreamRow> streams, IngestStatus ingest) {
        long online = devices.stream().filter(DeviceRow::online).count();
        long rows = streams.stream().mapToLong(StreamRow::rows).sum();
        long gapRows = streams.stream().mapToLong(StreamRow::gapRows).sum();
        long conflicts = streams.stream().mapToLong(StreamRow::conflicts).sum();
        if (!ingest.healthy()) {
            html.raw("<p class=fault>")
                    .text(ingest.storing() ? "No connection to the broker" : "The database does not work")
                    .text(ingest.fault() == null ? "" : ": " + ingest.fault())
                    .raw("</p>\n");
        }
        html.raw("<dl class=tiles>");
        tile(html, "devices online", online + " of " + devices.size());
        tile(html, "records stored", Html.grouped(rows));
        tile(html, "given up by devices", Html.grouped(gapRows));
        tile(html, "conflicts", Long.toString(conflicts));
        html.raw("</dl>\n");
    }

    private static void tile(Html html, String name, String value) {
        html.raw("<div><dt>").text(name).raw("</dt><dd>").text(value).raw("</dd></div>");
    }

    private static void devices(Html html, List<DeviceRow> devices, long nowMillis) {
        html.raw("<section><h2>Devices</h2>\n");
        if (devices.isEmpty()) {
            html.raw("<p class=empty>No device has been heard of yet. Start one with ")
                    .raw("<code>fulmar agent --config device-config/examples/simulated.toml</code>.</p></section>\n");
            return;
        }
        html.raw("<div class=scroll><table><thead><tr><th>Device<th>State<th>Wrong<th>Agent<th>Last heard")
                .raw("<th class=n>Refused</tr></thead><tbody>\n");
        for (DeviceRow device : shown(devices)) {
            html.raw("<tr>")
                    .cell(device.device())
                    .raw(device.online() ? "<td class=on>online</td>" : "<td class=off>offline</td>");
            conditions(html, device.conditions());
            html.cell(device.agentVersion())
                    .cell(ago(device.lastSeenMillis(), nowMillis))
                    .number(device.refused())
                    .raw("</tr>\n");
        }
        end(html, devices.size());
    }

    private static void conditions(Html html, List<Status.Condition> conditions) {
        html.raw("<td class=wrong>");
        for (Status.Condition condition : conditions) {
            html.raw("<div><b>")
                    .text(condition.name())
                    .raw("</b> ")
                    .text(condition.reason())
                    .raw(" <span>")
                    .text(condition.hint())
                    .raw("</span></div>");
        }
        html.raw("</td>");
    }

    private static void predictions(Html html, List<PredictionRow> predictions) {
        html.raw("<section><h2>Latest records</h2>\n");
        if (predictions.isEmpty()) {
            html.raw("<p class=empty>Nothing has been received yet.</p></section>\n");
            return;
        }
        html.raw(
                        "<div class=scroll><table><thead><tr><th>Received (UTC)<th>Made (UTC)<th>Device<th>Label<th class=n>Score<th>Kind")
                .raw("<th>Pipeline<th>Model<th>Stream<th class=n>Seq</tr></thead><tbody>\n");
        for (PredictionRow prediction : predictions) {
            html.raw("<tr class=")
                    .text(prediction.stream())
                    .raw(">")
                    .cell(clock(prediction.receivedMillis()))
                    .cell(made(prediction))
                    .cell(prediction.device())
                    .cell(prediction.label())
                    .raw("<td class=n>")
                    .text(score(prediction.score()))
                    .raw("</td>")
                    .cell(prediction.kind())
                    .cell(prediction.pipeline())
                    .cell(model(prediction))
                    .cell(prediction.stream())
                    .number(prediction.seq())
                    .raw("</tr>\n");
        }
        end(html, 0);
    }

    private static void commands(Html html, List<CommandRow> commands, long nowMillis) {
        if (commands.isEmpty()) {
            return;
        }
        html.raw("<section><h2>Commands</h2>\n")
                .raw("<div class=scroll><table><thead><tr><th>Sent (UTC)<th>To<th>Type<th>State<th>Answer<th>Id")
                .raw("</tr></thead><tbody>\n");
        for (CommandRow command : commands) {
            html.raw("<tr>")
                    .cell(CLOCK.format(Instant.ofEpochMilli(command.receivedMillis())))
                    .cell((command.group() ? "group " : "") + command.target())
                    .cell(command.type())
                    .cell(command.state(nowMillis))
                    .cell(answer(command))
                    .raw("<td class=id>")
                    .text(command.id())
                    .raw("</td></tr>\n");
        }
        end(html, 0);
    }

    private static @Nullable String answer(CommandRow command) {
        if (command.group() || command.answers().isEmpty()) {
            return null;
        }
        CommandRow.Answer answer = command.answers().getFirst();
        String text = answer.reason() == null ? answer.result() : answer.reason();
        return text == null || text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
    }

    private static void desired(Html html, List<DesiredRow> all) {
        List<DesiredRow> rows = all.stream()
                .filter(row -> row.version() > 0 || row.reportedVersion() != null)
                .toList();
        if (rows.isEmpty()) {
            return;
        }
        html.raw("<section><h2>Configuration</h2>\n")
                .raw("<div class=scroll><table><thead><tr><th>Device<th>State<th class=n>Wanted<th class=n>Seen")
                .raw("<th>Reason</tr></thead><tbody>\n");
        for (DesiredRow row : shown(rows)) {
            html.raw("<tr>")
                    .cell(row.device())
                    .cell(row.state())
                    .number(row.version())
                    .number(row.reportedVersion() == null ? 0 : row.reportedVersion())
                    .cell(row.reason())
                    .raw("</tr>\n");
        }
        end(html, rows.size());
    }

    private static void streams(Html html, List<StreamRow> streams, long nowMillis) {
        if (streams.isEmpty()) {
            return;
        }
        html.raw("<section><h2>Streams</h2>\n")
                .raw("<div class=scroll><table><thead><tr><th>Device<th>Epoch<th>Stream<th class=n>Next")
                .raw("<th class=n>Stored<th class=n>Given up<th class=n>Duplicates refused<th class=n>Conflicts")
                .raw("<th>Last</tr></thead><tbody>\n");
        for (StreamRow stream : shown(streams)) {
            html.raw("<tr>")
                    .cell(stream.device())
                    .raw("<td class=id>")
                    .text(stream.epoch())
                    .raw("</td>")
                    .cell(stream.stream())
                    .number(stream.next())
                    .number(stream.rows())
                    .number(stream.gapRows())
                    .number(stream.duplicates())
                    .number(stream.conflicts())
                    .cell(ago(stream.lastReceivedMillis(), nowMillis))
                    .raw("</tr>\n");
        }
        end(html, streams.size());
    }

    private static void end(Html html, int rows) {
        html.raw("</tbody></table></div>");
        if (rows > Limits.PAGE_ROWS) {
            html.raw("<p class=empty>and ")
                    .text(rows - Limits.PAGE_ROWS)
                    .raw(" more; the whole list is under <code>/api/v1/</code></p>");
        }
        html.raw("</section>\n");
    }

    private static <T> List<T> shown(List<T> rows) {
        return rows.subList(0, Math.min(rows.size(), Limits.PAGE_ROWS));
    }

    private static String clock(long millis) {
        return CLOCK.format(Instant.ofEpochMilli(millis));
    }

    private static @Nullable String made(PredictionRow prediction) {
        Long time = prediction.timeMillis();
        Long believed = prediction.wallMillis();
        if (time == null || believed == null) {
            return null;
        }
        return prediction.corrected() ? clock(time) + " (its clock said " + clock(believed) + ")" : clock(time);
    }

    private static @Nullable String model(PredictionRow prediction) {
        return prediction.model() == null ? null : prediction.model() + " " + prediction.version();
    }

    private static @Nullable String score(@Nullable Double score) {
        return score == null ? null : String.format(Locale.ROOT, "%.3f", score);
    }

    private static String ago(long thenMillis, long nowMillis) {
        long seconds = Math.max(
                0, ChronoUnit.SECONDS.between(Instant.ofEpochMilli(thenMillis), Instant.ofEpochMilli(nowMillis)));
        if (seconds < 120) {
            return seconds + " s ago";
        }
        if (seconds < 7_200) {
            return seconds / 60 + " min ago";
        }
        return seconds < 172_800 ? seconds / 3_600 + " h ago" : seconds / 86_400 + " days ago";
    }
}
