package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A demo that is stopped in the middle. */
class DemoStopIT {
    @Test
    @Timeout(120)
    void aDemoThatIsAskedToStopLeavesNoDeviceRunning(@TempDir Path folder) {
        Path config = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("device-config")
                .resolve("examples")
                .resolve("simulated.toml");
        var printed = new StringWriter();
        var demo = new Demo(
                2, Duration.ofMinutes(1), config, folder, new DemoView(new PrintWriter(printed), false), false, false);
        demo.requestStop();
        assertThatThrownBy(demo::run).isInstanceOf(InterruptedException.class);
        assertThat(printed.toString()).contains("2 devices started");
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }
}
