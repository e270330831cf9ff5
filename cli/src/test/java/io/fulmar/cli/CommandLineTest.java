package io.fulmar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.stream.Stream;
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

    @Test
    void whatADeviceNeedsWorksWithoutTheLibrariesOfTheFleet() throws Exception {
        URL[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> url(Path.of(entry)))
                .toArray(URL[]::new);
        try (var device = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                if (name.startsWith("io.fulmar.fleet.") || name.startsWith("com.hivemq.")) {
                    throw new ClassNotFoundException(name);
                }
                return super.findClass(name);
            }
        }) {
            Class<?> command = device.loadClass(FulmarCommand.class.getName());
            Object line = command.getMethod("deviceCommandLine").invoke(null);
            line.getClass().getMethod("setErr", PrintWriter.class).invoke(line, new PrintWriter(err));
            Object code = line.getClass().getMethod("execute", String[].class).invoke(line, (Object)
                    AgentMain.words("io", "list", "--config", "missing.toml"));
            assertThat(code).isEqualTo(ExitCode.USAGE);
            assertThat(err.toString()).contains("missing.toml").doesNotContain("NoClassDefFoundError");
        }
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void theProgramOfADeviceIsTheAgentAndKnowsWhatElseADeviceNeeds() {
        assertThat(AgentMain.words("--config", "device.toml")).containsExactly("agent", "--config", "device.toml");
        assertThat(AgentMain.words("io", "list")).containsExactly("agent", "io", "list");
        assertThat(AgentMain.words()).containsExactly("agent");
        assertThat(AgentMain.words("model", "verify", "x")).containsExactly("model", "verify", "x");
        FulmarCommand.deviceCommandLine()
                .getSubcommands()
                .keySet()
                .forEach(name -> assertThat(AgentMain.words(name)[0]).isEqualTo(name));
    }
}
