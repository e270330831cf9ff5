package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables, in numbered steps of which each adds to the one before. Immutable. */
final class Schema {
    /** The newest step. */
    static final int VERSION = 14;

    private static final Pattern STATEMENT_END = Pattern.compile(";\\R");

    private Schema() {}

    /** The statements of one step. */
    static List<String> statements(String folder, int version) {
        return Stream.of(STATEMENT_END.split(text(folder, version), -1))
                .filter(sql -> !sql.isBlank())
                .toList();
    }

    private static String text(String folder, int version) {
        try (InputStream in = Schema.class.getResourceAsStream(folder + "/schema-" + version + ".sql")) {
            if (in == null) {
                throw new IllegalStateException("the schema is missing in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the schema cannot be read", e);
        }
    }

    /** Says that a database is of another version of this program. */
    static FleetException unknown(String database, int version) {
        return new FleetException(
                Category.PERMANENT,
                database + " has schema version " + version + ", this program knows " + VERSION,
                "use the version of Fulmar that wrote it, or a newer one");
    }
}
