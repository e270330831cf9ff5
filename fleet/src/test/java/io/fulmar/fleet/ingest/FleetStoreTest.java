package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.SqliteDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetStoreTest {
    @Test
    void aDatabaseThatCannotBeUsedIsNotHeldOpen(@TempDir Path dir) throws SQLException, IOException {
        try (var session = Database.in(dir).openWriter();
                var statement = session.connection().createStatement()) {
            statement.execute("DROP TABLE gap");
        }
        assertThatThrownBy(() -> FleetStore.open(Database.in(dir), Limits.RECORDS_KEPT_FOR, Limits.SAMPLES_BYTES, null))
                .isInstanceOf(FleetException.class);
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            Path database = dir.resolve(SqliteDatabase.FILE_NAME).toRealPath();
            assertThat(open.filter(file -> isLinkTo(file, database))).isEmpty();
        }
    }

    private static boolean isLinkTo(Path link, Path target) {
        try {
            return Files.readSymbolicLink(link).equals(target);
        } catch (IOException e) {
            return false; // closed in the meantime
        }
    }
}
