import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Prints every record of a topic once: java PrintRecords.java localhost:9092 predictions */
public class PrintRecords {
    public static void main(String[] args) {
        var settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("group.id", "print-records");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        settings.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");

        // A repeat has the key of what it repeats, and comes soon after it: the newest keys are enough to know it by.
        // This forgets them when it ends. What has to be exact writes to a table whose primary key is that key.
        var seen = new LinkedHashMap<String, Boolean>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > 1_000_000;
            }
        };
        try (var consumer = new KafkaConsumer<String, String>(settings)) {
            consumer.subscribe(List.of(args[1]));
            while (true) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    if (seen.put(record.key(), true) == null) {
                        System.out.println(record.value());
                    }
                }
                consumer.commitSync();
            }
        }
    }
}
