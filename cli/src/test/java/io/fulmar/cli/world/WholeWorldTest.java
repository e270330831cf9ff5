package io.fulmar.cli.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * The agent's real uplink and store, and the fleet's real ingest and database, over a link that does everything wrong,
 * with kills, restored copies, full stores and wild clocks, all drawn from a seed: whatever happens, each receipt is one
 * row with its bytes or declared as lost. {@code -Dfulmar.seed=} repeats one world.
 */
class WholeWorldTest {
    /** As many as begin within this time, and always the first few. */
    private static final Duration BRIEF = Duration.ofSeconds(12);

    private static final int AT_LEAST = 4;
    private static final int FEW = 24;
    private static final int MANY = 400;
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Logger LOGGER = Logger.getLogger("");

    private final Path dir;

    WholeWorldTest(@TempDir(factory = InMemory.class) Path dir) {
        this.dir = dir;
    }

    /** Files in memory where that is possible: a kill keeps what the system holds, so that nothing here needs a disk. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            return Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "fulmar-world")
                    : Files.createTempDirectory("fulmar-world");
        }
    }

    /** A bad time says much that nobody needs to read. */
    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(Level.INFO);
    }

    @Test
    void everyReceiptIsOneRowOrDeclaredAsLost() {
        worlds(1, FEW, BRIEF);
    }

    @Test
    @Tag("long")
    void everyReceiptIsOneRowOrDeclaredAsLostInManyWorlds() {
        worlds(1_000, MANY, Duration.ofHours(1));
    }

    private void worlds(long first, int count, Duration limit) {
        Long only = Long.getLong("fulmar.seed");
        if (only != null) {
            live(only);
            return;
        }
        long start = System.nanoTime();
        for (int i = 0; i < count && (i < AT_LEAST || System.nanoTime() - start < limit.toNanos()); i++) {
            live(first + i);
        }
    }

    private void live(long seed) {
        Story story = Story.of(seed);
        Path root = dir.resolve("world-" + seed);
        String what = "repeat with -Dfulmar.seed=" + seed + ": " + story;
        try (World world = new World(story, root)) {
            world.suffer();
            world.calmDown();
            assertThat(new Judge(world).violations()).isEmpty();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(what, e);
        }
        remove(root);
    }

    private static void remove(Path root) {
        try (var dirs = Files.list(root)) {
            dirs.forEach(Folders::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
