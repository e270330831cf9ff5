package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.TestPackages;
import io.fulmar.agent.api.TestApi;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.store.Release;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryRoomTest {
    private final Path proc;
    private final Path groups;
    private final MemoryRoom room;

    MemoryRoomTest(@TempDir Path dir) throws IOException {
        proc = dir.resolve("proc");
        Files.createDirectories(proc.resolve("self"));
        groups = Files.createDirectories(dir.resolve("groups/system.slice/fulmar.service"));
        room = new MemoryRoom(new HostMemory(proc, dir.resolve("groups")));
    }

    private void host(long kibibytes) throws IOException {
        Files.writeString(proc.resolve("meminfo"), "MemTotal: 999999999 kB\nMemAvailable:    " + kibibytes + " kB\n");
    }

    @Test
    void aModelIsRefusedThatTheHostHasNoMemoryForBeforeItIsLoaded() throws IOException {
        host(10);
        ModelSettings bearing = TestApi.sample("bearing-condition");
        ModelLoader loader = new ModelLoader(ModelSource.FILES, room);

        assertThatThrownBy(() -> loader.load(bearing))
                .isInstanceOfSatisfying(
                        PipelineException.class,
                        it -> assertThat(it.isWithoutModel()).isTrue())
                .hasMessage("model bearing-condition needs 1 MiB of memory, twice its file, and 1 MiB are there");

        host(64 << 10);
        try (var opened = loader.load(bearing).interpreter()) {
            assertThat(opened.inputs()).hasSize(1);
        }
    }

    @Test
    void whatThePackageSaysCountsAndARefusedReleaseIsNotTurnedDown() throws IOException {
        host(50 << 10);
        ModelSource.Found found = new ModelSource.Found.Stored(
                new Release("1.1.0", 1, "a".repeat(64), null, List.of("b".repeat(64))),
                TestPackages.verified("scale", 1, ScaleModel.bytes(2, 1), new ModelManifest.Budgets(null, 60L << 20)),
                List.of());
        ModelSource source = new ModelSource() {
            @Override
            public Found find(String name) {
                return found;
            }

            @Override
            public boolean turnDown(String name, Release release, String reason) {
                throw new AssertionError(reason);
            }
        };
        ModelSettings settings = new ModelSettings("scale", null, "", null, 1, ModelSettings.Delegate.NONE);

        assertThatThrownBy(() -> new ModelLoader(source, room).load(settings))
                .hasMessage("model scale needs 60 MiB of memory by its package, and 50 MiB are there");
    }

    @Test
    void theLimitOfTheControlGroupCountsAndItsCacheDoesNot() throws IOException {
        host(1 << 20);
        Files.writeString(proc.resolve("self/cgroup"), "0::/system.slice/fulmar.service\n");
        assertThat(room.whyNot("m", 500 << 20, null)).isNull();

        Files.writeString(groups.resolve("memory.max"), Long.toString(100 << 20));
        Files.writeString(groups.resolve("memory.current"), Long.toString(90 << 20));
        assertThat(room.whyNot("m", 6 << 20, null))
                .isEqualTo("model m needs 12 MiB of memory, twice its file, and 10 MiB are there");

        Files.writeString(groups.resolve("memory.stat"), "anon 1\ninactive_file " + (20 << 20) + "\n");
        assertThat(room.whyNot("m", 6 << 20, null)).isNull();

        Files.writeString(groups.resolve("memory.max"), "max\n");
        assertThat(room.whyNot("m", 500 << 20, null)).isNull();
    }

    @Test
    void whereTheHostDoesNotTellEverythingFits() {
        assertThat(room.whyNot("m", 1L << 40, null)).isNull();
    }

    @Test
    void theBytesOfAModelAreInMemoryOnceHoweverManyRunIt() {
        SharedFiles files = new SharedFiles();
        ModelSource source = new ModelSource() {
            @Override
            public Found find(String name) {
                return new Found.InFile();
            }

            @Override
            public ModelFile shared(ModelFile file) {
                return files.of(file);
            }
        };
        LoadedModel one = new ModelLoader(source).load(TestApi.sample("digit-reader"));
        LoadedModel two = new ModelLoader(source).load(TestApi.sample("digit-reader"));
        try (var first = one.interpreter();
                var second = two.interpreter()) {
            assertThat(second.model()).isSameAs(first.model());
        }
    }
}
