package io.fulmar.model.pack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.pack.BadPackages.Bad;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bad package is refused, for its own reason, and nothing of it reaches native code. */
class BadPackagesTest {
    /** Flipped in each file; every byte of a small one. */
    private static final int FLIPS = 200;

    /** Found out by Java code that reads the model, after every digest and signature held. */
    private static final Set<Reason> OF_THE_MODEL =
            EnumSet.of(Reason.MISSING_OP, Reason.BAD_MODEL, Reason.OTHER_TENSORS);

    @TempDir
    Path dir;

    static List<Bad> all() {
        return BadPackages.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    @Timeout(60)
    void aBadPackageIsRefusedForItsReason(Bad bad) throws IOException {
        Path folder = dir.resolve("p");
        bad.maker().make(folder);

        Verdict<VerifiedModel> verdict = BadPackages.check().check(folder);

        assertThat(verdict).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.reason()).as(rejected.text()).isEqualTo(bad.reason());
            assertThat(rejected.text()).isNotBlank().hasSizeLessThan(700).doesNotContain("\n", "\u0000");
        });
    }

    @Test
    void theGoodOneThatTheyAreMadeOfIsTaken() throws IOException {
        BadPackages.good(dir.resolve("p"));

        assertThat(BadPackages.check().check(dir.resolve("p"))).isInstanceOf(Verified.class);
    }

    @Test
    void everyReasonThatAPackageCanBeRefusedForIsTold() {
        Set<Reason> told = EnumSet.noneOf(Reason.class);
        all().forEach(bad -> told.add(bad.reason()));

        // golden cases are run by an interpreter; a file without permissions is read by root, who runs tests in
        // containers; a source is what a package is made of
        assertThat(EnumSet.complementOf(EnumSet.copyOf(told)))
                .containsExactlyInAnyOrder(Reason.GOLDEN_MISMATCH, Reason.UNREADABLE, Reason.SOURCE);
    }

    @Test
    void aFlippedByteAnywhereIsRefusedOrChangesNothingThatIsUsed() throws IOException {
        Path folder = dir.resolve("p");
        BadPackages.good(folder);
        String good = sha256(BadPackages.check().check(folder));
        int refused = 0;
        for (Path file : BadPackages.files(folder)) {
            byte[] bytes = Files.readAllBytes(file);
            boolean blob = file.startsWith(folder.resolve("blobs"));
            for (int i = 0; i < Math.min(FLIPS, bytes.length); i++) {
                int at = (int) ((long) i * bytes.length / Math.min(FLIPS, bytes.length));
                byte[] bad = bytes.clone();
                bad[at] ^= (byte) (1 << i % 8);
                Files.write(file, bad);

                Verdict<VerifiedModel> verdict = BadPackages.check().check(folder);

                if (verdict instanceof Rejected<VerifiedModel>) {
                    refused++;
                } else {
                    assertThat(blob).as("byte " + at + " of " + file).isFalse();
                    assertThat(sha256(verdict)).isEqualTo(good);
                }
            }
            Files.write(file, bytes);
        }
        assertThat(refused).isGreaterThan(900);
        assertThat(BadPackages.check().check(folder)).isInstanceOf(Verified.class);
    }

    @Test
    void everyCutOffFileIsRefused() throws IOException {
        Path folder = dir.resolve("p");
        BadPackages.good(folder);
        for (Path file : BadPackages.files(folder)) {
            byte[] bytes = Files.readAllBytes(file);
            for (int part = 0; part < 20; part++) {
                Files.write(file, Arrays.copyOf(bytes, part * bytes.length / 20));

                assertThat(BadPackages.check().check(folder))
                        .as(file + " cut off")
                        .isInstanceOf(Rejected.class);
            }
            Files.write(file, bytes);
        }
    }

    /** The attacker holds the broker and the fleet, so every digest below the statement fits again. */
    @Test
    void aChangedModelWithAllDigestsMadeToFitIsRefusedByTheStatement() throws IOException {
        byte[] statement = new BadPackages.Parts()
                .statement()
                .sign(BadPackages.ANNA, BadPackages.BERT)
                .toJson();
        for (int at = 0; at < 1152; at += 24) {
            BadPackages.Parts parts = new BadPackages.Parts();
            byte[] model = parts.model.clone();
            model[at] ^= 1;
            parts.model(model);
            parts.statement = statement;
            parts.write(dir.resolve("p" + at));

            assertThat(BadPackages.check().check(dir.resolve("p" + at)))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.DIGEST_MISMATCH));
        }
    }

    /** Whatever a signer's tool may write: there is a verdict, and what is taken means what was signed. */
    @Test
    void aManifestChangedAtRandomAndSignedGetsAVerdict() throws IOException {
        Random random = new Random(20_261_122);
        BadPackages.Parts good = new BadPackages.Parts();
        ReleaseCheck check = BadPackages.check();
        ReleaseStatement signed = good.statement();
        int taken = 0;
        for (int run = 0; run < 5_000; run++) {
            byte[] bytes = good.manifest.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i <= run % 3; i++) {
                bytes[random.nextInt(bytes.length)] = run % 2 == 0
                        ? (byte) random.nextInt(256)
                        : (byte) "0123456789{}[],:\"-.eE".charAt(random.nextInt(21));
            }
            ReleaseStatement statement = new ReleaseStatement(
                    signed.model(), signed.version(), 7, Digest.of(bytes), bytes.length, 1, 0, TestPackage.EXPIRES);

            Verdict<VerifiedModel> verdict = switch (check.manifest(statement, bytes)) {
                case Rejected<ModelManifest>(Reason reason, String text) -> new Rejected<>(reason, text);
                case Verified<ModelManifest>(ModelManifest manifest) ->
                    ReleaseCheck.files(manifest, (what, sha256, size) -> found(good, what));
            };

            if (verdict instanceof Verified<VerifiedModel>) {
                taken++;
                assertThat(sha256(verdict)).isEqualTo(Digest.of(good.model));
            }
        }
        assertThat(taken).isBetween(50, 4_000); // blanks, the title, tolerances and budgets may be others
    }

    @Test
    void anEnvelopeChangedAtRandomGetsAVerdictAndNoOtherStatement() throws IOException {
        Random random = new Random(20_261_122);
        ReleaseStatement statement = new BadPackages.Parts().statement();
        byte[] good = statement.sign(BadPackages.ANNA, BadPackages.BERT).toJson();
        ReleaseCheck check = BadPackages.check();
        for (int run = 0; run < 5_000; run++) {
            byte[] bytes = good.clone();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);

            if (check.statement(bytes) instanceof Verified<ReleaseStatement>(ReleaseStatement said)) {
                assertThat(said).isEqualTo(statement);
            }
        }
    }

    @Test
    void whatIsFoundByADigestIsComparedAgainWhoeverFoundIt() throws IOException {
        BadPackages.Parts parts = new BadPackages.Parts();
        ModelManifest manifest = parts.files.manifest();
        byte[] other = parts.model.clone();
        other[900] ^= 1;

        Verdict<VerifiedModel> verdict = ReleaseCheck.model(manifest, (what, sha256, size) -> other);

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Reason.DIGEST_MISMATCH));
    }

    /** Classes are initialized when they are first used: that of models by the good package, and by no bad one. */
    @Test
    void nothingOfABadPackageBecomesAModelOrReachesNativeCode() throws Exception {
        Path bad = Files.createDirectory(dir.resolve("bad"));
        int made = 0;
        for (Bad each : all()) {
            if (!OF_THE_MODEL.contains(each.reason())) {
                each.maker().make(Files.createDirectory(bad.resolve("b" + made)).resolve("p"));
                made++;
            }
        }
        Path models = Files.createDirectory(dir.resolve("models"));
        BadPackages.good(Files.createDirectory(models.resolve("good")).resolve("p"));
        for (Bad each : all()) {
            if (OF_THE_MODEL.contains(each.reason())) {
                each.maker().make(Files.createTempDirectory(models, "b").resolve("p"));
            }
        }

        assertThat(initialized(bad, "refused " + made + ", taken 0"))
                .anyMatch(line -> line.contains("io/fulmar/model/pack/ReleaseCheck"))
                .noneMatch(line -> line.contains("io/fulmar/model/tflite/ModelParser"))
                .noneMatch(line -> line.contains("io/fulmar/model/tflite/NativeLibrary"))
                .noneMatch(line -> line.contains("io/fulmar/model/tflite/TfLite"));
        assertThat(initialized(models, ", taken 1"))
                .anyMatch(line -> line.contains("io/fulmar/model/tflite/ModelParser"))
                .noneMatch(line -> line.contains("io/fulmar/model/tflite/NativeLibrary"))
                .noneMatch(line -> line.contains("io/fulmar/model/tflite/TfLite"));
    }

    private List<String> initialized(Path packages, String expected) throws Exception {
        Path trust = packages.resolveSibling(packages.getFileName() + ".json");
        BadPackages.root().write(trust);
        Path log = packages.resolveSibling(packages.getFileName() + ".log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+init=info:file=" + log,
                        "-cp",
                        System.getProperty("java.class.path"),
                        BadPackagesRunner.class.getName(),
                        trust.toString(),
                        packages.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains(expected);
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("Initializing 'io/fulmar/"))
                    .toList();
        }
    }

    private static byte[] found(BadPackages.Parts parts, String name) {
        byte[] bytes = parts.files.files.get(name);
        if (bytes == null) {
            throw new PackageException(Reason.MISSING_FILE, name);
        }
        return bytes;
    }

    private static String sha256(Verdict<VerifiedModel> verdict) {
        return ((Verified<VerifiedModel>) verdict).value().model().sha256();
    }
}
