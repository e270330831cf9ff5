package io.fulmar.fleet.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the records that are exported, in their order.
 *
 * @param next where the following ones begin; null for the last page
 *     <p>Immutable.
 */
public record ExportPage(List<PredictionRow> rows, @Nullable Place next) {
    public ExportPage {
        rows = List.copyOf(rows);
    }

    /**
     * Behind that record of that stream.
     *
     * @param stream its number in the database
     */
    public record Place(long stream, long seq) {
        @Override
        public String toString() {
            return stream + "." + seq;
        }

        /** The place of that text; null where it is none. */
        public static @Nullable Place parse(String text) {
            int dot = text.indexOf('.');
            try {
                return dot < 1
                        ? null
                        : new Place(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }
}
