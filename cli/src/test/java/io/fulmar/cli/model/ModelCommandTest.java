package io.fulmar.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.tflite.ModelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The model commands as a person types them. */
class ModelCommandTest {
    private static final String MODEL = "keyword/micro_speech_quantized.tflite";
    private static final String YES = "keyword/micro_speech__yes.in0.bin";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private static String file(String name) {
        Path file = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("../shared/testdata")
                .resolve(name);
        assumeTrue(Files.isRegularFile(file), "the shared test data is not beside the repository: " + file);
        return file.toString();
    }

    private int run(String... args) {
        return new CommandLine(new ModelCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    assertThat(failure).isInstanceOf(ModelException.class);
                    command.getErr().println(failure.getMessage());
                    return ExitCode.FAILED;
                })
                .execute(args);
    }

    @Test
    void inspectShowsWhatAModelNeedsAndGives() {
        assertThat(run("inspect", file(MODEL))).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("sha256")
                .contains("int8[1,1960]")
                .contains("scale")
                .contains("DEPTHWISE_CONV_2D");
    }

    @Test
    void inspectAsJsonIsOneObject() {
        assertThat(run("inspect", file(MODEL), "--json")).isEqualTo(ExitCode.OK);
        assertThat(out.toString().strip())
                .startsWith("{\"file\":")
                .endsWith("}")
                .contains("\"inputs\":[{\"name\":")
                .contains("\"type\":\"int8\"")
                .contains("\"operators\":[");
    }

    @Test
    void inferWritesTheOutputsAndTheirRealValues(@TempDir Path folder) throws IOException {
        int code = run(
                "infer",
                file(MODEL),
                "--input",
                file(YES),
                "--output-dir",
                folder.resolve("new").toString(),
                "--json");
        assertThat(code).isEqualTo(ExitCode.OK);
        assertThat(Files.readAllBytes(folder.resolve("new/out0.bin")))
                .isEqualTo(Files.readAllBytes(Path.of(file("keyword/micro_speech__yes.out0.ref.bin"))));
        assertThat(out.toString()).contains("\"values\":[0.0,").contains("0.99609375");
    }

    @Test
    void anInputOfTheWrongSizeIsRefusedWithBothSizes(@TempDir Path folder) throws IOException {
        Path input = Files.write(folder.resolve("short.bin"), new byte[7]);
        assertThat(run("infer", file(MODEL), "--input", input.toString(), "--json"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("1960").contains("7").contains("short.bin");
    }

    @Test
    void aWrongNumberOfInputsIsAMistakeOnTheCommandLine() {
        assertThat(run("infer", file(MODEL), "--input", file(YES), "--input", file(YES), "--json"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("infer", file(MODEL), "--input", file(YES))).isEqualTo(ExitCode.USAGE);
        assertThat(run("infer", file(MODEL), "--input", file(YES), "--json", "--delegate", "gpu"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("bench", file(MODEL), "--threads", "0")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aFileThatIsNoModelFailsWithTheCause() {
        for (String bad : new String[] {"invalid_model.bin", "no_subgraphs.bin", "softplus_flex.bin"}) {
            assertThat(run("inspect", file("bad/" + bad))).isEqualTo(ExitCode.FAILED);
        }
        assertThat(run("bench", "/no/such/model.tflite")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("FlexSoftplus").contains("no such file");
    }

    @Test
    void benchReportsQuantilesAndMemory() {
        assertThat(run("bench", file(MODEL), "--runs", "50", "--warmup", "5", "--json"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("\"p50\":").contains("\"p99\":").contains("\"delegated\":true");
        assertThat(run("bench", file(MODEL), "--runs", "50", "--delegate", "none"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("microseconds").contains("delegate none");
    }
}
