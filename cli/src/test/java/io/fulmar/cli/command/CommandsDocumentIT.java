package io.fulmar.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every line that docs/commands.md prints is run as it is printed, and answers as it says. */
@Timeout(600)
class CommandsDocumentIT {
    private final Path dir;

    CommandsDocumentIT(@TempDir Path dir) {
        this.dir = dir;
    }

    private record Block(String language, String text) {}

    @Test
    void everyLineOfTheDocumentWorksAsPrinted() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mosquitto_rr")),
                "mosquitto_rr is not installed (Debian: apt-get install mosquitto-clients)");
        List<Block> blocks = blocks();
        int checked = 0;
        try (Mosquitto broker = Mosquitto.start(dir)) {
            Path settings = clientSettings(broker.port());
            Device device = new Device(dir, "simulated-1", broker);
            try {
                for (int i = 0; i < blocks.size(); i++) {
                    Block block = blocks.get(i);
                    if (block.language().equals("console")) {
                        device.close();
                        device = block.text().contains("trust.root")
                                ? new Device(dir, "simulated-1", broker, "trust.root=" + dir.resolve("trust.json"))
                                : new Device(dir, "simulated-1", broker);
                        device.startAndAwait();
                    } else if (block.language().equals("sh")) {
                        String printed = run(block.text(), settings);
                        if (i + 1 < blocks.size()
                                && blocks.get(i + 1).language().equals("json")) {
                            agrees(printed, blocks.get(i + 1).text());
                            checked++;
                        }
                    }
                }
            } finally {
                device.close();
            }
        }
        assertThat(checked).isGreaterThanOrEqualTo(15);
    }

    /** Where Mosquitto's clients find what every line of theirs is to begin with. */
    private Path clientSettings(int port) throws IOException {
        Path settings = Files.createDirectory(dir.resolve("settings"));
        for (String client : List.of("mosquitto_rr", "mosquitto_pub", "mosquitto_sub")) {
            Files.writeString(settings.resolve(client), "-h 127.0.0.1\n-p " + port + "\n");
        }
        return settings;
    }

    private String run(String text, Path settings) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", text)
                .directory(dir.toFile())
                .redirectErrorStream(true);
        builder.environment().put("XDG_CONFIG_HOME", settings.toString());
        Process shell = builder.start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as(text + "\n" + printed).isZero();
        return printed;
    }

    /** The same id, type and outcome, the same word in front of the reason, and at least those results. */
    private static void agrees(String printed, String expected) {
        CommandAnswer answer = answer(printed);
        CommandAnswer sample = answer(expected);
        assertThat(answer.id()).as(printed).isEqualTo(sample.id());
        assertThat(answer.type()).as(printed).isEqualTo(sample.type());
        assertThat(answer.outcome()).as(printed).isEqualTo(sample.outcome());
        assertThat(answer.device()).isEqualTo(sample.device());
        if (sample.reason() != null) {
            assertThat(answer.reason())
                    .startsWith(sample.reason().substring(0, sample.reason().indexOf(' ')));
        }
        if (sample.result() != null) {
            assertThat(answer.result()).isNotNull();
            assertThat(JsonText.read(answer.result()))
                    .containsKeys(JsonText.read(sample.result()).keySet().toArray(String[]::new));
        }
    }

    private static CommandAnswer answer(String text) {
        return Commands.decodeAnswer(text.strip().getBytes(StandardCharsets.UTF_8));
    }

    private static List<Block> blocks() throws IOException {
        Path document = Path.of(System.getProperty("fulmar.root", "..")).resolve("docs/commands.md");
        List<Block> blocks = new ArrayList<>();
        StringBuilder open = null;
        String language = "";
        for (String line : Files.readAllLines(document)) {
            if (open == null && line.startsWith("```")) {
                language = line.substring(3);
                open = new StringBuilder();
            } else if (open != null && line.equals("```")) {
                blocks.add(new Block(language, open.toString()));
                open = null;
            } else if (open != null) {
                open.append(line).append('\n');
            }
        }
        return blocks;
    }
}
