package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    private static NativeLibrary library(Path cache) {
        return new NativeLibrary("Linux", "amd64", Map.of("XDG_CACHE_HOME", cache.toString()));
    }

    @Test
    void eachSupportedPlatformHasItsLibrary() {
        assertThat(NativeLibrary.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(NativeLibrary.platform("Linux", "aarch64")).isEqualTo("linux-arm64");
    }

    @Test
    void anUnsupportedPlatformIsNamed() {
        for (String[] platform : new String[][] {{"Linux", "arm"}, {"Windows 11", "amd64"}, {"Mac OS X", "aarch64"}}) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> NativeLibrary.platform(platform[0], platform[1]))
                    .withMessageContaining(platform[0])
                    .withMessageContaining(platform[1])
                    .satisfies(e -> assertThat(e.category()).isEqualTo(ModelException.Category.FATAL));
        }
    }

    @Test
    void theLibraryIsCopiedOnceToAFolderNamedByItsDigest(@TempDir Path cache) throws IOException {
        Path file = library(cache).locate(null);
        assertThat(file.startsWith(cache.resolve("fulmar/natives"))).isTrue();
        assertThat(String.valueOf(file.getParent())).matches(".*/[0-9a-f]{64}");
        FileTime copied = Files.getLastModifiedTime(file);
        assertThat(library(cache).locate(null)).isEqualTo(file);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(copied);
        try (Stream<Path> left = Files.list(file.resolveSibling(""))) {
            assertThat(left).containsExactly(file);
        }
        assertThat(NativeLibrary.load(file).find("TfLiteVersion")).isPresent();
    }

    @Test
    void aCacheThatCannotBeWrittenIsReplacedByATemporaryFolder(@TempDir Path folder) throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("file"));
        Path file = library(notAFolder).locate(null);
        assertThat(file).isRegularFile();
        assertThat(file.startsWith(folder)).isFalse();
        Files.delete(file);
    }

    @Test
    void aConfiguredFolderIsUsedAsItIs(@TempDir Path folder) throws IOException {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> library(folder).locate(folder.toString()))
                .withMessageContaining("no such file");
        Path file = Files.createFile(folder.resolve("libjnitensorflowlite.so"));
        assertThat(library(folder).locate(folder.toString())).isEqualTo(file);
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> NativeLibrary.load(file))
                .withMessageContaining("cannot be loaded: ")
                .satisfies(e -> assertThat(List.of(e.hint())).first().asString().contains("glibc"));
    }
}
