package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What version 1 put on the wire must be readable for ever. The golden files are never edited: a missing one is written
 * into the source tree and the test fails once.
 */
class GoldenWireTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("fulmar.root", ".."), "sync", "src", "test", "resources", "golden", "v1");
    private static final String DEVICE = "pump-7";
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));

    @TestFactory
    java.util.stream.Stream<DynamicTest> aRecordOfVersion1IsStillRead() {
        return Samples.records().entrySet().stream()
                .map(sample -> DynamicTest.dynamicTest(sample.getKey(), () -> {
                    byte[] golden = golden(sample.getKey() + ".record", Records.encode(sample.getValue()));
                    assertThat(Records.decode(golden)).isEqualTo(sample.getValue());
                }));
    }

    @TestFactory
    java.util.stream.Stream<DynamicTest> aMessageUpOfVersion1IsStillRead() {
        return Samples.uplink().entrySet().stream()
                .map(sample -> DynamicTest.dynamicTest(sample.getKey(), () -> {
                    Envelope envelope = wire.encode(DEVICE, sample.getValue());
                    Envelope golden = parse(golden(sample.getKey() + ".up", bytes(envelope)));
                    assertThat(wire.decodeUplink(golden)).isEqualTo(new FromDevice(DEVICE, sample.getValue()));
                }));
    }

    @TestFactory
    java.util.stream.Stream<DynamicTest> aMessageDownOfVersion1IsStillRead() {
        return Samples.downlink().entrySet().stream()
                .map(sample -> DynamicTest.dynamicTest(sample.getKey(), () -> {
                    Envelope envelope = wire.encode(DEVICE, sample.getValue());
                    Envelope golden = parse(golden(sample.getKey() + ".down", bytes(envelope)));
                    assertThat(wire.decodeDownlink(golden)).isEqualTo(new ToDevice(DEVICE, sample.getValue()));
                }));
    }

    @Test
    void theSameMessageIsStillWrittenAsTheSameBytesWhereNothingIsDeflated() throws IOException {
        for (var sample : Samples.downlink().entrySet()) {
            assertThat(Files.readString(GOLDEN.resolve(sample.getKey() + ".down")))
                    .isEqualTo(new String(bytes(wire.encode(DEVICE, sample.getValue())), StandardCharsets.ISO_8859_1));
        }
        for (var sample : Samples.records().entrySet()) {
            assertThat(Files.readAllBytes(GOLDEN.resolve(sample.getKey() + ".record")))
                    .isEqualTo(Records.encode(sample.getValue()));
        }
    }

    /** Topic, content type and user properties on a line each, an empty line, the payload. */
    static byte[] bytes(Envelope envelope) {
        StringBuilder head = new StringBuilder();
        head.append(envelope.topic())
                .append('\n')
                .append(envelope.contentType())
                .append('\n');
        new TreeMap<>(envelope.userProperties())
                .forEach((key, value) ->
                        head.append(key).append('=').append(value).append('\n'));
        head.append('\n');
        byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] bytes = Arrays.copyOf(start, start.length + envelope.payload().length);
        System.arraycopy(envelope.payload(), 0, bytes, start.length, envelope.payload().length);
        return bytes;
    }

    static Envelope parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n");
        String[] head = text.substring(0, end).split("\n", -1);
        Map<String, String> properties = new TreeMap<>();
        for (int i = 2; i < head.length; i++) {
            int equals = head[i].indexOf('=');
            properties.put(head[i].substring(0, equals), head[i].substring(equals + 1));
        }
        return new Envelope(head[0], Arrays.copyOfRange(bytes, end + 2, bytes.length), head[1], properties);
    }

    private static byte[] golden(String name, byte[] current) throws IOException {
        Path file = GOLDEN.resolve(name);
        if (!Files.exists(file)) {
            Files.createDirectories(GOLDEN);
            Files.write(file, current);
            throw new AssertionError("wrote the missing golden file " + file);
        }
        return Files.readAllBytes(file);
    }
}
