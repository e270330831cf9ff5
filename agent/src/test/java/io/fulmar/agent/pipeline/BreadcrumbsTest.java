package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        file = dir.resolve("breadcrumbs");
    }

    @Test
    void theNextStartKnowsWhatWasInNativeCodeAndTheOneAfterHasForgottenIt() throws IOException {
        Breadcrumbs died = open();
        assertThat(died.found()).isEmpty();
        Breadcrumbs.Slot one = died.slot("pipeline vibration");
        one.of("cd".repeat(32));
        one.enter(7);
        one.leave();
        Breadcrumbs.Slot other = died.slot("pipeline host");
        other.of(MODEL);
        other.enter(-42);

        assertThat(open().found()).containsExactly(new Crumb(MODEL, -42, "pipeline host"));
        assertThat(open().found()).isEmpty();
    }

    @Test
    void whatWasKeptIsKnownOnceWhereTheMemoryIsGone() throws IOException {
        Breadcrumbs stuck = open();
        Breadcrumbs.Slot slot = stuck.slot("pipeline vibration");
        slot.of(MODEL);
        slot.enter(7);
        stuck.keep();
        assertThat(open().found()).as("known from both").containsExactly(new Crumb(MODEL, 7, "pipeline vibration"));

        stuck = open();
        slot = stuck.slot("pipeline vibration");
        slot.of(MODEL);
        slot.enter(8);
        stuck.keep();
        Files.delete(file);
        assertThat(open().found()).containsExactly(new Crumb(MODEL, 8, "pipeline vibration"));
        assertThat(open().found()).isEmpty();
    }

    @Test
    void whoIsClosedMakesRoomAndWhereThereIsNoneALastOneLeavesNoTrace() throws IOException {
        Breadcrumbs crumbs = open();
        List<Breadcrumbs.Slot> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            all.add(crumbs.slot("golden case " + i));
            all.getLast().enter(i);
        }
        try (Breadcrumbs.Slot tooMany = crumbs.slot("too many")) {
            tooMany.of(MODEL);
            tooMany.enter(1);
            assertThat(open().found()).hasSize(32).noneMatch(it -> it.where().equals("too many"));
        }
        all.get(3).close();
        crumbs.slot("after it").enter(5);

        assertThat(open().found())
                .singleElement()
                .satisfies(it -> assertThat(it.where()).isEqualTo("after it"))
                .satisfies(it -> assertThat(it.model()).isEqualTo("00".repeat(32)));
    }

    @Test
    void aLongNameIsCutAndADamagedPageSaysSomethingHarmless() throws IOException {
        Breadcrumbs crumbs = open();
        crumbs.slot("pipeline " + "n".repeat(64)).enter(1);
        crumbs.slot("x".repeat(300)).enter(1);
        assertThat(open().found())
                .extracting(Crumb::where)
                .containsExactly("pipeline " + "n".repeat(64), "x".repeat(79));

        byte[] noise = new byte[4096];
        new Random(1).nextBytes(noise);
        Files.write(file, noise);
        assertThat(open().found())
                .hasSize(32)
                .allSatisfy(it -> assertThat(it.where()).doesNotContainPattern("\\p{Cntrl}"));
        Files.write(file, new byte[] {1, 2, 3});
        assertThat(open().found()).isEmpty();
    }

    @Test
    void anAgentThatEndsByItselfLeavesNothingAndOneThatIsLeftInAModelDoes() throws IOException {
        Path state = file.resolveSibling("state");
        Files.createDirectory(state);
        try (Breadcrumbs crumbs = Breadcrumbs.of(state)) {
            crumbs.slot("pipeline hanging").enter(3);
        }
        try (Breadcrumbs crumbs = Breadcrumbs.of(state)) {
            assertThat(crumbs.found()).hasSize(1);
            crumbs.slot("pipeline well").close();
        }
        try (Breadcrumbs crumbs = Breadcrumbs.of(state)) {
            assertThat(crumbs.found()).isEmpty();
        }
    }

    @Test
    void whatIsNotItsOwnIsNotUsed() throws IOException {
        Files.createSymbolicLink(file, file.resolveSibling("elsewhere"));
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
        assertThat(Breadcrumbs.of(Path.of("/nowhere")).found()).isEmpty();
    }

    private Breadcrumbs open() throws IOException {
        return Breadcrumbs.open(file, file.resolveSibling("kept"), Files.getOwner(file.getParent()));
    }
}
