package io.fulmar.sync.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLibraryTest {
    @TempDir
    private Path dir;

    private Path prepared(Path... places) {
        return Objects.requireNonNull(SqliteLibrary.prepare(List.of(places)));
    }

    @Test
    void itIsUnpackedOnceAndUsedAgain() throws IOException {
        Path file = prepared(dir.resolve("a"));
        FileTime written = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(file, written);

        assertThat(prepared(dir.resolve("a"))).isEqualTo(file).hasParent(dir.resolve("a"));
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
        assertThat(dir.resolve("a")).isDirectoryContaining(other -> other.equals(file));
        assertThat(System.getProperty("org.sqlite.lib.path"))
                .isEqualTo(dir.resolve("a").toString());
    }

    @Test
    void aDamagedOneIsNeverLoadedAndWhatIsLeftOverGoes() throws IOException {
        Path file = prepared(dir);
        byte[] whole = Files.readAllBytes(file);
        byte[] damaged = whole.clone();
        damaged[damaged.length / 2] ^= 1;
        Files.delete(file); // the process has it mapped
        Files.write(file, damaged);
        Files.write(dir.resolve("sqlite-0123456789abcdef.so"), whole);
        Files.write(dir.resolve("sqlite-0123456789abcdef.so.999999999"), whole);

        assertThat(prepared(dir)).hasBinaryContent(whole);
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whereItCannotBeWrittenTheNextPlaceIsTaken() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));

        assertThat(prepared(file.resolve("native"), dir.resolve("b"))).hasParent(dir.resolve("b"));
        assertThat(SqliteLibrary.prepare(List.of(file.resolve("native")))).isNull();
    }
}
