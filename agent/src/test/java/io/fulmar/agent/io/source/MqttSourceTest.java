package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.MessageForm;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Payload;
import io.fulmar.config.SourceSettings.Waiting;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A source on a real link to a broker in memory, in a time of their own. */
class MqttSourceTest {
    private static final long STEP_NANOS = 50_000_000;
    private static final int PATIENCE_STEPS = 10_000;

    private final InMemoryBroker broker = new InMemoryBroker(Faults.none());
    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);
    private final InMemoryLink sender = new InMemoryLink(
            broker, LinkConfig.builder(InMemoryBroker.URL, "sender").build(), new SplittableRandom(1), event -> {});
    private long now = 1;

    @AfterEach
    void close() {
        sender.close();
        model.close();
    }

    @Test
    void eachMessageIsAFrameAndOneThatIsMalformedAFailure() {
        try (Source source = open(settings(Overflow.DROP_OLDEST, 16, false, null))) {
            connected(source);
            send("plant/a/x", "{\"v\": [1, 2]}");
            send("plant/b/y", "{\"v\": [1]}");
            send("other/b/y", "{\"v\": [7, 7]}");
            send("plant/\u0001c", "");
            send("plant/c", "{\"v\": [3, 4]}");

            assertThat(frames(source, 4))
                    .containsExactly(
                            "1 [1.0, 2.0]",
                            "a message on plant/b/y has 1 values, expected 2",
                            "a message on plant/?c is empty",
                            "4 [3.0, 4.0]");
            assertThat(source.tally()).isEqualTo(new SourceTally(0, 2, 0, false));
        }
    }

    @Test
    void whereTheNewestCountTheOldestGiveWay() {
        try (Source source = open(settings(Overflow.DROP_OLDEST, 2, false, null))) {
            connected(source);
            for (int i = 1; i <= 9; i++) {
                send("plant/a", "{\"v\": [" + i + ", 0]}");
            }
            settle();
            assertThat(frames(source, 2)).containsExactly("8 [8.0, 0.0]", "9 [9.0, 0.0]");
            assertThat(source.tally().dropped()).isEqualTo(7);
        }
    }

    @Test
    void whereEachCountsNoneIsLostHoweverManyWait() {
        try (Source source = open(settings(Overflow.BLOCK, 2, false, null))) {
            connected(source);
            List<String> sent = new ArrayList<>();
            for (int i = 1; i <= 9; i++) {
                send("plant/a", "{\"v\": [" + i + ", 0]}");
                sent.add(i + " [" + i + ".0, 0.0]");
            }
            assertThat(frames(source, 9)).isEqualTo(sent);
            assertThat(source.tally()).isEqualTo(SourceTally.NOTHING);
        }
    }

    @Test
    void whatTheBrokerHasKeptCountsOnlyWhereThatIsSaid() {
        until(sender::connected, () -> {});
        publish("plant/a", "{\"v\": [5, 5]}", true);
        settle();
        try (Source source = open(settings(Overflow.DROP_OLDEST, 4, true, null))) {
            assertThat(frames(source, 1)).containsExactly("1 [5.0, 5.0]");
        }
        until(() -> !broker.connected().contains("source"), () -> {});
        try (Source source = open(settings(Overflow.DROP_OLDEST, 4, false, null))) {
            connected(source);
            send("plant/b", "{\"v\": [6, 6]}");
            assertThat(frames(source, 1)).containsExactly("1 [6.0, 6.0]");
        }
    }

    @Test
    void aConnectionThatIsLostIsAFailureAndComesBack() {
        try (Source source = open(settings(Overflow.DROP_OLDEST, 4, false, null))) {
            connected(source);
            broker.cut();
            assertThat(frames(source, 1)).singleElement().asString().startsWith("broker mqtt://memory: ");
            connected(source);
            send("plant/a", "{\"v\": [1, 2]}");
            assertThat(frames(source, 1)).containsExactly("1 [1.0, 2.0]");
            assertThat(source.tally().restarts()).isEqualTo(1);
        }
    }

    @Test
    void silenceIsToldOnceAndOverWithTheNextMessage() {
        try (Source source = open(settings(Overflow.DROP_OLDEST, 4, false, Duration.ofSeconds(10)))) {
            connected(source);
            assertThat(frames(source, 1)).containsExactly("no message has come on plant/# for 10 s");
            assertThat(source.tally().stale()).isTrue();
            send("plant/a", "{\"v\": [1, 2]}");
            assertThat(frames(source, 1)).containsExactly("1 [1.0, 2.0]");
            assertThat(source.tally().stale()).isFalse();
        }
    }

    private static SourceSettings.Messages settings(
            Overflow overflow, int queue, boolean retained, @Nullable Duration stale) {
        return new SourceSettings.Messages(
                "plant/#",
                retained,
                new SourceSettings.Broker(true, InMemoryBroker.URL, "source", null, null, null),
                new MessageForm(Payload.JSON, new Numbers(2, List.of("$.v")), Element.FLOAT32, 1_000),
                new Waiting(queue, overflow, stale));
    }

    private Source open(SourceSettings.Messages settings) {
        return new MqttSource(
                settings,
                model.input(0),
                new SourcePlace("test", Path.of(""), (name, work) -> {}, () -> {}),
                (link, listener) -> new InMemoryLink(broker, link, new SplittableRandom(2), listener));
    }

    /** Until the source hears what is sent. */
    private void connected(Source source) {
        until(() -> sender.connected() && broker.connected().contains("source"), () -> source.poll(now));
        for (int i = 0; i < 10; i++) {
            step();
            source.poll(now); // the subscription follows the connection
        }
    }

    private void send(String topic, String text) {
        publish(topic, text, false);
    }

    private void publish(String topic, String text, boolean retain) {
        OutboundMessage message = OutboundMessage.of(topic, text.getBytes(StandardCharsets.UTF_8), 1, retain, now);
        until(() -> sender.publish(message) == PublishOutcome.ACCEPTED, () -> {});
    }

    /** So many frames and failures. */
    private List<String> frames(Source source, int count) {
        List<String> seen = new ArrayList<>();
        until(() -> seen.size() >= count, () -> {
            try {
                Frame frame = source.poll(now);
                if (frame != null) {
                    seen.add(frame.number() + " " + Arrays.toString(frame.values()));
                }
            } catch (SourceException e) {
                seen.add(String.valueOf(e.getMessage()));
            }
        });
        return seen;
    }

    private void settle() {
        for (int i = 0; i < 10; i++) {
            step();
        }
    }

    private void until(BooleanSupplier condition, Runnable each) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertThat(i).as("waited too long").isLessThan(PATIENCE_STEPS);
            step();
            each.run();
        }
    }

    private void step() {
        now += STEP_NANOS;
        broker.work(now);
        sender.work(now);
        broker.work(now);
    }
}
