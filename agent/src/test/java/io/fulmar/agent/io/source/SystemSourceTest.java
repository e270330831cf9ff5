package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Source;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemSourceTest {
    private static final long SECOND = 1_000_000_000L;

    private final Path root;

    SystemSourceTest(@TempDir Path root) {
        this.root = root;
    }

    @Test
    void readingsAreTakenFromProcAndSysSinceTheFrameBefore() throws IOException {
        write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
        write("proc/meminfo", "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\n");
        write("proc/diskstats", "7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n8 0 sda 0 0 0 0 0 0 0 0 0 1000 0\n");
        write("proc/net/dev", header() + "  lo: 5 0 0 0 0 0 0 0 5 0\n  eth0: 1000 0 0 0 0 0 0 0 500 0\n");
        write("proc/loadavg", "0.00 0.0 0.0 1/2 3\n");
        write("sys/class/thermal/thermal_zone0/temp", "41500\n");
        write("sys/class/thermal/thermal_zone1/temp", "62250\n");
        write("sys/class/thermal/thermal_zone2/temp", "2147483647\n");
        Source source = open(Reading.values());
        write("proc/stat", "cpu  150 0 100 850 0 0 0 0 0 0\n");
        write("proc/diskstats", "7 0 loop0 0 0 0 0 0 0 0 0 0 9 0\n8 0 sda 0 0 0 0 0 0 0 0 0 1250 0\n");
        write("proc/net/dev", header() + "  lo: 9 0 0 0 0 0 0 0 5 0\n  eth0: 2001000 0 0 0 0 0 0 0 1000500 0\n");

        Frame frame = source.poll(SECOND);

        assertThat(frame).isNotNull();
        assertThat(frame.values()).containsExactly(new float[] {0.5f, 0.75f, 0.25f, 3f, 62.25f, 0f}, within(1e-4f));
        assertThat(source.notice()).isNull();
    }

    @Test
    void aSensorThatIsNotThereHasItsDeclaredSubstituteAndIsSaidOnce() throws IOException {
        write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
        Source source = open(Reading.CPU, Reading.TEMPERATURE, Reading.MEMORY);

        for (int i = 1; i <= 3; i++) {
            Frame frame = source.poll(i * SECOND);
            assertThat(frame).isNotNull();
            assertThat(frame.values()).containsExactly(0, 40, 0);
        }
        assertThat(source.notice()).isEqualTo("this host gives no reading of temperature; 40.0 stands in its place");
        assertThat(source.notice()).isEqualTo("this host gives no reading of memory; 0.0 stands in its place");
        assertThat(source.notice()).isNull();
    }

    @Test
    void countersThatGoBackOrAreGarbledGiveNoAbsurdReading() throws IOException {
        write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
        write("proc/net/dev", "eth0: 1000 0 0 0 0 0 0 0 500 0\n");
        write("proc/diskstats", "8 0 sda 0 0 0 0 0 0 0 0 0 1000 0\n");
        Source source = open(Reading.CPU, Reading.NETWORK, Reading.DISK);
        write("proc/stat", "cpu  x y z\n");
        write("proc/net/dev", "eth0: 10 0 0 0 0 0 0 0 5 0\n\0\0:::\n");
        write("proc/diskstats", "8 0 sda 0 0 0 0 0 0 0 0 0 1 0\n8\n");

        Frame frame = source.poll(SECOND);

        assertThat(frame).isNotNull();
        assertThat(frame.values()).containsExactly(0, 0, 0);
    }

    @Test
    void theNextFrameIsDueAPeriodLater() {
        Source source = open(Reading.LOAD);

        assertThat(source.poll(SECOND / 2)).isNull();
        assertThat(source.poll(SECOND)).isNotNull();
        assertThat(source.nextDueNanos()).isEqualTo(2 * SECOND);
    }

    @Test
    void thisHostGivesReadingsThatMakeSense() {
        assumeThat(Path.of("/proc/stat")).exists();
        Source source = new SystemSource(
                new SourceSettings.HostSystem(1, List.of(Reading.CPU, Reading.MEMORY, Reading.LOAD)), Path.of("/"), 0);

        Frame frame = source.poll(SECOND);

        assertThat(frame).isNotNull();
        assertThat(frame.values()[0]).isBetween(0f, 1f);
        assertThat(frame.values()[1]).isGreaterThan(0f).isLessThan(1f);
        assertThat(frame.values()[2]).isNotNegative();
    }

    private Source open(Reading... readings) {
        return new SystemSource(new SourceSettings.HostSystem(1, List.of(readings)), root, 0);
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent() == null ? root : file.getParent());
        Files.writeString(file, text);
    }

    private static String header() {
        return "Inter-|   Receive  |  Transmit\n face |bytes    packets|bytes    packets\n";
    }
}
