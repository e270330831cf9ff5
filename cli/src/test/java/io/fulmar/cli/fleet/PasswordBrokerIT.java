package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.cli.FulmarCommand;
import io.fulmar.sync.mqtt.Mosquitto;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator tells devices over a broker that asks for user name and password. */
@Timeout(120)
class PasswordBrokerIT {
    private static final String PASSWORD = "correct-horse";

    @TempDir
    Path dir;

    private StringWriter err = new StringWriter();

    @Test
    void aCommandIsSentWithTheRightPasswordOfAFileThatNobodyElseReads() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        Path passwords = Files.writeString(dir.resolve("passwords"), "anna:" + PASSWORD + "\n");
        new ProcessBuilder("mosquitto_passwd", "-U", passwords.toString())
                .start()
                .waitFor();
        try (Mosquitto broker = Mosquitto.startWithPasswords(Files.createDirectory(dir.resolve("broker")), passwords)) {
            String url = broker.url().toString();
            assertThat(send(url, "--username", "anna", "--password-file", file(PASSWORD, "rw-------")))
                    .as(err.toString())
                    .isZero();

            assertThat(send(url)).isEqualTo(1);
            assertThat(err.toString()).contains("not let in");
            assertThat(send(url, "--username", "anna", "--password-file", file("wrong", "rw-------")))
                    .isEqualTo(1);
            assertThat(send(url, "--username", "anna", "--password-file", file(PASSWORD, "rw-r--r--")))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("chmod 600").doesNotContain(PASSWORD);
        }
    }

    private String file(String password, String mode) throws IOException {
        Path file = Files.writeString(dir.resolve("password"), password + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return file.toString();
    }

    private int send(String broker, String... more) {
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("fleet", "command", "press-7", "ping", "--wait", "0s"));
        all.addAll(List.of("--broker", broker, "--data", dir.resolve("none").toString()));
        all.addAll(List.of(more));
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }
}
