package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.store.Attempt;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A device that is killed while it updates: at every system call on its journal, and at random. Whenever it is started again it
 * runs a whole release, and it comes to the end that it would have come to.
 */
@Timeout(3600)
@Execution(ExecutionMode.CONCURRENT)
class UpdateKillIT {
    private static final Path STRACE = Path.of("/usr/bin/strace");
    private static final int MOST_CALLS = 20;

    @TempDir
    Path folder;

    private long number = 1;
    private @Nullable PackageReader runs;

    @Test
    void killedAtEverySystemCallOnTheJournalItComesToTheSameEnd() throws Exception {
        assumeTrue(Files.isExecutable(STRACE), "strace is not installed (Debian: apt-get install strace)");
        try (UpdateWorld world = started()) {
            List<String> killed = new ArrayList<>();
            for (String call : List.of("rename", "fsync", "fdatasync")) {
                for (int nth = 1; nth <= MOST_CALLS; nth++) {
                    String at = killedAt(world, call, nth, nth % 3 == 0);
                    if (at.isEmpty()) {
                        break;
                    }
                    killed.add(call + " " + at);
                }
            }
            System.out.println(
                    "measured: killed at " + killed.size() + " system calls on the journal, when it said: " + killed);
            assertThat(killed)
                    .as("before the first step and after the last one")
                    .contains("rename end", "fdatasync end");
            for (Attempt.Step step : Attempt.Step.values()) {
                if (step != Attempt.Step.SHADOW) {
                    assertThat(killed).as("a kill at each step").anyMatch(at -> at.endsWith(" " + step));
                }
            }
            isWhole(world);
        }
    }

    @Test
    void killedAtRandomItComesToTheSameEnd() throws Exception {
        killedAtRandom(10);
    }

    @Test
    @Tag("long")
    void killedAtRandomManyTimesItComesToTheSameEnd() throws Exception {
        killedAtRandom(200);
    }

    private void killedAtRandom(int kills) throws Exception {
        long seed = Long.getLong("fulmar.seed", System.nanoTime());
        System.out.println("seed " + seed + "; repeat with -Dfulmar.seed=" + seed);
        Random random = new Random(seed);
        try (UpdateWorld world = started()) {
            int done = 0;
            int updates = 0;
            int starts = 0;
            while (done < kills) {
                boolean bad = random.nextInt(3) == 0;
                PackageReader release = next(world, bad);
                world.publish(release);
                world.assign(release);
                updates++;
                int strikes = 0;
                while (done < kills && !UpdateWorld.isOver(world.said(release.manifestDigest()))) {
                    long at = System.nanoTime()
                            + Duration.ofMillis(500 + random.nextInt(5_000)).toNanos();
                    world.await(
                            "a moment",
                            () -> System.nanoTime() - at > 0
                                    || UpdateWorld.isOver(world.said(release.manifestDigest())));
                    if (!UpdateWorld.isOver(world.said(release.manifestDigest()))) {
                        strikes += isBeingTried(world) ? 1 : 0;
                        world.kill();
                        world.start();
                        done++;
                    }
                }
                end(world, release, bad, strikes > 0);
                starts += strikes;
            }
            System.out.println("measured: " + done + " random kills in " + updates + " updates, " + starts
                    + " of them in a test or a trial");
            isWhole(world);
        }
    }

    private UpdateWorld started() throws Exception {
        UpdateWorld world = new UpdateWorld(folder);
        runs = TestRelease.good(number, world.key).in(packages());
        world.startWith(runs);
        return world;
    }

    private Path packages() {
        return folder.resolve("packages");
    }

    private static String version(@Nullable PackageReader release) {
        return Objects.requireNonNull(release).manifest().version().toString();
    }

    /** A release with a model file that the device does not have; a bad one fails its golden cases or its trial. */
    private PackageReader next(UpdateWorld world, boolean bad) throws IOException {
        number++;
        String from = !bad
                ? "samples/bearing-condition"
                : number % 2 == 0 ? "faulty/bearing-condition-1.1.1" : "faulty/bearing-condition-1.2.0";
        return new TestRelease(TestRelease.MODELS.resolve(from), number, world.key)
                .model(model -> BadReleases.unheardOf(model, number))
                .in(packages());
    }

    /**
     * Kills it on entering the first such call on the journal that is the n-th or a later one of its thread; what the journal
     * said then, or nothing if the update came to its end before.
     */
    private String killedAt(UpdateWorld world, String call, int nth, boolean bad) throws Exception {
        PackageReader release = next(world, bad);
        world.publish(release);
        world.kill();
        world.startBy(List.of(
                STRACE.toString(),
                "-D",
                "-f", // and no --seccomp-bpf: with it, strace 6.1 does not count calls
                "-qq",
                "-o",
                folder.resolve("strace.log").toString(),
                "-P",
                world.journal().toString(),
                "-P",
                world.journal() + ".new",
                "-P",
                world.state().resolve("models").toString(), // flushed once the journal has taken its place there
                "-e",
                "trace=" + calls(call),
                "-e",
                "inject=" + calls(call) + ":signal=KILL:when=" + nth + "+"));
        world.assign(release);
        world.awaitWithoutStarting(
                "a death or an end",
                () -> !world.agent().isAlive() || UpdateWorld.isOver(world.said(release.manifestDigest())));
        boolean died = !UpdateWorld.isOver(world.said(release.manifestDigest()));
        String at = died ? step(world.journalText()) : "";
        world.kill();
        world.start();
        end(world, release, bad, false);
        return at;
    }

    /** The step of the last entry. */
    private static String step(String journal) {
        String last = journal.lines().reduce("", (one, next) -> next);
        int attempt = last.indexOf("\tattempt ");
        return attempt < 0 ? "end" : last.substring(attempt + 9, last.indexOf(' ', attempt + 9));
    }

    private static String calls(String call) {
        return call.equals("rename") ? "rename,renameat,renameat2" : call;
    }

    private static boolean isBeingTried(UpdateWorld world) {
        return world.journalText().contains("attempt TESTING")
                || world.journalText().contains("attempt TRIAL");
    }

    /** It comes to the end that is right for it; three kills of one that is tested or tried are such an end, too. */
    private void end(UpdateWorld world, PackageReader release, boolean bad, boolean struck) {
        Reported.Model end = world.awaitEnd(release.manifestDigest());
        boolean crashed = struck && String.valueOf(end.reason()).startsWith("crashed");
        if (bad) {
            assertThat(end.state()).isNotEqualTo(ModelState.ACTIVE);
        } else if (!crashed) {
            assertThat(end.state()).as(String.valueOf(end.reason())).isEqualTo(ModelState.ACTIVE);
            runs = release;
        }
        world.await(version(runs), () -> world.runs().equals(version(runs)));
        world.awaitPredictions(20);
    }

    private static void isWhole(UpdateWorld world) throws Exception {
        world.awaitPredictions(50);
        Proof.Verdict verdict = world.prove();
        System.out.println("measured: " + verdict.recorded() + " receipts, " + verdict.delivered() + " delivered, "
                + verdict.buffered() + " still buffered, " + verdict.lost() + " lost, " + verdict.duplicated()
                + " twice, " + verdict.altered() + " altered");
        assertThat(verdict.holds()).as(verdict.toString()).isTrue();
        assertThat(verdict.recorded()).isPositive();
    }
}
