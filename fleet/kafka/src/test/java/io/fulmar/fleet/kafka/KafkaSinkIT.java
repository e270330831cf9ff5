package io.fulmar.fleet.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.TestDevice;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.sink.RecordSink;
import io.fulmar.fleet.sink.RecordSinks;
import io.fulmar.fleet.sink.SinkRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What devices record is in a real Kafka, and nothing is missing whatever happens to it. */
class KafkaSinkIT {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", "../.."));
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int PARTITIONS = 3;
    private static final Pattern NAME = Pattern.compile("\"([a-z][A-Za-z]*)\":");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path brokerDir;

    @SuppressWarnings("NullAway.Init")
    private static KafkaBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @BeforeAll
    static void start() throws Exception {
        broker = KafkaBroker.start(brokerDir);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void whatDevicesRecordIsThereInTheirOrderAndTheExampleOfTheDocumentReadsIt() throws Exception {
        broker.createTopic("predictions", PARTITIONS);
        try (var fleet = Fleet.open(sending("predictions"))) {
            for (int i = 1; i <= 4; i++) {
                try (var device = new TestDevice("press-" + i, 0x1234 + i, fleet.brokerUrl())) {
                    device.connect();
                    record(device, 1, 150);
                }
            }
            List<ConsumerRecord<String, String>> arrived = consumed("predictions", 600);
            assertThat(arrived.stream().map(ConsumerRecord::key)).doesNotHaveDuplicates();
            Map<String, List<ConsumerRecord<String, String>>> byDevice = arrived.stream()
                    .collect(Collectors.groupingBy(KafkaSinkIT::device, TreeMap::new, Collectors.toList()));
            assertThat(byDevice).hasSize(4);
            byDevice.forEach((device, records) -> {
                assertThat(records.stream().map(ConsumerRecord::partition))
                        .containsOnly(records.getFirst().partition());
                assertThat(records.stream().map(record -> record.key().replaceAll(".*/", "")))
                        .containsExactlyElementsOf(IntStream.rangeClosed(1, 150)
                                .mapToObj(Integer::toString)
                                .toList());
            });
            ConsumerRecord<String, String> one =
                    Objects.requireNonNull(byDevice.get("press-2")).get(16);
            assertThat(one.key()).isEqualTo("press-2/0000000000001236/data/17");
            assertThat(one.value())
                    .startsWith(
                            "{\"device\":\"press-2\",\"epoch\":\"0000000000001236\",\"stream\":\"data\",\"seq\":17,")
                    .contains("\"label\":\"normal\"", "\"score\":0.875");
            assertThat(metric(fleet, "fulmar_fleet_sink_working 1.0"::equals)).isTrue();
            assertThat(metric(fleet, line -> line.startsWith("fulmar_fleet_sink_rows_total ")))
                    .isTrue();

            assertThat(printed("predictions", 600))
                    .containsExactlyInAnyOrderElementsOf(
                            arrived.stream().map(ConsumerRecord::value).toList());
            theDocumentKnows(one.value());
        }
    }

    /** Spark and Flink have to be told the names that there really are. */
    private static void theDocumentKnows(String json) throws IOException {
        List<String> names =
                NAME.matcher(json).results().map(found -> found.group(1)).toList();
        assertThat(names).contains("device", "label");
        List<String> blocks = Pattern.compile("```(python|sql)\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("docs/kafka.md")))
                .results()
                .map(found -> found.group(2))
                .filter(block -> block.contains("seq"))
                .toList();
        assertThat(blocks).hasSize(2);
        for (String block : blocks) {
            Matcher column = Pattern.compile("(?m)^    `?([a-z][A-Za-z]*)`? (?:STRING|BIGINT|DOUBLE)")
                    .matcher(block);
            assertThat(column.results().map(found -> found.group(1))).containsExactlyElementsOf(names);
        }
    }

    @Test
    void whileKafkaIsAwayDevicesGoOnAndWhenItIsBackNothingIsMissing() throws Exception {
        broker.createTopic("outage", PARTITIONS);
        try (var fleet = Fleet.open(sending("outage"));
                var device = new TestDevice("press-7", 0x77, fleet.brokerUrl())) {
            device.connect();
            record(device, 1, 100);
            assertThat(consumed("outage", 100)).hasSize(100);

            broker.kill();
            try {
                record(device, 101, 400);
                assertThat(metric(fleet, "fulmar_fleet_sink_working 0.0"::equals))
                        .isTrue();
                assertThat(metric(fleet, "fulmar_fleet_sink_waiting_rows 300.0"::equals))
                        .isTrue();
            } finally {
                broker.startAgain();
            }
            List<String> keys = consumed("outage", 400).stream()
                    .map(ConsumerRecord::key)
                    .distinct()
                    .toList();
            assertThat(keys)
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 400)
                            .mapToObj(seq -> "press-7/0000000000000077/data/" + seq)
                            .toList());
            assertThat(metric(fleet, "fulmar_fleet_sink_working 1.0"::equals)).isTrue();
            assertThat(metric(fleet, "fulmar_fleet_sink_waiting_rows 0.0"::equals))
                    .isTrue();
        }
    }

    @Test
    void aTopicThatIsMissingIsNotMadeButSaidAndOnceItIsThereItGoesOn() throws Exception {
        List<SinkRecord> records = IntStream.range(0, 100)
                .mapToObj(i -> new SinkRecord("lathe-" + i, "lathe-" + i + "/0/data/1", "{\"number\":" + i + "}"))
                .toList();
        try (RecordSink sink = RecordSinks.at(broker.address("later"), null)) {
            assertThatThrownBy(() -> sink.send(records)).isInstanceOfSatisfying(FleetException.class, e -> {
                assertThat(e).hasMessage("Kafka at " + broker.servers() + " has no topic later");
                assertThat(e.hint()).contains("kafka-topics.sh", "--topic later");
            });
            broker.createTopic("later", PARTITIONS);
            sink.send(records);
        }
        List<ConsumerRecord<String, String>> arrived = consumed("later", 100);
        assertThat(arrived.stream().map(ConsumerRecord::partition).distinct()).hasSize(PARTITIONS);

        broker.createTopic("keyed", PARTITIONS);
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.servers()), new StringSerializer(), new StringSerializer())) {
            for (ConsumerRecord<String, String> record : arrived) {
                assertThat(producer.send(new ProducerRecord<>("keyed", device(record), ""))
                                .get()
                                .partition())
                        .as("where Kafka itself puts what has the device as its key")
                        .isEqualTo(record.partition());
            }
        }
    }

    @Test
    void aBrokerThatNobodyReachesIsSaid() {
        try (RecordSink sink = RecordSinks.at("kafka://127.0.0.1:1/predictions", null)) {
            assertThatThrownBy(() -> sink.send(List.of(new SinkRecord("a", "a/0/data/1", "{}"))))
                    .isInstanceOf(FleetException.class)
                    .hasMessage("Kafka at 127.0.0.1:1 does not answer");
        }
        try (RecordSink sink = RecordSinks.at("kafka://no-such-host.invalid:9092/predictions", null)) {
            assertThatThrownBy(() -> sink.send(List.of(new SinkRecord("a", "a/0/data/1", "{}"))))
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("no-such-host.invalid");
        }
    }

    private FleetConfig sending(String topic) {
        return FleetConfig.inDirectory(dir)
                .anonymous(Role.VIEWER)
                .sink(new FleetConfig.Sink(broker.address(topic), null));
    }

    private static void record(TestDevice device, int first, int last) {
        for (int i = first; i <= last; i++) {
            device.record(TestRecords.prediction("normal"));
        }
        device.until(true, 50, () -> device.acknowledged() == last);
    }

    private static String device(ConsumerRecord<String, String> record) {
        return record.key().replaceAll("/.*", "");
    }

    /** Everything from the beginning of the topic, by partition, until there are so many keys. */
    private static List<ConsumerRecord<String, String>> consumed(String topic, int keys) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker.servers(),
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (seen.size() < keys && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    records.add(record);
                    seen.add(record.key());
                });
            }
        }
        assertThat(seen).hasSize(keys);
        return records;
    }

    /** What the example prints, when it is run as the document says. */
    private static List<String> printed(String topic, int lines) throws IOException {
        Process example = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ROOT.resolve("fleet/kafka/examples/PrintRecords.java").toString(),
                        broker.servers(),
                        topic)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> printed = new ArrayList<>();
        try (BufferedReader reader = example.inputReader()) {
            String line = "";
            while (printed.size() < lines && line != null) {
                line = reader.readLine();
                printed.add(line);
            }
        } finally {
            example.destroyForcibly();
        }
        return printed;
    }

    /** Waits for a line among what Prometheus would collect. */
    private static boolean metric(Fleet fleet, Predicate<String> line) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + fleet.httpPort() + "/metrics");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (var client = HttpClient.newHttpClient()) {
            while (System.nanoTime() < deadline) {
                String text = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                        .body();
                if (text.lines().anyMatch(line)) {
                    return true;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
        return false;
    }
}
