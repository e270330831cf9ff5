package io.fulmar.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every line that docs/models.md prints is run as it is printed, and says what the page says. */
@Timeout(300)
class ModelsDocumentIT {
    private static final Path ROOT =
            Path.of(System.getProperty("fulmar.root", "..")).toAbsolutePath().normalize();

    /** Sections for which something else has to be installed or to run. */
    private static final Set<String> NEEDS_MORE =
            Set.of("Publish", "Assign", "Other keys", "Verify with openssl", "Copy with skopeo");

    private final Path dir;

    ModelsDocumentIT(@TempDir Path dir) {
        this.dir = dir;
    }

    /** A heading, or lines of a language; what stands under a heading that needs a missing tool is not run. */
    private record Block(String heading, String language, String text) {}

    @Test
    void whatIsNeededFromAFolderToAVerifiedPackageWorksAsPrinted() throws Exception {
        prepare();

        int checked = run(blocks().stream()
                .filter(block -> !NEEDS_MORE.contains(block.heading()))
                .toList());

        assertThat(checked).isEqualTo(6);
    }

    @Test
    void opensslVerifiesAPackageAsPrinted() throws Exception {
        assumeTrue(has("openssl", "version"), "openssl is not installed (Debian: apt-get install openssl)");
        assumeTrue(has("jq", "--version"), "jq is not installed (Debian: apt-get install jq)");

        assertThat(runFromTheStart("Verify with openssl")).isEqualTo(2);
        Files.writeString(
                dir.resolve("signed"), Files.readString(dir.resolve("signed")).replace("\"floor\":1", "\"floor\":0"));
        Process changed = new ProcessBuilder(
                        "openssl",
                        "pkeyutl",
                        "-verify",
                        "-pubin",
                        "-inkey",
                        "anna.key.pub",
                        "-rawin",
                        "-in",
                        "signed",
                        "-sigfile",
                        "signature")
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(changed.waitFor()).as("openssl on a changed statement").isNotZero();
    }

    @Test
    void skopeoCopiesAPackageThatVerifiesAsBefore() throws Exception {
        assumeTrue(has("skopeo", "--version"), "skopeo is not installed (Debian: apt-get install skopeo)");

        assertThat(runFromTheStart("Copy with skopeo")).isEqualTo(1);
    }

    @Test
    void aFleetPublishesAndAssignsAsPrinted() throws Exception {
        assertThat(runFromTheStart()).isEqualTo(0);
        Path log = dir.resolve("fleet.log");
        Process fleet = start(log, "fleet", "serve", "--mqtt-port", "0", "--http-port", "0");
        try {
            String broker = awaitLine(fleet, log, "mqtt://\\S+");
            Files.writeString(dir.resolve("device.toml"), """
                    [device]
                    id = "press-7"
                    groups = ["presses"]
                    [state]
                    dir = "state"
                    [mqtt]
                    url = "%s"
                    [trust]
                    root = "trust.json"
                    [update]
                    trial = "30s"
                    trial_frames = 100
                    [[model]]
                    name = "bearing-condition"
                    [[pipeline]]
                    name = "vibration"
                    model = "bearing-condition"
                    [pipeline.source]
                    type = "simulated"
                    rate = 50
                    window = 256
                    """.formatted(broker));
            Path said = dir.resolve("agent.log");
            Process agent = start(said, "agent", "--config", "device.toml");
            try {
                awaitLine(agent, said, "connected to the broker");
                assertThat(run(section("Publish"))).isEqualTo(1);
                run(section("Assign"));
                Path journal = dir.resolve("state/models/journal");
                String before = Files.readString(journal);
                run(section("Other keys"));
                assertThat(Files.readString(journal).substring(before.length()))
                        .as("the statement alone is new")
                        .isNotEmpty()
                        .doesNotContain("attempt");
                assertThat(run("./fulmar fleet models bearing-condition"))
                        .containsPattern("press-7 +2 +1\\.1\\.0 +active");
            } finally {
                end(agent);
            }
        } finally {
            end(fleet);
        }
    }

    private Process start(Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("./fulmar"));
        command.addAll(List.of(arguments));
        return shell(command).redirectOutput(log.toFile()).start();
    }

    private ProcessBuilder shell(List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true);
        builder.environment().put("XDG_DATA_HOME", dir.resolve("data").toString());
        return builder;
    }

    /** What matches in what a process has printed, as soon as there is something. */
    private static String awaitLine(Process process, Path log, String pattern) throws Exception {
        while (true) {
            boolean ended = !process.isAlive();
            Matcher found = Pattern.compile(pattern).matcher(Files.readString(log));
            if (found.find()) {
                return found.group();
            }
            assertThat(ended).as(Files.readString(log)).isFalse();
            process.waitFor(100, TimeUnit.MILLISECONDS);
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
    }

    /** The sections that make and sign the package, then others. */
    private int runFromTheStart(String... others) throws Exception {
        prepare();
        run(section("From a folder to a package"));
        run(section("Sign"));
        int checked = 0;
        for (String heading : others) {
            checked += run(section(heading));
        }
        return checked;
    }

    private static List<Block> section(String heading) throws IOException {
        List<Block> section = blocks().stream()
                .filter(block -> block.heading().equals(heading))
                .toList();
        assertThat(section).as(heading).isNotEmpty();
        return section;
    }

    private void prepare() throws IOException {
        Path samples = ROOT.resolve("models/samples");
        try (Stream<Path> all = Files.walk(samples)) {
            for (Path file : all.toList()) {
                Path target = dir.resolve("models/samples").resolve(samples.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        Path fulmar = Files.writeString(
                dir.resolve("fulmar"),
                "#!/bin/sh\nexec '%s' -Xmx512m -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp '%s' io.fulmar.cli.Main \"$@\"\n"
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("java.class.path")));
        assertThat(fulmar.toFile().setExecutable(true)).isTrue();
    }

    private int run(List<Block> blocks) throws Exception {
        int checked = 0;
        for (int i = 0; i < blocks.size(); i++) {
            if (!blocks.get(i).language().equals("sh")) {
                continue;
            }
            String printed = run(blocks.get(i).text());
            if (i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text")) {
                assertThat(same(printed)).isEqualTo(same(blocks.get(i + 1).text()));
                checked++;
            }
        }
        return checked;
    }

    /** Digests, the ids of keys and times are others each time. */
    private static String same(String printed) {
        return printed.replaceAll("[0-9a-f]{64}", "<digest>").replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:]+Z", "<time>");
    }

    private String run(String text) throws Exception {
        Process shell = shell(List.of("bash", "-euo", "pipefail", "-c", text)).start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as(text + "\n" + printed).isZero();
        return printed;
    }

    private static boolean has(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        StringBuilder open = null;
        String heading = "";
        String language = "";
        for (String line : Files.readAllLines(ROOT.resolve("docs/models.md"))) {
            if (open == null && line.startsWith("## ")) {
                heading = line.substring(3);
            } else if (open == null && line.startsWith("```")) {
                language = line.substring(3);
                open = new StringBuilder();
            } else if (open != null && line.equals("```")) {
                blocks.add(new Block(heading, language, open.toString()));
                open = null;
            } else if (open != null) {
                open.append(line).append('\n');
            }
        }
        return blocks;
    }
}
