package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.pipeline.Pipeline;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What one thread may know of what it asked another to do. */
class ErrandTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    @SuppressWarnings("NullAway") // these errands look at no pipeline
    private static void run(Errand<Pipeline, ?> errand) {
        errand.run(null);
    }

    @Test
    void whatIsDoneIsTold() {
        Errand<Pipeline, String> errand = new Errand<>(it -> "done");
        Thread.ofVirtual().start(() -> run(errand));
        assertThat(errand.await(LONG)).isEqualTo(new Asked.Done<>("done"));
    }

    @Test
    void whatNobodyBeganInTimeNeverHappens() {
        AtomicInteger happened = new AtomicInteger();
        Errand<Pipeline, Integer> errand = new Errand<>(it -> happened.incrementAndGet());
        assertThat(errand.await(SHORT)).isEqualTo(new Asked.NotBegun<>());
        run(errand);
        assertThat(happened).hasValue(0);
    }

    @Test
    void whatDoesNotEndIsKnownToHaveBegun() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Function<Pipeline, String> hangs = it -> {
            begun.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "late";
        };
        Errand<Pipeline, String> errand = new Errand<>(hangs);
        Thread thread = Thread.ofVirtual().start(() -> run(errand));
        begun.await();
        assertThat(errand.await(SHORT)).isEqualTo(new Asked.NotEnded<>());
        end.countDown();
        thread.join();
    }

    @Test
    void whatItThrowsIsTheSenders() {
        Errand<Pipeline, String> errand = new Errand<>(it -> {
            throw new IllegalStateException("broken");
        });
        Thread.ofVirtual().start(() -> run(errand));
        assertThatThrownBy(() -> errand.await(LONG)).hasMessage("broken");
    }
}
