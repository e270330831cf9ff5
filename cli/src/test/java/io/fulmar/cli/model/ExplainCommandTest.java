package io.fulmar.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar model explain} on real models. */
class ExplainCommandTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final String MOBILENET = "image/mobilenet_v1_0.25_128_quant";
    private static final int SIDE = 128;
    private static final int PLANTED = 80;
    private static final String MACAW = "89";

    @TempDir
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @Test
    void theExplanationOfAPlantedPatchPointsAtIt() throws Exception {
        String model = shared(MOBILENET + ".tflite").toString();
        byte[] parrot = Files.readAllBytes(shared(MOBILENET + "__parrot.bilinear.in0.bin"));
        for (int corner = 0; corner < 4; corner++) {
            int top = corner / 2 * (SIDE - PLANTED);
            int left = corner % 2 * (SIDE - PLANTED);
            Path input = Files.write(dir.resolve("in" + corner), planted(parrot, top, left));
            Path picture = dir.resolve("heat" + corner + ".png");
            int code = run(
                    "explain",
                    model,
                    "--input",
                    input.toString(),
                    "--class",
                    MACAW,
                    "--json",
                    "-o",
                    picture.toString());
            assertThat(code).as(err.toString()).isEqualTo(ExitCode.OK);
            double[] map = numbers("\"map\":\\[([^]]*)]");
            double there = 0;
            double all = 0;
            for (int i = 0; i < SIDE * SIDE; i++) {
                double heat = Math.max(0, map[i]);
                int y = i / SIDE - top;
                int x = i % SIDE - left;
                boolean inside = y >= 0 && y < PLANTED && x >= 0 && x < PLANTED;
                there += inside ? heat : 0;
                all += heat;
            }
            System.out.printf("measured: %.0f %% of the heat is where the parrot is%n", 100 * there / all);
            assertThat(all).isPositive();
            assertThat(there / all).as("of the heat in the corner %d", corner).isGreaterThan(0.6);

            BufferedImage drawn = ImageIO.read(picture.toFile());
            assertThat(drawn.getWidth()).isEqualTo(256);
            assertThat(drawn.getHeight()).isEqualTo(256);
        }
    }

    @Test
    void theSharesOfAWindowOfVibrationAddUp() throws Exception {
        String[] arguments = {
            "explain", sample("bearing-condition.tflite"), "--input", sample("golden/imbalance.in0.bin"), "--parts", "8"
        };
        assertThat(run(arguments)).as(err.toString()).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).startsWith("element 1 has the score ").contains("(256 runs)", "0–31 ", "224–255 ");
        String[] asJson = Arrays.copyOf(arguments, arguments.length + 1);
        asJson[arguments.length] = "--json";
        assertThat(run(asJson)).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("\"method\":\"shapley\",\"element\":1,");
        Matcher shares = Pattern.compile("\"share\":([-0-9.E]+)").matcher(out.toString());
        double[] all = shares.results()
                .mapToDouble(it -> Double.parseDouble(it.group(1)))
                .toArray();
        assertThat(all).hasSize(8);
        double nothing =
                numbers("\"score\":([-0-9.E]+)")[0] - Arrays.stream(all).sum();
        assertThat(nothing).as("the score of silence").isBetween(-0.01, 1.01);
    }

    @Test
    void whatCannotBeExplainedIsSaidBeforeAnythingRuns() {
        String model = sample("bearing-condition.tflite");
        String input = sample("golden/imbalance.in0.bin");
        refused("the elements 0 to 3, not 4", model, "--input", input, "--class", "4");
        refused("there are 1 to 128 parts, not 129", model, "--input", input, "--parts", "129", "--samples", "9000");
        refused("need at least 80 samples", model, "--input", input, "--parts", "40", "--samples", "79");
        refused("is no picture", model, "--input", input, "-o", "x.png");
        refused("would run the model 200002 times", model, "--input", input, "--parts", "40", "--samples", "200000");
        assertThat(run("explain", model, "--input", "none.bin")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("none.bin: cannot be read");
    }

    private void refused(String why, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "explain";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        assertThat(run(all)).as(why).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(why);
    }

    /** The numbers in what was said, separated by commas. */
    private double[] numbers(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(out.toString());
        assertThat(matcher.find()).as(pattern).isTrue();
        return Arrays.stream(matcher.group(1).split(",", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    /** Noise with the parrot, smaller, in one corner. */
    private static byte[] planted(byte[] parrot, int top, int left) {
        byte[] picture = new byte[SIDE * SIDE * 3];
        Random random = new Random(5);
        for (int i = 0; i < picture.length; i++) {
            picture[i] = (byte) (118 + random.nextInt(20));
        }
        for (int y = 0; y < PLANTED; y++) {
            for (int x = 0; x < PLANTED; x++) {
                int from = y * SIDE / PLANTED * SIDE + x * SIDE / PLANTED;
                System.arraycopy(parrot, from * 3, picture, ((top + y) * SIDE + left + x) * 3, 3);
            }
        }
        return picture;
    }

    private static String sample(String name) {
        return ROOT.resolve("models/samples/bearing-condition").resolve(name).toString();
    }

    private static Path shared(String name) {
        Path file = ROOT.resolve("../shared/testdata").resolve(name);
        assumeTrue(Files.isRegularFile(file), "the shared test data is not beside the repository: " + file);
        return file;
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        String[] all = new String[arguments.length + 1];
        all[0] = "model";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }
}
