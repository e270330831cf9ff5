package io.fulmar.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the folder of a model to a signed package, as a publisher types it. */
class PackageCommandsTest {
    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path dir;

    @BeforeEach
    void keys() {
        ok("model", "keygen", at("anna.key"));
        ok("model", "keygen", at("bert.key"));
        ok(
                "fleet",
                "key",
                "trust",
                at("trust.json"),
                "--release",
                at("anna.key.pub"),
                "--release",
                at("bert.key.pub"),
                "--threshold",
                "release=2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "digit-reader"})
    void aSampleIsPackedSignedByTwoAndVerifiedWithItsGoldenCases(String name) {
        ok("model", "pack", SAMPLES.resolve(name).toString(), "-o", at("p"));
        assertThat(out()).contains(name + " 1.0.0, release 1").contains("cases pass");
        ok("model", "sign", at("p"), "--key", at("anna.key"));
        ok("model", "sign", at("p"), "--key", at("bert.key"));

        ok("model", "verify", at("p"), "--trust", at("trust.json"), "--golden", "--board", "raspberry-pi-4");

        assertThat(out())
                .contains("by enough keys of the role release")
                .contains("may be installed until")
                .contains("for any board")
                .doesNotContain("REFUSED");
    }

    @Test
    void everythingThatSpeaksAgainstAPackageIsSaid() throws IOException {
        Path folder = copy("host-load");
        edit(folder, "release = 1\n", "release = 3\ndevices = [\"raspberry-pi-5\"]\n");
        edit(folder, "[facts]", "[runtime]\nfrom = \"7.0.0\"\n[facts]");
        ok("model", "pack", folder.toString(), "-o", at("p"));
        ok(
                "model",
                "sign",
                at("p"),
                "--key",
                at("anna.key"),
                "--key",
                at("bert.key"),
                "--expires",
                "1ms",
                "--floor",
                "2");

        int code = run(
                "model",
                "verify",
                at("p"),
                "--trust",
                at("trust.json"),
                "--floor",
                "4",
                "--board",
                "raspberry-pi-4",
                "--agent",
                "6.9.9");

        assertThat(code).isEqualTo(ExitCode.FAILED);
        assertThat(out())
                .contains("by enough keys")
                .contains("REFUSED, expired:")
                .contains("REFUSED, below-floor: host-load release 3 is below 4")
                .contains("REFUSED, runtime: it is for agents from 7.0.0, and this one is 6.9.9")
                .contains("REFUSED, other-device: it is for raspberry-pi-5, and this device is raspberry-pi-4");
    }

    @Test
    void whoHasNotSignedIsNotEnough() {
        ok("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p"));
        assertThat(verify()).contains("REFUSED, unsigned");
        ok("model", "keygen", at("eve.key"));
        ok("model", "sign", at("p"), "--key", at("eve.key"));
        assertThat(verify()).contains("REFUSED, unknown-key");
        ok("model", "sign", at("p"), "--key", at("anna.key"));
        assertThat(verify()).contains("REFUSED, too-few-signatures").contains("1 of the 2");
        ok("model", "verify", at("p"));
        assertThat(out()).contains("not checked: give the trust root with --trust");
    }

    @Test
    void aSecondSignatureIsForTheSameStatementUnlessItIsRenewed() {
        ok("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p"));
        ok("model", "sign", at("p"), "--key", at("anna.key"), "--expires", "90d");

        assertThat(run("model", "sign", at("p"), "--key", at("bert.key"), "--expires", "10d"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("--renew");
        ok("model", "sign", at("p"), "--key", at("bert.key"), "--expires", "10d", "--renew");
        assertThat(out()).containsOnlyOnce("signed by");
        assertThat(run("model", "sign", at("p"), "--key", at("bert.key"), "--floor", "2", "--renew"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("--floor must be 1 to 1");
        for (String expires : List.of("0s", "999999999d", "soon")) {
            assertThat(run("model", "sign", at("p"), "--key", at("bert.key"), "--expires", expires, "--renew"))
                    .isEqualTo(ExitCode.USAGE);
            assertThat(err()).contains("--expires");
        }
    }

    @Test
    void aDamagedPackageIsNeitherSignedNorWhole() throws IOException {
        ok("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p"));
        Path model = dir.resolve("p/blobs/sha256/beafcf08a5042f80d6f17fc36a1b4dcf2706190d7189b56cfa736e8218dbe4e4");
        byte[] bytes = Files.readAllBytes(model);
        bytes[700] ^= 1;
        Files.write(model, bytes);

        assertThat(run("model", "sign", at("p"), "--key", at("anna.key"))).isEqualTo(ExitCode.FAILED);
        assertThat(err())
                .startsWith("fulmar: ")
                .contains("host-load.tflite has the digest")
                .contains("hint: ");
        assertThat(run("model", "verify", at("p"), "--json")).isEqualTo(ExitCode.FAILED);
        assertThat(out())
                .contains("\"ok\":false,\"reason\":\"digest-mismatch\"")
                .contains("\"trusted\":false");
    }

    @Test
    void aModelWhoseGoldenCasesFailIsNotPacked() throws IOException {
        Path folder = copy("host-load");
        Files.copy(
                folder.resolve("golden/idle.out0.bin"),
                folder.resolve("golden/busy.out0.bin"),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(run("model", "pack", folder.toString(), "-o", at("p"))).isEqualTo(ExitCode.FAILED);

        assertThat(err()).contains("golden case busy").contains("hint: record the cases again");
        assertThat(dir.resolve("p")).doesNotExist();
    }

    @Test
    void aPackageIsNotOverwritten() {
        ok("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p"));

        assertThat(run("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p")))
                .isEqualTo(ExitCode.FAILED);

        assertThat(err()).contains("it exists already");
    }

    @Test
    void aGoldenCaseIsRecordedAsTheReferenceKernelsComputeIt() throws IOException {
        Path folder = copy("host-load");
        String input = folder.resolve("golden/busy.in0.bin").toString();
        ok("model", "golden", folder.toString(), "--case", "again", "--input", input);
        assertThat(out()).contains("again.in0.bin").contains("again.out0.bin");
        assertThat(folder.resolve("golden/again.out0.bin"))
                .hasSameBinaryContentAs(folder.resolve("golden/busy.out0.bin"));

        assertThat(run("model", "golden", folder.toString(), "--case", "again", "--input", input))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("--replace");
        ok("model", "golden", folder.toString(), "--case", "again", "--input", input, "--replace");
        ok("model", "pack", folder.toString(), "-o", at("p"), "--json");
        assertThat(out()).contains("\"golden\":4");
    }

    @Test
    void theFirstGoldenCaseOfAModelWithoutAToleranceIsNotLeftBehind() throws IOException {
        Path folder = copy("host-load");
        String input = SAMPLES.resolve("host-load/golden/busy.in0.bin").toString();
        try (Stream<Path> golden = Files.list(folder.resolve("golden"))) {
            for (Path file : golden.toList()) {
                Files.delete(file);
            }
        }
        edit(folder, "[golden]\nquanta = 16\nsame_top = true\n", "");

        assertThat(run("model", "golden", folder.toString(), "--case", "one", "--input", input))
                .isEqualTo(ExitCode.FAILED);

        assertThat(err()).contains("needs a table [golden]");
        assertThat(folder.resolve("golden")).isEmptyDirectory();
    }

    @Test
    void inspectShowsAPackageWithAndWithoutASignature() {
        ok("model", "pack", SAMPLES.resolve("host-load").toString(), "-o", at("p"));
        ok("model", "inspect", at("p"));
        assertThat(out())
                .contains("host-load 1.0.0, release 1")
                .contains("signed      no")
                .contains("labels.txt");
        ok("model", "sign", at("p"), "--key", at("anna.key"));
        ok("model", "inspect", at("p"));
        assertThat(out()).contains("not checked here");

        ok("model", "inspect", at("p"), "--json");

        assertThat(out().strip().lines()).hasSize(1);
        assertThat(out()).contains("\"manifest\":{\"schema\" : 1,").contains("\"statement\":{\"model\":\"host-load\"");
    }

    @Test
    void theStepsOfAModelArePackedAndShownAndWrongOnesAreNot() throws IOException {
        Path folder = copy("host-load");
        String steps =
                "[[preprocess]]\ntype = \"scale\"\nmin = [0, 0.5]\nmax = 1\n[[postprocess]]\ntype = \"label\"\n[facts]";
        edit(folder, "[facts]", steps);
        ok("model", "pack", folder.toString(), "-o", at("p"));
        ok("model", "inspect", at("p"));
        assertThat(out()).contains("before 1    scale, min = [0, 0.5], max = 1").contains("after 1     label");
        ok("model", "inspect", at("p"), "--json");
        assertThat(out()).contains("\"preprocess\" : [ {\"type\" : \"scale\",");

        edit(folder, "type = \"scale\"", "type = \"scales\"");
        assertThat(run("model", "pack", folder.toString(), "-o", at("q"))).isEqualTo(ExitCode.FAILED);
        assertThat(err())
                .contains("model.toml:27:1: preprocess.0.type: expected one of")
                .contains("did you mean scale?");
        assertThat(Path.of(at("q"))).doesNotExist();
    }

    @Test
    void stepsThatDoNotFitTheModelAreToldWhereTheyStandAndWhatToDo() throws IOException {
        Path folder = copy("host-load");
        edit(folder, "[facts]", "[[preprocess]]\ntype = \"decode-image\"\n[[preprocess]]\ntype = \"pixels\"\n[facts]");
        assertThat(run("model", "pack", folder.toString(), "-o", at("q"))).isEqualTo(ExitCode.FAILED);
        assertThat(err())
                .contains("model.toml:28: preprocess step 2 (pixels) gets pictures of any size")
                .contains("put a step of type = \"resize\" before it")
                .contains("correct it there")
                .doesNotContain("damaged");

        edit(
                folder,
                "[[preprocess]]\ntype = \"pixels\"\n",
                "[[preprocess]]\ntype = \"resize\"\nwidth = 8\nheight = 8\n[[preprocess]]\ntype = \"pixels\"\n");
        assertThat(run("model", "pack", folder.toString(), "-o", at("q"))).isEqualTo(ExitCode.FAILED);
        assertThat(err()).contains("192");

        Path other = copy("bearing-condition");
        edit(other, "[facts]", "[[postprocess]]\ntype = \"regression\"\nnames = [\"heat\"]\n[facts]");
        assertThat(run("model", "pack", other.toString(), "-o", at("q"))).isEqualTo(ExitCode.FAILED);
        assertThat(err()).contains("gives 4 numbers, and names of the step regression has 1");
        edit(other, "name = \"bearing-condition\"", "nam = \"bearing-condition\"");
        assertThat(run("model", "pack", other.toString(), "-o", at("q"))).isEqualTo(ExitCode.FAILED);
        assertThat(err()).contains("nam").contains("correct it there").doesNotContain("damaged");
        assertThat(Path.of(at("q"))).doesNotExist();
    }

    @Test
    void whatIsNoPackageIsSaidOnOneLine() throws IOException {
        Files.createDirectory(dir.resolve("empty"));
        for (List<String> command : List.of(
                List.of("model", "inspect", at("empty")),
                List.of("model", "sign", at("empty"), "--key", at("anna.key")),
                List.of("model", "pack", at("empty"), "-o", at("p")),
                List.of("model", "sign", at("missing"), "--key", at("anna.key")))) {
            assertThat(run(command.toArray(String[]::new))).isEqualTo(ExitCode.FAILED);
            assertThat(err()).startsWith("fulmar: " + dir).doesNotContain("Exception", "\tat ");
            assertThat(err().strip().lines()).hasSize(2);
        }
        assertThat(run("model", "verify", at("empty"))).isEqualTo(ExitCode.FAILED);
        assertThat(out()).contains("it is no package: there is no " + at("empty/oci-layout"));
        assertThat(run("model", "verify", at("p"), "--agent", "one")).isEqualTo(ExitCode.USAGE);
    }

    private String verify() {
        assertThat(run("model", "verify", at("p"), "--trust", at("trust.json"))).isEqualTo(ExitCode.FAILED);
        return out();
    }

    private String at(String name) {
        return dir.resolve(name).toString();
    }

    private String out() {
        return out.toString();
    }

    private String err() {
        return err.toString();
    }

    private void ok(String... args) {
        assertThat(run(args)).as(err()).isEqualTo(ExitCode.OK);
    }

    /** What it printed is what the last command printed. */
    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    private Path copy(String name) throws IOException {
        Path folder = dir.resolve(name);
        try (Stream<Path> all = Files.walk(SAMPLES.resolve(name))) {
            for (Path file : all.toList()) {
                Files.copy(file, folder.resolve(SAMPLES.resolve(name).relativize(file)));
            }
        }
        return folder;
    }

    private static void edit(Path folder, String good, String bad) throws IOException {
        Path toml = folder.resolve("model.toml");
        String text = Files.readString(toml);
        assertThat(text).contains(good);
        Files.writeString(toml, text.replace(good, bad));
    }
}
