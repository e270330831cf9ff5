package io.fulmar.fleet.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How records are written as text. Immutable. */
public enum ExportFormat {
    /** RFC 4180. */
    CSV("text/csv", "device,epoch,stream,seq,kind,pipeline,model,version,label,score,at,believed,received,found\r\n") {
        @Override
        String line(PredictionRow row) {
            return String.join(
                            ",",
                            field(row.device()),
                            field(row.epoch()),
                            field(row.stream()),
                            Long.toString(row.seq()),
                            field(row.kind()),
                            field(row.pipeline()),
                            field(row.model()),
                            field(row.version()),
                            field(row.label()),
                            row.score() == null
                                    ? ""
                                    : Float.toString(row.score().floatValue()),
                            field(QueryJson.time(row.timeMillis())),
                            field(QueryJson.time(row.wallMillis())),
                            QueryJson.time(row.receivedMillis()),
                            field(row.found()))
                    + "\r\n";
        }
    },
    /** One JSON object a line, flat, with the same names and types in each. */
    NDJSON("application/x-ndjson", "") {
        @Override
        String line(PredictionRow row) {
            return QueryJson.line(row) + "\n";
        }
    };

    private final String mediaType;
    private final String header;

    ExportFormat(String mediaType, String header) {
        this.mediaType = mediaType;
        this.header = header;
    }

    public String mediaType() {
        return mediaType;
    }

    abstract String line(PredictionRow row);

    /**
     * Those records as text.
     *
     * @param first whether they are the first, before which there is a header
     */
    public String text(List<PredictionRow> rows, boolean first) {
        var text = new StringBuilder(first ? header : "");
        rows.forEach(row -> text.append(line(row)));
        return text.toString();
    }

    private static String field(@Nullable String text) {
        if (text == null) {
            return "";
        }
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
