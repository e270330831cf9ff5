package io.fulmar.fleet.kafka;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.sink.RecordSink;
import io.fulmar.fleet.sink.SinkRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A topic of Apache Kafka. All records of a device go to one partition, as those of a topic with the device as its key would.
 * Owned by the sink thread.
 */
final class KafkaSink implements RecordSink {
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final KafkaAddress address;
    private final Map<String, Object> settings;
    private @Nullable Producer<String, String> producer;
    private boolean found;

    KafkaSink(KafkaAddress address, Map<String, Object> settings) {
        this.address = address;
        this.settings = settings;
    }

    /** Not the brokers', as others of the same cluster may be named next time. */
    @Override
    public String name() {
        return KafkaAddress.SCHEME + ":" + address.topic();
    }

    @Override
    public void send(List<SinkRecord> records) {
        try {
            find();
            Producer<String, String> open = open();
            int partitions = open.partitionsFor(address.topic()).size();
            List<Future<RecordMetadata>> sent = new ArrayList<>(records.size());
            for (SinkRecord record : records) {
                sent.add(open.send(new ProducerRecord<>(
                        address.topic(), partition(record.device(), partitions), record.key(), record.json())));
            }
            open.flush();
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FleetException(Category.TRANSIENT, "the service stops", "start it again", e);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (KafkaException e) {
            throw failed(e);
        }
    }

    /** As Kafka's clients do it with a key. */
    static int partition(String device, int partitions) {
        return Utils.toPositive(Utils.murmur2(device.getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    private Producer<String, String> open() {
        if (producer == null) {
            producer = new KafkaProducer<>(settings);
        }
        return producer;
    }

    /** Looks for the topic; to send without it would have some brokers make one, with the wrong number of partitions. */
    private void find() throws InterruptedException, ExecutionException {
        if (found) {
            return;
        }
        Admin admin = Admin.create(settings);
        try {
            admin.describeTopics(List.of(address.topic()))
                    .allTopicNames()
                    .get(ClientSettings.METADATA.toMillis(), TimeUnit.MILLISECONDS);
            found = true;
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException(e);
        } finally {
            admin.close(Duration.ZERO); // else it waits for what was asked
        }
    }

    /** A producer that only had to wait goes on in order; any other is given up. */
    private FleetException failed(Throwable cause) {
        found = false;
        if (!(cause instanceof RetriableException)) {
            abandon();
        }
        String where = "Kafka at " + address.servers();
        return switch (cause) {
            case UnknownTopicOrPartitionException e ->
                new FleetException(
                        Category.TRANSIENT,
                        where + " has no topic " + address.topic(),
                        "create it: kafka-topics.sh --bootstrap-server " + address.servers() + " --create --topic "
                                + address.topic() + " --partitions 6",
                        e);
            case AuthenticationException e -> kept(where + " does not let this service in", e);
            case AuthorizationException e ->
                kept(where + " does not let this service write to the topic " + address.topic(), e);
            case RecordTooLargeException e ->
                new FleetException(
                        Category.TRANSIENT,
                        where + " does not take a record of that size: " + e.getMessage(),
                        "raise max.message.bytes of the topic " + address.topic(),
                        e);
            case org.apache.kafka.common.errors.TimeoutException e ->
                new FleetException(
                        Category.TRANSIENT,
                        where + " does not answer",
                        "look whether it runs, and whether its advertised listeners can be reached from here; nothing"
                                + " is lost while it is away",
                        e);
            case InterruptException e ->
                new FleetException(Category.TRANSIENT, "the service stops", "start it again", e);
            default ->
                new FleetException(
                        Category.TRANSIENT,
                        where + " does not take records: " + why(cause),
                        "look at its log, and at --sink-config",
                        cause);
        };
    }

    private static FleetException kept(String what, Throwable e) {
        return new FleetException(
                Category.TRANSIENT,
                what + ": " + e.getMessage(),
                "check its access list, and the certificates and passwords in --sink-config",
                e);
    }

    private static String why(Throwable cause) {
        Throwable inner = cause;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner == cause ? String.valueOf(cause.getMessage()) : cause.getMessage() + ": " + inner.getMessage();
    }

    private void abandon() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE);
            producer = null;
        }
    }
}
