package io.fulmar.fleet.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.sink.RecordSinks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be right is said before anything is started. */
class KafkaAddressTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void anAddressNamesBrokersAndATopic() {
        assertThat(KafkaAddress.parse("kafka://broker-1:9092,[::1]:9093,10.0.0.1:1/plant-7.predictions"))
                .isEqualTo(new KafkaAddress("broker-1:9092,[::1]:9093,10.0.0.1:1", "plant-7.predictions"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            kafka://localhost:9092          | names no topic
            kafka://localhost:9092/         | '' is no name of a topic
            kafka://localhost:9092/a/b      | 'a/b' is no name of a topic
            kafka://localhost:9092/..       | '..' is no name of a topic
            kafka://localhost/predictions   | 'localhost' is not host:port
            kafka://a:1,/predictions        | '' is not host:port
            kafka://user@host:1/predictions | 'user@host:1' is not host:port
            kafka://localhost:0/predictions | there is no port 0
            kafka://localhost:70000/a       | there is no port 70000
            """)
    void whatIsWrongWithOneIsSaid(String address, String why) {
        assertThatThrownBy(() -> RecordSinks.at(address, null)).isInstanceOfSatisfying(FleetException.class, e -> {
            assertThat(e).hasMessageStartingWith(address).hasMessageContaining(why);
            assertThat(e.hint()).contains("kafka://host:9092,host:9092/topic");
        });
    }

    @Test
    void aFileMaySayHowToEncryptAndLogInAndNotWhatThePromisesNeed() throws Exception {
        Path file = dir.resolve("client.properties");
        var address = "kafka://localhost:9092/predictions";
        assertThatThrownBy(() -> RecordSinks.at(address, file)).hasMessageContaining("cannot be read");

        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file, "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=/etc/ca.pem\n");
        RecordSinks.at(address, file).close();

        Files.writeString(file, "acks=0\n");
        assertThatThrownBy(() -> RecordSinks.at(address, file)).hasMessage(file + ": acks is not for this file");
        Files.writeString(file, "security.protocol=TELNET\n");
        assertThatThrownBy(() -> RecordSinks.at(address, file))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("TELNET");

        Files.writeString(file, "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> RecordSinks.at(address, file)).hasMessageContaining("others can read");
    }
}
