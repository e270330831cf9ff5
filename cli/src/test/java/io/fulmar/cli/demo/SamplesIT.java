package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.feedback.SampleFile;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.sample.SampleRow;
import io.fulmar.fleet.sample.SampleStore;
import io.fulmar.sync.wire.Epochs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From pictures and rows before a device to a folder for training, while the link is cut and the agent is killed. */
class SamplesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final int PICTURES = 8;
    private static final int ROWS = 12;
    private static final SampleRow.Filter ALL = new SampleRow.Filter(null, null, null, null, null, null);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private final StringWriter said = new StringWriter();
    private final Map<String, byte[]> inputs = new TreeMap<>();
    private Fleet fleet;
    private CuttableLink link;
    private FulmarProcess agent;

    @BeforeEach
    void open() throws IOException {
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")));
        link = CuttableLink.to(fleet.brokerUrl().getPort());
        agent = new FulmarProcess(List.of("agent", "--quiet", "--config", config().toString()), dir.resolve("log"));
    }

    @AfterEach
    void close() {
        agent.close();
        link.close();
        fleet.close();
    }

    @Test
    void whatADeviceKeptIsInTheFolderByteForByteUnderTheTruth() throws Exception {
        pictures();
        rows();
        agent.start();
        await("all inputs are kept", () -> kept().size() == PICTURES + ROWS);
        assertThat(fulmar("agent", "samples", "list", "--config", config().toString()))
                .as(said.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("confidence", "random", (PICTURES + ROWS) + " samples");

        await(
                "the device is known",
                () -> fleet("devices") == ExitCode.OK && said.toString().contains("gate-1"));
        assertThat(fleet("command", "gate-1", "samples.send", "--arg", "all=true", "--wait", "60s"))
                .as(said.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("\"sending\" : " + (PICTURES + ROWS));

        for (int cut = 1; cut <= 3; cut++) {
            int whole = cut * 3;
            await(whole + " samples are there", () -> whole() >= whole);
            link.cut();
            if (cut != 2) {
                agent.kill();
                agent.start();
            }
            link.restore();
        }
        await("all samples are there", () -> whole() == PICTURES + ROWS);
        await("none is left on the device", () -> kept().isEmpty());

        assertThat(fleet("samples", "list", "--json")).isEqualTo(ExitCode.OK);
        List<SampleRow> rows = rowsOfFleet();
        assertThat(rows).hasSize(PICTURES + ROWS).allMatch(SampleRow::whole);
        for (int i = 0; i < rows.size(); i++) {
            if (i % 3 > 0) {
                assertThat(fleet("truth", "set", name(rows.get(i)), i % 3 == 1 ? "seven" : "no/thing"))
                        .as(said.toString())
                        .isEqualTo(ExitCode.OK);
            }
        }
        Path data = dir.resolve("data");
        assertThat(fleet("samples", "export", data.toString()))
                .as(said.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(said.toString()).startsWith((PICTURES + ROWS) + " samples added");
        Map<String, byte[]> exported = exported(data);
        assertThat(exported.keySet()).hasSize(PICTURES + ROWS);
        assertThat(exported.values().stream().map(HexFormat.of()::formatHex).sorted())
                .containsExactlyElementsOf(inputs.values().stream()
                        .map(HexFormat.of()::formatHex)
                        .sorted()
                        .toList());
        for (int i = 0; i < rows.size(); i++) {
            String file = rows.get(i).device() + "-" + Epochs.text(rows.get(i).epoch()) + "-" + rows.get(i).stream()
                    + "-" + rows.get(i).seq() + "." + rows.get(i).format();
            assertThat(exported.keySet())
                    .contains((i % 3 == 0 ? "unlabelled/" : i % 3 == 1 ? "seven/" : "_no_thing-eaa9e8d5/") + file);
        }
        assertThat(Files.readAllLines(data.resolve("samples.csv")))
                .hasSize(1 + PICTURES + ROWS)
                .anyMatch(line -> line.contains(",no/thing,"));

        assertThat(fleet("truth", "set", name(rows.getFirst()), "seven")).isEqualTo(ExitCode.OK);
        assertThat(fleet("samples", "export", data.toString())).isEqualTo(ExitCode.OK);
        assertThat(said.toString()).startsWith("1 samples added");
        assertThat(exported(data).keySet()).hasSize(PICTURES + ROWS);
    }

    private static String name(SampleRow row) {
        return row.device() + "/" + Epochs.text(row.epoch()) + "/" + row.stream() + "/" + row.seq();
    }

    private List<SampleFile> kept() {
        try {
            return SampleFile.list(dir.resolve("state/samples"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long whole() {
        return rowsOfFleet().stream().filter(SampleRow::whole).count();
    }

    private List<SampleRow> rowsOfFleet() {
        try (Session session = Database.in(dir.resolve("fleet")).openReader()) {
            return new SampleStore(session).list(ALL, Long.MAX_VALUE, 1_000);
        }
    }

    private static Map<String, byte[]> exported(Path data) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(data)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith("samples.csv")) {
                    files.put(data.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
        }
        return files;
    }

    private int fleet(String... args) {
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(args));
        all.addAll(List.of("--data", dir.resolve("fleet").toString()));
        return fulmar(all.toArray(String[]::new));
    }

    private int fulmar(String... args) {
        said.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(args);
    }

    private void await(String what, BooleanSupplier holds) throws IOException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            boolean late = System.nanoTime() - until > 0;
            assertThat(late)
                    .as(() -> what + ": " + kept() + "\n" + said + "\n" + log())
                    .isFalse();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private String log() {
        try {
            return Files.readString(dir.resolve("log"));
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    /** Of noise, so that each takes several rows. */
    private void pictures() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < PICTURES; i++) {
            BufferedImage picture = new BufferedImage(150, 150, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < 150 * 150; pixel++) {
                picture.setRGB(pixel % 150, pixel / 150, random.nextInt(1 << 24));
            }
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(picture, "png", png);
            assertThat(png.size()).isGreaterThan(2 * 32 * 1024);
            put("pictures", i + ".png", png.toByteArray());
            inputs.put("picture " + i, png.toByteArray());
        }
    }

    private void rows() throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        StringBuilder csv = new StringBuilder();
        for (int row = 0; row < ROWS; row++) {
            ByteBuffer numpy = ByteBuffer.allocate(128 + 4 * 256).order(ByteOrder.LITTLE_ENDIAN);
            numpy.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) 118);
            String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (256,), }";
            numpy.put((header + " ".repeat(117 - header.length()) + "\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            for (int i = 0; i < 256; i++) {
                float value = (float) random.nextDouble(-1, 1);
                csv.append(i == 0 ? "" : ",").append(value);
                numpy.putFloat(value);
            }
            csv.append('\n');
            inputs.put("row " + row, numpy.array());
        }
        put("rows", "all.csv", csv.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void put(String folder, String name, byte[] bytes) throws IOException {
        Files.createDirectories(dir.resolve(folder));
        Files.write(dir.resolve(folder).resolve(name), bytes);
    }

    private Path config() throws IOException {
        Path file = dir.resolve("device.toml");
        Path models = ROOT.toAbsolutePath().normalize().resolve("models/samples");
        Files.createDirectories(dir.resolve("pictures"));
        Files.createDirectories(dir.resolve("rows"));
        Files.writeString(file, """
                [device]
                id = "gate-1"
                [state]
                dir = "state"
                [mqtt]
                url = "mqtt://127.0.0.1:%d"
                backoff_min = "100ms"
                backoff_max = "500ms"
                [outbox]
                ack_timeout = "1s"
                commit_interval = { data = "50ms" }
                [api]
                enabled = false
                [[model]]
                name = "digit-reader"
                file = "%s/digit-reader/digit-reader.tflite"
                version = "1.0.0"
                labels = "%s/digit-reader/labels.txt"
                [[model]]
                name = "bearing-condition"
                file = "%s/bearing-condition/bearing-condition.tflite"
                version = "1.0.0"
                labels = "%s/bearing-condition/labels.txt"
                [[pipeline]]
                name = "camera"
                model = "digit-reader"
                source = { type = "folder", path = "pictures", format = "image", then = "delete" }
                preprocess = [
                  { type = "decode-image" },
                  { type = "resize", width = 8, height = 8, method = "area" },
                  { type = "pixels", order = "grey" },
                  { type = "scale", factor = -0.0627451, offset = 16 },
                ]
                postprocess = [ { type = "label" } ]
                samples = { random = 1, per_hour = 36000 }
                [[pipeline]]
                name = "rows"
                model = "bearing-condition"
                source = { type = "folder", path = "rows", format = "csv", then = "delete" }
                preprocess = [ { type = "normalise" } ]
                postprocess = [ { type = "label" } ]
                record = { policy = "changes" }
                samples = { confidence = 1, random = 1, per_hour = 36000 }
                """.formatted(link == null ? 1 : link.port(), models, models, models, models));
        return file;
    }
}
