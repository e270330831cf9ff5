package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Samples;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxInspectorTest {
    @Test
    void aStoreIsInspectedWhileItsAgentRunsAndAfterIt(@TempDir Path dir) throws Exception {
        World world = new World(dir.resolve("state"));
        world.outbox.append(List.of(new Draft(Stream.DATA, Records.encode(Samples.prediction(1)))));
        world.append(Stream.ALARM, "a", "b");

        OutboxReport running = OutboxInspector.inspect(world.dir);
        assertThat(running.running()).isTrue();
        assertThat(running.streams().get(0).counters().buffered()).isEqualTo(2);

        World unclean = world.killed(dir.resolve("killed"));
        unclean.close();
        for (String name : List.of(Store.NAME, Store.WAL_NAME)) {
            Files.copy(world.dir.resolve(name), dir.resolve(name));
        }
        OutboxReport left = OutboxInspector.inspect(dir);
        assertThat(left.running()).isFalse();
        assertThat(left.streams().get(0).counters().buffered()).isEqualTo(2);

        world.close();
        OutboxReport stopped = OutboxInspector.inspect(world.dir);
        assertThat(stopped.running()).isFalse();
        assertThat(stopped.problem()).isNull();
        assertThat(stopped.streams().get(0).recordBytes()).isEqualTo(2);
        assertThat(stopped.streams().get(2).oldestWallMillis()).isEqualTo(Samples.AT.wallMillis());
        assertThat(stopped.epoch()).isEqualTo(running.epoch());
    }

    @Test
    void aFolderWithoutAStoreIsAnErrorWithAHint(@TempDir Path dir) {
        assertThatThrownBy(() -> OutboxInspector.inspect(dir))
                .isInstanceOfSatisfying(
                        OutboxException.class, e -> assertThat(e.hint()).contains("state.dir"));
    }
}
