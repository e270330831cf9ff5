package io.fulmar.agent.doctor;

import static io.fulmar.agent.doctor.Finding.Verdict.FAILURE;
import static io.fulmar.agent.doctor.Finding.Verdict.OK;
import static io.fulmar.agent.doctor.Finding.Verdict.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.agent.os.SerialPorts;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.GuardSettings;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.LoadResult;
import io.fulmar.config.TlsSettings;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each finding with what really causes it: files as a kernel writes them, brokers that are there and not there. */
class DoctorTest {
    private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");
    private static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";

    @TempDir
    Path dir;

    private Host host(String architecture, String glibc, Instant now) {
        return new Host(dir, architecture, glibc, () -> now);
    }

    private Host pi() {
        return host("aarch64", "2.41", NOW);
    }

    private void write(String path, String text) throws IOException {
        Path file = dir.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void assertFinding(Finding finding, Finding.Verdict verdict, String... parts) {
        assertThat(finding.verdict()).as(finding.toString()).isEqualTo(verdict);
        for (String part : parts) {
            assertThat(finding.text() + "\n" + finding.advice()).contains(part);
        }
        assertThat(finding.advice() == null).isEqualTo(verdict == OK);
    }

    // ---- machine

    @Test
    void thisVeryMachineCanRunTheAgent() {
        List<Finding> findings = new ArrayList<>();
        Doctor.machine(Host.here(), findings::add);
        assertThat(findings).hasSizeGreaterThan(5).noneMatch(it -> it.verdict() == FAILURE);
    }

    @Test
    void anArchitectureWithoutALibraryIsAFailure() {
        assertFinding(new MachineChecks(host("arm", "2.41", NOW)).architecture(), FAILURE, "arm", "64-bit");
        assertFinding(new MachineChecks(pi()).architecture(), OK);
    }

    @Test
    void anOldOrAnotherCLibraryIsAFailure() {
        assertFinding(new MachineChecks(host("aarch64", "2.31", NOW)).cLibrary(), FAILURE, "2.31", "Debian 12");
        assertFinding(new MachineChecks(host("aarch64", "", NOW)).cLibrary(), FAILURE, "not glibc");
        assertFinding(new MachineChecks(host("aarch64", "2.34", NOW)).cLibrary(), OK);
        assertFinding(new MachineChecks(host("aarch64", "3.0", NOW)).cLibrary(), OK);
    }

    @Test
    void aProcessorWithoutDotProductsIsSlow() throws IOException {
        write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nprocessor\t: 1\n");
        assertFinding(new MachineChecks(pi()).processor(), WARNING, "2 processors, asimd", "asimddp");
        write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp\n");
        assertFinding(new MachineChecks(pi()).processor(), OK, "1 processor, asimd asimddp");
        write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse4_2 avx\n");
        assertFinding(new MachineChecks(host("amd64", "2.41", NOW)).processor(), WARNING, "avx2");
    }

    @Test
    void littleMemoryIsWarnedOfAndTooLittleIsAFailure() throws IOException {
        write("proc/meminfo", "MemTotal:  443000 kB\nMemFree: 1 kB\nMemAvailable:   60000 kB\n");
        assertFinding(new MachineChecks(pi()).memory(), FAILURE, "58 MiB of 432 MiB");
        write("proc/meminfo", "MemTotal:  443000 kB\nMemAvailable:   120000 kB\n");
        assertFinding(new MachineChecks(pi()).memory(), WARNING, "117 MiB");
        write("proc/meminfo", "MemTotal:  943000 kB\nMemAvailable:   720000 kB\n");
        assertFinding(new MachineChecks(pi()).memory(), OK);
    }

    @Test
    void aClockThatCannotBeRightIsAFailure() throws IOException {
        assertFinding(
                new MachineChecks(host("aarch64", "2.41", Instant.EPOCH)).clock(), FAILURE, "1970-01-01T00:00:00Z");
        assertFinding(new MachineChecks(pi()).clock(), OK, "not told");
        Files.createDirectories(dir.resolve("run/systemd/timesync"));
        assertFinding(new MachineChecks(pi()).clock(), WARNING, "not yet set");
        write("run/systemd/timesync/synchronized", "");
        assertFinding(new MachineChecks(pi()).clock(), OK, "set by systemd-timesyncd");
    }

    // ---- libraries

    @Test
    void theGoldenCaseIsThatOfTheSampleModel() throws IOException {
        Path sample = Path.of(System.getProperty("fulmar.root"), "models/samples/host-load");
        assertThat(LibraryChecks.resource("host-load.tflite"))
                .isEqualTo(Files.readAllBytes(sample.resolve("host-load.tflite")));
        for (String name : List.of("busy.in0.bin", "busy.out0.bin")) {
            assertThat(LibraryChecks.resource(name)).isEqualTo(Files.readAllBytes(sample.resolve("golden/" + name)));
        }
        assertFinding(LibraryChecks.inference(), OK, "TensorFlow Lite");
    }

    @Test
    void aWrongAnswerOfTheLibraryIsAFailure() {
        byte[] wrong = LibraryChecks.resource("busy.out0.bin");
        wrong[0] = (byte) (wrong[0] + 40);
        assertFinding(
                LibraryChecks.inference(
                        LibraryChecks.resource("host-load.tflite"), LibraryChecks.resource("busy.in0.bin"), wrong),
                FAILURE,
                "wrongly");
    }

    // ---- disk

    @Test
    void aGoodStateDirectoryIsWellAndLeftAsItWas() throws IOException {
        Path state = Files.createDirectories(dir.resolve("state"));
        assertThat(new DiskChecks(Host.here(), state).all(1 << 20))
                .extracting(Finding::check)
                .contains("permissions", "space", "store", "disk");
        assertThat(new DiskChecks(Host.here(), state).all(1 << 20))
                .filteredOn(it -> !it.check().equals("disk") && !it.check().equals("wear"))
                .allMatch(it -> it.verdict() == OK);
        assertThat(state).isEmptyDirectory();
    }

    @Test
    void aStateDirectoryThatCannotBeIsAFailure() throws IOException {
        write("file", "");
        assertFinding(
                new DiskChecks(pi(), dir.resolve("file")).all(1).getLast(),
                FAILURE,
                dir.resolve("file") + " cannot be used");
        assertFinding(
                new DiskChecks(pi(), dir.resolve("file/state")).all(1).getLast(), FAILURE, "cannot be made below");
        assertFinding(new DiskChecks(pi(), dir.resolve("new/state")).all(1).getLast(), OK, "is not there yet");
    }

    @Test
    void aQuotaThatIsLargerThanTheDiskIsWarnedOf() {
        assertThat(new DiskChecks(pi(), dir).all(Long.MAX_VALUE))
                .filteredOn(it -> it.check().equals("space"))
                .singleElement()
                .satisfies(it -> assertFinding(it, WARNING, "outbox.quota"));
    }

    @Test
    void aSlowDiskIsWarnedOfAndAStuckOneIsAFailure() {
        List<Long> nanos = new ArrayList<>(Collections.nCopies(98, 1_000_000L));
        nanos.add(300_000_000L);
        nanos.add(9_000_000_000L);
        assertFinding(DiskChecks.speed(nanos), WARNING, "within 300 ms");
        assertFinding(DiskChecks.speed(List.of(3_000_000_000L)), FAILURE, "within 3000 ms");
        assertFinding(DiskChecks.speed(Collections.nCopies(100, 5_000_000L)), OK, "within 5 ms");
    }

    @Test
    void eMmcSaysHowMuchOfItsLifeIsGone() throws IOException {
        write("sys/block/mmcblk0/device/life_time", "0x01 0x02\n");
        assertFinding(wear(), OK, "mmcblk0 has used up to 20 %");
        write("sys/block/mmcblk0/device/life_time", "0x03 0x09\n");
        assertFinding(wear(), WARNING, "90 %");
        write("sys/block/mmcblk0/device/life_time", "0x0b 0x01\n");
        assertFinding(wear(), FAILURE, "more than all");
    }

    private Finding wear() {
        return new DiskChecks(pi(), dir)
                .all(1).stream()
                        .filter(it -> it.check().equals("wear"))
                        .findFirst()
                        .orElseThrow();
    }

    // ---- broker and certificates

    @Test
    void aBrokerThatIsThereIsFoundAndOneThatIsNotIsAFailure() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertFinding(broker("mqtt://127.0.0.1:" + listening.getLocalPort(), Map.of()), OK, "can be reached");
        }
        assertFinding(
                broker("mqtt://127.0.0.1:" + closedPort(), Map.of()), FAILURE, "refused", "check that the broker runs");
        assertFinding(broker("mqtt://broker.invalid:1883", Map.of()), FAILURE, "broker.invalid is not known");
    }

    private static int closedPort() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return closed.getLocalPort();
        }
    }

    @Test
    void anEncryptedBrokerIsFoundAndABadCertificateIsNamed() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        TestCa ca = TestCa.in(dir.resolve("ca"), "fleet");
        Map<String, String> tls = tls(ca, ca.client("pump-7"));
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca)) {
            assertFinding(broker(broker.url().toString(), tls), OK, "its certificate is good until");
            TestCa other = TestCa.in(dir.resolve("other"), "another");
            assertFinding(broker(broker.url().toString(), tls(other, other.client("pump-7"))), FAILURE);
        }
        TestCa.Issued expired =
                ca.issue("localhost", P256, Instant.now().minus(Duration.ofDays(9)), Duration.ofDays(2));
        try (Mosquitto broker = Mosquitto.startEncrypted(dir, ca, expired)) {
            assertFinding(broker(broker.url().toString(), tls), FAILURE, "expired");
        }
    }

    @Test
    void certificatesThatEndAreNamedBeforeAndAfter() {
        assumeTrue(TestCa.available(), "openssl is not installed");
        TestCa ca = TestCa.in(dir.resolve("ca"), "fleet");
        Instant start = Instant.now().minus(Duration.ofDays(1));
        TestCa.Issued issued = ca.issue("pump-7", P256, start, Duration.ofDays(90));
        TlsSettings tls = new TlsSettings(ca.certificate(), issued.certificate(), issued.key());
        assertThat(certificate(tls, 0).verdict()).isEqualTo(OK);
        assertFinding(certificate(tls, 80), WARNING, "is good until");
        assertFinding(certificate(tls, 100), FAILURE, "ended at", "enrol");
        assertFinding(certificate(tls, -10), FAILURE, "begins at", "set the clock");
        TlsSettings none = new TlsSettings(ca.certificate(), dir.resolve("none.pem"), issued.key());
        assertFinding(certificate(none, 0), FAILURE, "none.pem");
    }

    private Finding certificate(TlsSettings tls, int days) {
        Host then = host("amd64", "2.41", Instant.now().plus(Duration.ofDays(days)));
        return new BrokerChecks(then).certificates(tls).getLast();
    }

    private static Map<String, String> tls(TestCa ca, TestCa.Issued issued) {
        return Map.of(
                "mqtt.tls.ca", ca.certificate().toString(),
                "mqtt.tls.cert", issued.certificate().toString(),
                "mqtt.tls.key", issued.key().toString());
    }

    private Finding broker(String url, Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("mqtt.url", url);
        Path example = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        DeviceConfig config =
                ((LoadResult.Loaded) ConfigLoader.load(ConfigSources.of(example).overrides(all))).config();
        return new BrokerChecks(Host.here()).broker("pump-7", config.mqtt());
    }

    // ---- pins

    @Test
    void missingPinsAndBusesAreNamed() throws IOException {
        Files.createDirectories(dir.resolve("dev"));
        List<Finding> missing = new PinChecks(pi()).files(true, new TreeSet<>(List.of("i2c1", "spi0")));
        assertThat(missing).hasSize(3).allMatch(it -> it.verdict() == FAILURE);
        assertFinding(missing.get(1), FAILURE, "/dev/i2c-1", "raspi-config");
        write("dev/gpiochip0", "");
        write("dev/i2c-1", "");
        write("dev/spidev0.0", "");
        write("dev/spidev0.1", "");
        assertThat(new PinChecks(pi()).files(true, new TreeSet<>(List.of("i2c1", "spi0"))))
                .hasSize(3)
                .allMatch(it -> it.verdict() == OK);
    }

    private Finding pwm(int pin) {
        GuardSettings guard = new GuardSettings(Duration.ZERO, 60, Duration.ofSeconds(30), null, true);
        HardwareSettings.Pwm fan = new HardwareSettings.Pwm("fan", pin, 1_000, 0, guard);
        HardwareSettings wired = new HardwareSettings(
                HardwareSettings.Provider.PI4J, List.of(), List.of(), List.of(fan), List.of(), false);
        assertThat(new PwmChecks(pi()).outputs(wired, null)).isEmpty();
        return new PwmChecks(pi()).outputs(wired, "raspberry-pi-4").getFirst();
    }

    @Test
    void aPwmOutputNeedsItsChannelAndThisUserMustBeAbleToWriteToIt() throws IOException {
        assertFinding(pwm(17), FAILURE, "GPIO 17 of a raspberry-pi-4 has no PWM", "--board-pins");
        assertFinding(pwm(13), FAILURE, "there is no " + dir + "/sys/class/pwm/pwmchip0", "dtoverlay=pwm-2chan");
        write("sys/class/pwm/pwmchip0/npwm", "1\n");
        assertFinding(pwm(13), FAILURE, "has 1 channels, and none of number 1", "ls -l /sys/class/pwm");
        write("sys/class/pwm/pwmchip0/npwm", "2\n");
        assertFinding(pwm(13), FAILURE, "pwmchip0/export cannot be written", "usermod --append --groups gpio");
        write("sys/class/pwm/pwmchip0/export", "");
        assertFinding(pwm(13), OK, "pwmchip0, channel 1; a service needs ProtectKernelTunables=no");
        write("sys/class/pwm/pwmchip0/pwm1/period", "0\n");
        assertFinding(pwm(13), FAILURE, "pwm1/duty_cycle cannot be written");
        write("sys/class/pwm/pwmchip0/pwm1/duty_cycle", "0\n");
        write("sys/class/pwm/pwmchip0/pwm1/enable", "0\n");
        assertFinding(pwm(13), OK, "channel 1");
        assertFinding(pwm(18), OK, "channel 0");
    }

    // ---- serial ports

    private List<Finding> ports() throws IOException {
        write("device.toml", """
                [device]
                id = "one"
                [state]
                dir = "state"
                [[model]]
                name = "m"
                file = "m.tflite"
                version = "1"
                [[pipeline]]
                name = "p"
                model = "m"
                source = { type = "serial", port = "/dev/ttyUSB0", format = "csv" }
                """);
        write("m.tflite", "");
        LoadResult loaded = ConfigLoader.load(ConfigSources.of(dir.resolve("device.toml")));
        return new SerialChecks(pi())
                .ports(((LoadResult.Loaded) loaded).config().pipelines());
    }

    @Test
    void aSerialPortThatIsNotThereIsNamedWithThoseThatAre() throws IOException {
        assertFinding(ports().getFirst(), FAILURE, "there is no /dev/ttyUSB0; this machine has no serial port");
        write("sys/class/tty/ttyACM0/device/driver", "");
        write("sys/class/tty/ttyS0/device/driver", "");
        write("sys/class/tty/ttyS0/type", "0\n");
        write("dev/ttyACM0", "");
        write("dev/ttyS0", "");
        assertFinding(ports().getFirst(), FAILURE, "there are " + dir + "/dev/ttyACM0", "io ports");
        write("sys/class/tty/ttyUSB0/device/driver", "");
        write("dev/ttyUSB0", "");
        Files.createDirectories(dir.resolve("dev/serial/by-id"));
        Files.createSymbolicLink(dir.resolve("dev/serial/by-id/usb-scale"), Path.of("../../ttyUSB0"));
        assertFinding(ports().getFirst(), OK, "/dev/ttyUSB0 by driver");
        assertThat(SerialPorts.below(dir))
                .extracting(SerialPorts::names)
                .containsExactly(List.of(), List.of(dir.resolve("dev/serial/by-id/usb-scale")));
    }
}
