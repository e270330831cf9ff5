package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.demo.BadReleases.Bad;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real device, its fleet and its broker, and one bad release after the other: each is undone for its own reason, the model
 * from before runs on, nobody tries it again, and a good release is welcome afterwards. Mostly devices wait here, each kind of
 * release on one of its own, side by side.
 */
@Timeout(1500)
@Execution(ExecutionMode.CONCURRENT)
class BadReleasesIT {
    private static final String OLD = "1.10.0";

    @TempDir
    Path folder;

    private long number = BadReleases.FLOOR + 1;

    /** Bad releases that one device gets, one after the other. */
    private enum Kind {
        REFUSED,
        TESTED,
        TRIED,
        DAMAGED
    }

    @ParameterizedTest
    @EnumSource
    void eachIsUndoneForItsOwnReasonAndAGoodOneIsTakenAfterwards(Kind kind) throws Exception {
        try (UpdateWorld world = new UpdateWorld(folder)) {
            world.startWith(TestRelease.good(BadReleases.FLOOR, world.key)
                    .floor(BadReleases.FLOOR)
                    .in(packages()));
            int bad = switch (kind) {
                case REFUSED -> undo(world, BadReleases.refused());
                case TESTED -> undo(world, BadReleases.tested());
                case TRIED -> undo(world, BadReleases.tried());
                case DAMAGED -> undoDamaged(world);
            };

            PackageReader good = fresh(world, number++).in(packages());
            world.publish(good);
            world.assign(good);
            aStrangersReleaseDoesNotStopIt(world, number, good.manifestDigest());
            Reported.Model end = world.awaitEnd(good.manifestDigest());
            assertThat(end.state()).as(String.valueOf(end.reason())).isEqualTo(ModelState.ACTIVE);
            world.await("the good one", () -> world.runs().equals(end.version()));
            world.awaitPredictions(50);
            Proof.Verdict verdict = world.prove();
            System.out.println("measured: " + bad + " bad releases undone (" + kind + "), " + world.deaths()
                    + " deaths of the agent, " + verdict.recorded() + " receipts, " + verdict.lost() + " lost");
            assertThat(verdict.holds()).as(verdict.toString()).isTrue();
            assertThat(verdict.recorded()).isPositive();
        }
    }

    private int undo(UpdateWorld world, List<Bad> releases) throws IOException {
        for (Bad bad : releases) {
            PackageReader release = bad.maker().make(number++, world.key, packages());
            world.publish(release);
            Desired.Model wanted = world.assign(release);
            isUndone(world, bad.name(), release.manifestDigest(), bad.reason(), bad.state());
            isNotTriedAgain(world, bad.name(), wanted);
        }
        return releases.size();
    }

    private int undoDamaged(UpdateWorld world) throws IOException {
        aBitThatFlippedAtTheFleet(world, number++);
        moreThanWasAskedFor(world, number++);
        cutOffInTheInbox(world, number++);
        return 3;
    }

    private Path packages() {
        return folder.resolve("packages");
    }

    /** A good release with a model file that no device has. */
    private static TestRelease fresh(UpdateWorld world, long number) throws IOException {
        return TestRelease.good(number, world.key).model(model -> BadReleases.unheardOf(model, number));
    }

    private static void isUndone(UpdateWorld world, String what, String manifest, String reason, ModelState state) {
        Reported.Model end = world.awaitEnd(manifest);
        System.out.println("measured: " + what + ": " + end.state() + " " + end.reason());
        assertThat(end.reason()).as(what).startsWith(reason);
        assertThat(end.state()).as(what + ": " + end.reason()).isEqualTo(state);
        world.await(OLD + " again after " + what, () -> world.runs().equals(OLD));
        world.awaitPredictions(20);
    }

    private static void isNotTriedAgain(UpdateWorld world, String what, Desired.Model wanted) {
        long attempts = world.attempts(wanted.manifest());
        world.wantAgain(wanted);
        world.awaitPredictions(100); // a second, in which it could begin
        assertThat(world.attempts(wanted.manifest())).as(what).isEqualTo(attempts);
        Reported.Model said = world.said(wanted.manifest());
        assertThat(UpdateWorld.isOver(said)).as(what + " is still " + said).isTrue();
        assertThat(world.runs()).as(what).isEqualTo(OLD);
    }

    private void aStrangersReleaseDoesNotStopIt(UpdateWorld world, long number, String good) throws IOException {
        world.await("the trial", () -> {
            Reported.Model said = world.said(good);
            return said != null && said.state() == ModelState.TRIAL;
        });
        PackageReader release = TestRelease.good(number, SigningKey.generate()).in(packages());
        world.assign(release);
        assertThat(world.awaitEnd(release.manifestDigest()).reason()).startsWith("unknown-key");
    }

    private void aBitThatFlippedAtTheFleet(UpdateWorld world, long number) throws IOException {
        PackageReader release = fresh(world, number).in(packages());
        world.publish(release);
        BadReleases.flip(BadReleases.published(world.data(), release));
        Desired.Model wanted = world.assign(release);
        isUndone(world, "a flipped bit", release.manifestDigest(), "digest-mismatch", ModelState.REJECTED);
        isNotTriedAgain(world, "a flipped bit", wanted);
    }

    /** The fleet has lost the file; somebody else sends without end what it might be. */
    private void moreThanWasAskedFor(UpdateWorld world, long number) throws IOException {
        PackageReader release = fresh(world, number).in(packages());
        world.publish(release);
        Files.delete(BadReleases.published(world.data(), release));
        String topic = world.wire
                .topics()
                .deviceBlob(UpdateWorld.DEVICE, release.manifest().model().sha256());
        Desired.Model wanted = world.assign(release);
        byte[] chunk = new byte[Limits.CHUNK_BYTES];
        long[] sent = {release.manifest().model().size()};
        try (PahoLink endless = new PahoLink(
                LinkConfig.builder(world.broker(), "endless").build(), new SplittableRandom(), event -> {})) {
            world.await("the end of what has none", () -> {
                endless.work(System.nanoTime());
                var piece = OutboundMessage.of(topic, chunk, 0, false, sent[0])
                        .describedAs(BlobCodec.BYTES, Map.of(BlobCodec.OFFSET, Long.toString(sent[0])));
                if (endless.publish(piece) == PublishOutcome.ACCEPTED) {
                    sent[0] += chunk.length;
                }
                return UpdateWorld.isOver(world.said(wanted.manifest()));
            });
        }
        isUndone(world, "a download without end", release.manifestDigest(), "too-large", ModelState.REJECTED);
        isNotTriedAgain(world, "a download without end", wanted);
    }

    private void cutOffInTheInbox(UpdateWorld world, long number) throws IOException {
        PackageReader release = fresh(world, number).in(packages());
        BadReleases.truncate(release.folder()
                .resolve("blobs/sha256")
                .resolve(release.manifest().model().sha256()));
        Files.move(
                release.folder(),
                world.state().resolve("models/inbox").resolve(release.manifestDigest()),
                StandardCopyOption.ATOMIC_MOVE);
        isUndone(world, "a package that is cut off", release.manifestDigest(), "truncated", ModelState.REJECTED);
    }
}
