package io.fulmar.model.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.model.pack.ModelManifest.RuntimeRange;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device says to releases that are good, and to good ones that are not for it. */
class ReleaseCheckTest {
    private static final SigningKey ANNA = SigningKey.generate();
    private static final SigningKey BERT = SigningKey.generate();
    private static final SigningKey STRANGER = SigningKey.generate();

    private final TestPackage files = new TestPackage();

    @TempDir
    Path dir;

    @Test
    void aSignedPackageBecomesAModel() throws IOException {
        files.write(dir.resolve("p"), files.manifest(), ANNA);

        Verdict<VerifiedModel> verdict = TestPackage.check(1, ANNA).check(dir.resolve("p"));

        assertThat(verdict).isInstanceOfSatisfying(Verified.class, verified -> {
            VerifiedModel model = (VerifiedModel) verified.value();
            assertThat(model.model().sha256())
                    .isEqualTo(model.manifest().model().sha256());
            assertThat(model.manifest().release()).isEqualTo(7);
        });
    }

    @Test
    void twoOfTwoKeysSignOneAfterTheOther() throws IOException {
        PackageReader reader = files.write(dir.resolve("p"), files.manifest(), ANNA);
        assertRejected(TestPackage.check(2, ANNA, BERT), Reason.TOO_FEW_SIGNATURES);

        PackageWriter.sign(reader, Dsse.read(statement(reader)).signedBy(BERT));

        assertThat(TestPackage.check(2, ANNA, BERT).check(dir.resolve("p"))).isInstanceOf(Verified.class);
        assertThat(TestPackage.check(1, ANNA).check(dir.resolve("p"))).isInstanceOf(Verified.class);
    }

    @Test
    void whatIsNotSignedByEnoughReleasersIsRefused() throws IOException {
        PackageReader reader = files.write(dir.resolve("p"), files.manifest());
        assertRejected(TestPackage.check(1, ANNA), Reason.UNSIGNED);

        PackageWriter.sign(reader, TestPackage.statement(reader).sign(STRANGER));
        assertRejected(TestPackage.check(1, ANNA), Reason.UNKNOWN_KEY);
        assertRejected(
                new ReleaseCheck(TrustRoot.of(1, List.of(), Map.of()), model -> 0, TestPackage.DEVICE, 0),
                Reason.UNKNOWN_KEY);

        PackageReader again = PackageReader.open(dir.resolve("p"));
        PackageWriter.sign(again, TestPackage.statement(again).sign(ANNA, STRANGER));
        assertRejected(TestPackage.check(2, ANNA, BERT), Reason.TOO_FEW_SIGNATURES);
    }

    @Test
    void aReleaseCountsUntilItsEndByATimeThatHasCertainlyPassed() throws IOException {
        files.write(dir.resolve("p"), files.manifest(), ANNA);

        assertThat(at(TestPackage.EXPIRES - 1).check(dir.resolve("p"))).isInstanceOf(Verified.class);
        assertThat(at(0).check(dir.resolve("p"))).isInstanceOf(Verified.class);
        assertRejected(at(TestPackage.EXPIRES), Reason.EXPIRED);
    }

    @Test
    void aReleaseAtTheFloorIsTakenAndOneBelowIsNot() throws IOException {
        files.write(dir.resolve("p"), files.manifest(), ANNA);

        assertThat(floor(7).check(dir.resolve("p"))).isInstanceOf(Verified.class);
        assertRejected(floor(8), Reason.BELOW_FLOOR);
    }

    @Test
    void aReleaseForOtherBoardsIsRefusedAlsoByABoardWithoutAName() throws IOException {
        files.write(dir.resolve("p"), files.manifest(7, List.of("raspberry-pi-5"), RuntimeRange.ANY), ANNA);

        assertRejected(TestPackage.check(1, ANNA), Reason.OTHER_DEVICE);
        assertRejected(on(null, "0.1.0"), Reason.OTHER_DEVICE);
        assertThat(on("raspberry-pi-5", "0.1.0").check(dir.resolve("p"))).isInstanceOf(Verified.class);
    }

    @Test
    void aReleaseForOtherAgentsIsRefused() throws IOException {
        RuntimeRange range = new RuntimeRange(TestPackage.version("0.2.0"), TestPackage.version("1.0.0"));
        files.write(dir.resolve("p"), files.manifest(7, List.of(), range), ANNA);

        assertRejected(on(null, "0.1.9"), Reason.RUNTIME);
        assertRejected(on(null, "0.2.0-SNAPSHOT"), Reason.RUNTIME);
        assertRejected(on(null, "1.0.0"), Reason.RUNTIME);
        assertThat(on(null, "0.2.0").check(dir.resolve("p"))).isInstanceOf(Verified.class);
        assertThat(on(null, "1.0.0-rc.1").check(dir.resolve("p"))).isInstanceOf(Verified.class);
    }

    @Test
    void aStatementForAnotherManifestIsWorthNothingHere() throws IOException {
        PackageReader seven = files.write(dir.resolve("seven"), files.manifest());
        PackageReader eight = files.write(dir.resolve("p"), files.manifest(8, List.of(), RuntimeRange.ANY));

        PackageWriter.sign(eight, TestPackage.statement(seven).sign(ANNA));

        assertRejected(TestPackage.check(1, ANNA), Reason.DIGEST_MISMATCH);
    }

    @Test
    void aStatementThatSpeaksOfAnotherReleaseThanItsManifestIsRefused() throws IOException {
        PackageReader reader = files.write(dir.resolve("p"), files.manifest());
        ReleaseStatement good = TestPackage.statement(reader);

        for (ReleaseStatement other : List.of(
                new ReleaseStatement("other", good.version(), 7, good.manifest(), good.size(), 1, 0, 9),
                new ReleaseStatement(
                        "host-load", TestPackage.version("1.0.1"), 7, good.manifest(), good.size(), 1, 0, 9),
                new ReleaseStatement("host-load", good.version(), 8, good.manifest(), good.size(), 1, 0, 9))) {
            PackageWriter.sign(PackageReader.open(dir.resolve("p")), other.sign(ANNA));
            assertRejected(at(0), Reason.OTHER_RELEASE);
        }
    }

    @Test
    void signingChangesNothingThatIsSignedAndLeavesNothingBehind() throws IOException {
        PackageReader before = files.write(dir.resolve("p"), files.manifest());
        PackageWriter.sign(before, TestPackage.statement(before).sign(ANNA));
        PackageReader once = PackageReader.open(dir.resolve("p"));
        PackageWriter.sign(once, TestPackage.statement(once).sign(BERT));
        PackageReader twice = PackageReader.open(dir.resolve("p"));

        assertThat(twice.manifestDigest()).isEqualTo(before.manifestDigest());
        assertThat(twice.manifestBytes()).isEqualTo(before.manifestBytes());
        assertThat(twice.imageDigest()).isNotEqualTo(before.imageDigest()).isNotEqualTo(once.imageDigest());
        // four files, the model manifest, the statement, the image manifest
        try (Stream<Path> blobs = Files.list(dir.resolve("p/blobs/sha256"))) {
            assertThat(blobs).hasSize(7);
        }
    }

    @Test
    void theSameContentGivesTheSameBytesAndNothingIsOverwritten() throws IOException {
        PackageReader one = files.write(dir.resolve("one"), files.manifest(), ANNA);
        PackageReader other = files.write(dir.resolve("other"), files.manifest(), ANNA);

        assertThat(one.imageDigest()).isEqualTo(other.imageDigest());
        assertThatThrownBy(() -> files.write(dir.resolve("one"), files.manifest()))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(PackageReader.open(dir.resolve("one")).imageDigest()).isEqualTo(one.imageDigest());
    }

    @Test
    void aFileThatIsNotAsTheManifestSaysIsNotPacked() throws IOException {
        ModelManifest manifest = files.manifest();
        files.files.put("labels.txt", new byte[] {1});

        assertThatThrownBy(() -> files.write(dir.resolve("p"), manifest)).isInstanceOf(PackageException.class);

        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    private ReleaseCheck at(long millis) {
        return new ReleaseCheck(TestPackage.root(1, ANNA), model -> 0, TestPackage.DEVICE, millis);
    }

    private ReleaseCheck floor(long floor) {
        return new ReleaseCheck(
                TestPackage.root(1, ANNA),
                model -> model.equals("host-load") ? floor : 0,
                TestPackage.DEVICE,
                TestPackage.ISSUED);
    }

    private ReleaseCheck on(@Nullable String board, String runtime) {
        return new ReleaseCheck(
                TestPackage.root(1, ANNA),
                model -> 0,
                new DeviceClass(board, TestPackage.version(runtime)),
                TestPackage.ISSUED);
    }

    private void assertRejected(ReleaseCheck check, Reason reason) {
        assertThat(check.check(dir.resolve("p")))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason())
                                .as(rejected.text())
                                .isEqualTo(reason));
    }

    private static byte[] statement(PackageReader reader) {
        byte[] statement = reader.statement();
        assertThat(statement).isNotNull();
        return statement;
    }
}
