package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Inlet.Fate;
import io.fulmar.agent.io.Source;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PushSourceTest {
    private static final long SECOND = 1_000_000_000L;

    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);
    private final AtomicInteger rings = new AtomicInteger();

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void whatFindsNoRoomIsRefusedUntilThereIsSome() {
        try (Source source = open(Overflow.REFUSE, null)) {
            assertThat(offer(source, "1")).isEqualTo(Fate.TAKEN);
            assertThat(offer(source, "2")).isEqualTo(Fate.TAKEN);
            assertThat(offer(source, "3")).isEqualTo(Fate.FULL);
            assertThat(rings).as("the pipeline was woken for each").hasValue(2);
            assertThat(value(source)).isEqualTo(1);
            assertThat(offer(source, "4")).isEqualTo(Fate.TAKEN);
            assertThat(value(source)).isEqualTo(2);
            assertThat(value(source)).isEqualTo(4);
            assertThat(source.poll(SECOND)).isNull();
            assertThat(source.tally()).isEqualTo(new SourceTally(1, 0, 0, false));
        }
    }

    @Test
    void aFrameHasBeenThereSinceItWasBroughtHoweverLateItIsTaken() {
        try (Source source = open(Overflow.REFUSE, null)) {
            long before = System.nanoTime();
            offer(source, "1");
            long after = System.nanoTime();

            source.poll(after + 60 * SECOND);

            assertThat(source.frameSinceNanos(after + 60 * SECOND)).isBetween(before, after);
        }
    }

    @Test
    void orTheOldestGivesWay() {
        try (Source source = open(Overflow.DROP_OLDEST, null)) {
            for (String value : List.of("1", "2", "3", "4")) {
                assertThat(offer(source, value)).isEqualTo(Fate.TAKEN);
            }
            assertThat(value(source)).isEqualTo(3);
            assertThat(source.frameNumber())
                    .as("those that gave way have numbers")
                    .isEqualTo(3);
            assertThat(value(source)).isEqualTo(4);
            assertThat(source.tally().dropped()).isEqualTo(2);
        }
    }

    @Test
    void whoBringsWhatIsMalformedHearsItAndSoDoesThePipeline() {
        try (Source source = open(Overflow.REFUSE, null)) {
            assertThatThrownBy(() -> offer(source, "one")).hasMessageContaining("what was brought is no JSON");
            assertThatThrownBy(() -> source.poll(SECOND)).hasMessageContaining("what was brought is no JSON");
            assertThat(offer(source, "7")).isEqualTo(Fate.TAKEN);
            assertThat(value(source)).isEqualTo(7);
            assertThat(source.tally().refused()).isEqualTo(1);
        }
    }

    @Test
    void silenceIsToldOnceAndOverWithTheNextFrame() {
        try (Source source = open(Overflow.REFUSE, Duration.ofSeconds(2))) {
            assertThat(source.poll(0)).isNull();
            assertThat(source.poll(SECOND)).isNull();
            assertThatThrownBy(() -> source.poll(2 * SECOND)).hasMessage("nobody has brought a frame for 2 s");
            assertThat(source.poll(3 * SECOND)).isNull();
            assertThat(source.tally().stale()).isTrue();
            offer(source, "1");
            assertThat(source.poll(4 * SECOND)).isNotNull();
            assertThat(source.tally().stale()).isFalse();
        }
    }

    @Test
    void nobodyBringsAnythingToASourceThatIsClosed() {
        Source source = open(Overflow.REFUSE, null);
        source.close();
        assertThat(offer(source, "1")).isEqualTo(Fate.CLOSED);
    }

    private Source open(Overflow overflow, @Nullable Duration stale) {
        MessageForm form = new MessageForm(Payload.JSON, new Numbers(1, List.of("$")), Element.FLOAT32, 1_000);
        return Sources.open(
                new SourceSettings.Push(form, new Waiting(2, overflow, stale)),
                model.input(0),
                new SourcePlace("test", Path.of(""), (name, work) -> {}, rings::incrementAndGet),
                Hardware.none());
    }

    private static Fate offer(Source source, String text) {
        return Objects.requireNonNull(source.inlet()).offer(text.getBytes(StandardCharsets.UTF_8));
    }

    private static float value(Source source) {
        return Objects.requireNonNull(source.poll(SECOND)).values()[0];
    }
}
