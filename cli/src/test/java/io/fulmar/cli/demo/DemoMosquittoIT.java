package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.mqtt.Mosquitto;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole demo on a real Mosquitto with mutual TLS, the access list of the fleet, and devices that enrolled. */
class DemoMosquittoIT {
    @Test
    @Timeout(300)
    void withMutualTlsAndAnAccessListNothingIsLostAndTheBadModelsAreUndone(@TempDir Path folder) throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        Path config = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("device-config")
                .resolve("examples")
                .resolve("simulated.toml");
        var printed = new StringWriter();
        var demo = new Demo(
                2, Duration.ofSeconds(30), config, folder, new DemoView(new PrintWriter(printed), false), true, false);
        DemoReport report = demo.run();
        assertThat(report.verdict().holds()).as(printed.toString()).isTrue();
        assertThat(report.updatesHold()).as(printed.toString()).isTrue();
        assertThat(report.updates()).hasSize(7).allMatch(update -> update.framesDropped() <= 0);
        assertThat(report.rollouts())
                .as(printed.toString())
                .satisfiesExactly(
                        good -> {
                            assertThat(good.state()).isEqualTo("done");
                            assertThat(good.waves()).allMatch(wave -> wave.active() == wave.devices());
                        },
                        bad -> {
                            assertThat(bad.state()).isEqualTo("halted");
                            assertThat(bad.stoppedBy()).isEqualTo("confidenceShift");
                            assertThat(bad.waves().stream().mapToLong(DemoRollouts.Wave::active))
                                    .containsExactly(1L, 0L, 0L);
                            assertThat(bad.assignedAfterHalt()).isZero();
                        });
        assertThat(report.verdict().recorded()).as("recorded").isPositive();
        assertThat(report.verdict().delivered()).as("delivered").isPositive();
        assertThat(Files.readString(folder.resolve("mosquitto").resolve("acl")))
                .contains("user press-1", "user press-2");
        assertThat(folder.resolve("press-1").resolve("identity").resolve("cert.pem"))
                .exists();
    }
}
