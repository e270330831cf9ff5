package io.fulmar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees who mistypes: one line, what to do, and the right exit code. */
class CommandLineTest {
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return FulmarCommand.commandLine().setErr(new PrintWriter(err)).execute(args);
    }

    @Test
    void aBrokerUrlThatIsNoneIsAWrongCommandLine() {
        assertThat(run("fleet", "serve", "--broker", "http://localhost")).isEqualTo(ExitCode.USAGE);
        assertThat(run("fleet", "serve", "--broker", "mqtt://")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("'http://localhost' is not an address such as mqtt://host:1883")
                .contains("'mqtt://' is not an address such as mqtt://host:1883")
                .doesNotContain("Exception");
    }

    @Test
    void aTopicPrefixWithAWildcardIsAWrongCommandLine() {
        assertThat(run("fleet", "serve", "--prefix", "a/#")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--prefix");
    }

    @Test
    void aReportThatCannotBeWrittenIsSaidBeforeTheDemoRuns(@TempDir Path folder) {
        Path report = folder.resolve("missing").resolve("r.json");
        assertThat(run("demo", "--headless", "--report", report.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--report").contains(report.toString());
    }
}
