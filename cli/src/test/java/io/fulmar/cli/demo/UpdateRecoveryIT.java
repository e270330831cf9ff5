package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.cue.Cue;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A real device that comes back from what people, rot and crashes do to its releases. */
@Timeout(900)
@Execution(ExecutionMode.CONCURRENT)
class UpdateRecoveryIT {
    private static final int BEYOND_THE_HEAP = 40 << 20;

    @TempDir
    Path folder;

    private UpdateWorld world;
    private long number = 1;

    @BeforeEach
    void startWithTheFirst() throws Exception {
        world = new UpdateWorld(folder);
        world.startWith(TestRelease.good(number, world.key).in(packages()));
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void whatWasTakenBackStaysSoUntilItIsAssignedAgain() throws Exception {
        PackageReader second = next();
        isActive(assign(second));
        world.rollBack();
        world.await("the first", () -> world.runs().equals("1.1.0"));
        world.awaitPredictions(200); // two seconds, in which it could come back
        assertThat(world.runs()).isEqualTo("1.1.0");
        Reported.Model told = world.said(second.manifestDigest());
        assertThat(told).isNotNull();
        assertThat(told.state()).isEqualTo(ModelState.ROLLED_BACK);
        assertThat(told.reason()).startsWith("taken-back");

        isActive(world.assign(second));
        world.await("the second again", () -> world.runs().equals("1.2.0"));

        PackageReader bad = faulty();
        world.publish(bad);
        for (int i = 0; i < 2; i++) {
            long attempts = world.attempts(bad.manifestDigest());
            Reported.Model end = world.awaitEnd(world.assign(bad));
            assertThat(end.state()).as("try " + i + ": " + end.reason()).isEqualTo(ModelState.ROLLED_BACK);
            assertThat(end.reason()).startsWith("errors");
            assertThat(world.attempts(bad.manifestDigest())).isGreaterThan(attempts);
            world.await("the second", () -> world.runs().equals("1.2.0"));
        }
        lostNothing();
    }

    @Test
    void aTestThatIsTakenBackDoesNotHoldUpTheNext() throws Exception {
        isActive(assign(next()));
        PackageReader slow = nextWith(Cue.slow(1, 2_000));
        Desired.Model wanted = assign(slow);
        world.awaitState(wanted, ModelState.TESTING);
        world.rollBack();
        Reported.Model end = world.awaitEnd(wanted);
        assertThat(end.state()).isEqualTo(ModelState.REJECTED);
        assertThat(end.reason()).startsWith("taken-back");
        assertThat(world.runs()).isEqualTo("1.2.0");
        isActive(assign(next()));
        lostNothing();
    }

    @Test
    void whatHasRottedOnTheDiskIsFetchedAgain() throws Exception {
        PackageReader second = next();
        Desired.Model wanted = assign(second);
        isActive(wanted);
        for (Role role : List.of(Role.LABELS, Role.MODEL)) {
            ModelManifest.FileEntry file = second.manifest().files().stream()
                    .filter(it -> it.role() == role)
                    .findFirst()
                    .orElseThrow();
            int deaths = world.deaths();
            world.kill();
            BadReleases.flip(world.blob(file.sha256()));
            world.start();
            world.wantAgain(wanted);
            isActive(wanted);
            world.await("the second again", () -> world.runs().equals("1.2.0"));
            assertThat(Digest.of(Files.readAllBytes(world.blob(file.sha256()))))
                    .as("the file with role " + role)
                    .isEqualTo(file.sha256());
            assertThat(world.deaths()).isEqualTo(deaths);
        }
        lostNothing();
    }

    @Test
    void oneThatCrashesAtStartAfterStartGivesWayToTheOneBeforeThoughItHadProvedItself() throws Exception {
        PackageReader crashing = nextWith(Cue.crash(500)); // long after its trial
        isActive(assign(crashing));
        world.await("the first", () -> world.deaths() == 3 && world.runs().equals("1.1.0"));
        world.awaitPredictions(700);
        assertThat(world.deaths()).isEqualTo(3);
        world.await("it to be told", () -> {
            Reported.Model told = world.said(crashing.manifestDigest());
            return told != null
                    && told.state() == ModelState.REJECTED
                    && String.valueOf(told.reason()).contains("at start after start");
        });
        isActive(assign(next()));
        lostNothing();
    }

    @Test
    void whatIsTooLargeForTheMemoryOfTheAgentIsRefusedAndDoesNotEndIt() throws Exception {
        number++;
        PackageReader large = TestRelease.good(number, world.key)
                .model(model -> Arrays.copyOf(model, BEYOND_THE_HEAP))
                .in(packages());
        Reported.Model end = world.awaitEnd(assign(large));
        assertThat(end.state()).isEqualTo(ModelState.REJECTED);
        assertThat(end.reason()).startsWith("too-large");
        assertThat(world.deaths()).isZero();
        isActive(assign(next()));
        lostNothing();
    }

    private Path packages() {
        return folder.resolve("packages");
    }

    private PackageReader next() throws IOException {
        number++;
        return TestRelease.good(number, world.key)
                .model(model -> BadReleases.unheardOf(model, number))
                .in(packages());
    }

    private PackageReader nextWith(Cue cue) throws IOException {
        number++;
        return TestRelease.good(number, world.key).model(cue::in).in(packages());
    }

    private PackageReader faulty() throws IOException {
        number++;
        return new TestRelease(TestRelease.MODELS.resolve("faulty/bearing-condition-1.2.0"), number, world.key)
                .in(packages());
    }

    private Desired.Model assign(PackageReader release) {
        world.publish(release);
        return world.assign(release);
    }

    private void isActive(Desired.Model wanted) {
        Reported.Model end = world.awaitEnd(wanted);
        assertThat(end.state()).as(String.valueOf(end.reason())).isEqualTo(ModelState.ACTIVE);
    }

    private void lostNothing() throws Exception {
        world.awaitPredictions(50);
        Proof.Verdict verdict = world.prove();
        assertThat(verdict.holds()).as(verdict.toString()).isTrue();
        assertThat(verdict.recorded()).isPositive();
    }
}
