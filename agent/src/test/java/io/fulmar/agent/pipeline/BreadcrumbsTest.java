package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.pipeline.Breadcrumbs.Crumb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BreadcrumbsTest {
    private static final String MODEL = "ab".repeat(32);

    private final Path file;

    BreadcrumbsTest(@TempDir Path dir) {
        file = dir.resolve("models/breadcrumbs");
    }

    @Test
    void theNextStartKnowsWhatWasInNativeCodeAndTheOneAfterHasForgottenIt() {
        Breadcrumbs died = Breadcrumbs.open(file);
        assertThat(died.found()).isEmpty();
        Breadcrumbs.Slot one = died.slot("pipeline vibration");
        one.of("cd".repeat(32));
        one.enter(7);
        one.leave();
        Breadcrumbs.Slot other = died.slot("pipeline host");
        other.of(MODEL);
        other.enter(-42);

        assertThat(Breadcrumbs.open(file).found()).containsExactly(new Crumb(MODEL, -42, "pipeline host"));
        assertThat(Breadcrumbs.open(file).found()).isEmpty();
    }

    @Test
    void whoIsClosedMakesRoomAndWhereThereIsNoneALastOneLeavesNoTrace() {
        Breadcrumbs crumbs = Breadcrumbs.open(file);
        List<Breadcrumbs.Slot> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            all.add(crumbs.slot("golden case " + i));
            all.getLast().enter(i);
        }
        try (Breadcrumbs.Slot tooMany = crumbs.slot("too many")) {
            tooMany.of(MODEL);
            tooMany.enter(1);
            assertThat(Breadcrumbs.open(file).found())
                    .hasSize(32)
                    .noneMatch(it -> it.where().equals("too many"));
        }
        all.get(3).close();
        crumbs.slot("after it").enter(5);

        assertThat(Breadcrumbs.open(file).found())
                .singleElement()
                .satisfies(it -> assertThat(it.where()).isEqualTo("after it"))
                .satisfies(it -> assertThat(it.model()).isEqualTo("00".repeat(32)));
    }

    @Test
    void aLongNameIsCutAndADamagedPageSaysSomethingHarmless() throws IOException {
        Breadcrumbs crumbs = Breadcrumbs.open(file);
        crumbs.slot("pipeline " + "n".repeat(64)).enter(1);
        crumbs.slot("x".repeat(300)).enter(1);
        assertThat(Breadcrumbs.open(file).found())
                .extracting(Crumb::where)
                .containsExactly("pipeline " + "n".repeat(64), "x".repeat(79));

        byte[] noise = new byte[4096];
        new Random(1).nextBytes(noise);
        Files.write(file, noise);
        assertThat(Breadcrumbs.open(file).found())
                .hasSize(32)
                .allSatisfy(it -> assertThat(it.where()).doesNotContainPattern("\\p{Cntrl}"));
        Files.write(file, new byte[] {1, 2, 3});
        assertThat(Breadcrumbs.open(file).found()).isEmpty();
    }

    @Test
    void whereNoFileCanBeWrittenItIsInMemoryAlone() throws IOException {
        Files.createDirectories(file);

        Breadcrumbs.Slot slot = Breadcrumbs.open(file).slot("pipeline vibration");
        slot.of(MODEL);
        slot.enter(1);
        slot.leave();
    }
}
