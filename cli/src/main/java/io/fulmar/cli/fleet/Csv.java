package io.fulmar.cli.fleet;

import io.fulmar.fleet.query.PredictionRow;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Records as CSV (RFC 4180). Immutable. */
final class Csv {
    private Csv() {}

    static void header(PrintWriter out) {
        out.print("device,epoch,stream,seq,kind,pipeline,model,version,label,score,at,believed,received\r\n");
    }

    static void row(PredictionRow prediction, PrintWriter out) {
        out.print(String.join(
                        ",",
                        field(prediction.device()),
                        field(prediction.epoch()),
                        field(prediction.stream()),
                        Long.toString(prediction.seq()),
                        field(prediction.kind()),
                        field(prediction.pipeline()),
                        field(prediction.model()),
                        field(prediction.version()),
                        field(prediction.label()),
                        prediction.score() == null
                                ? ""
                                : Float.toString(prediction.score().floatValue()),
                        Times.exact(prediction.timeMillis()),
                        Times.exact(prediction.wallMillis()),
                        Times.exact(prediction.receivedMillis()))
                + "\r\n");
    }

    private static String field(@Nullable String text) {
        if (text == null) {
            return "";
        }
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
