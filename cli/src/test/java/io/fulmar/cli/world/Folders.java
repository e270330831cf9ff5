package io.fulmar.cli.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Predicate;

/** Copies of directories: what a kill at this moment would leave, or what a backup brings back. */
final class Folders {
    private Folders() {}

    /** Copies the files of that kind; SQLite makes the shared index of its log again, and a lock dies with its process. */
    static void copy(Path from, Path to, Predicate<String> wanted) {
        try {
            Files.createDirectories(to);
            try (var files = Files.list(from)) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (Files.isRegularFile(file) && isState(name) && wanted.test(name)) {
                        Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path dir) {
        deleteFiles(dir, name -> true);
        try {
            Files.deleteIfExists(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void deleteFiles(Path dir, Predicate<String> unwanted) {
        try (var files = Files.list(dir)) {
            for (Path file : files.toList()) {
                if (unwanted.test(file.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isState(String name) {
        return !name.endsWith("-shm") && !name.endsWith(".lock");
    }
}
