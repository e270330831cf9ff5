package io.fulmar.agent.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.api.serve.Desk;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ApiSettings;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers of one model at once. */
class InferenceLoadTest {
    private static final String INFER = "/v2/models/digit-reader/infer";
    private static final String HEADER = "Inference-Header-Content-Length";
    private static final byte[] JSON = ("{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,8,8,1],\"datatype\":\"INT8\","
                    + "\"parameters\":{\"binary_data_size\":64}}]}")
            .getBytes(UTF_8);
    private static final int IMAGES = 20;
    private static final long HELD = 5 << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void sixteenCallersGetTheAnswersThatOneGets(int interpreters) throws Exception {
        assertThat(answers(16, 50, interpreters)).isEqualTo(800);
    }

    /** {@code ./mvnw -pl agent -am verify -Dtest=InferenceLoadTest -Dgroups=long}, or with {@code -DexcludedGroups=}. */
    @Test
    @Tag("long")
    void sixteenCallersOfAThousandRequestsEachGetTheAnswersThatOneGets() throws Exception {
        long start = System.nanoTime();
        assertThat(answers(16, 1_000, 1)).isEqualTo(16_000);
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println(
                "16 threads x 1,000 requests: " + millis + " ms, resident " + (ResidentMemory.bytes() >> 20) + " MiB");
    }

    /** Each answer of each caller is that of the same image asked alone; how many were compared. */
    private static long answers(int callers, int requests, int interpreters) throws Exception {
        ApiSettings settings =
                new ApiSettings(true, "127.0.0.1", 0, null, 1 << 20, 32, Duration.ofSeconds(60), interpreters);
        try (TestApi api = new TestApi(settings, ModelSource.FILES, List.of(TestApi.sample("digit-reader")))) {
            List<String> alone = new ArrayList<>();
            for (int i = 0; i < IMAGES; i++) {
                alone.add(text(api.post(INFER, TestApi.joined(JSON, image(i)), HEADER, "" + JSON.length)));
            }
            assertThat(Set.copyOf(alone)).as("answers that differ").hasSizeGreaterThan(IMAGES / 2);
            LongAdder same = new LongAdder();
            together(callers, caller -> {
                for (int i = 0; i < requests; i++) {
                    int image = (caller + i) % IMAGES;
                    byte[] body = TestApi.joined(JSON, image(image));
                    HttpResponse<byte[]> answer = api.post(INFER, body, HEADER, "" + JSON.length);
                    assertThat(text(answer)).isEqualTo(alone.get(image));
                    same.increment();
                }
            });
            assertThat(api.models.view()).singleElement().satisfies(it -> {
                assertThat(it.done()).isEqualTo(IMAGES + (long) callers * requests);
                assertThat(it.loaded()).isBetween(1, interpreters);
                assertThat(it.full() + it.late() + it.failed()).isZero();
            });
            return same.sum();
        }
    }

    @Test
    void aFloodIsToldToComeAgainAndEverybodyElseIsServed() throws Exception {
        flood(32, 20);
    }

    /** As above; what the second half leaves behind is next to nothing, or a leak of some 200 bytes a request. */
    @Test
    @Tag("long")
    void aLongFloodHoldsNoMemory() throws Exception {
        flood(48, 1_000);
    }

    /** Two may wait while the model is held by one that takes its time; then it is let go. */
    private static void flood(int callers, int requests) throws Exception {
        ApiSettings settings = new ApiSettings(true, "127.0.0.1", 0, null, 1 << 20, 2, Duration.ofSeconds(60), 1);
        try (TestApi api = new TestApi(settings, ModelSource.FILES, List.of(TestApi.sample("digit-reader")))) {
            byte[] body = TestApi.joined(JSON, image(1));
            String good = text(api.post(INFER, body, HEADER, "" + JSON.length));
            Desk desk = api.models.desk("digit-reader");
            CountDownLatch holding = new CountDownLatch(1);
            CountDownLatch letGo = new CountDownLatch(1);
            LongAdder refused = new LongAdder();
            LongAdder answered = new LongAdder();
            AtomicLong most = new AtomicLong();
            long before = ResidentMemory.bytes();
            try (ExecutorService slow = Executors.newSingleThreadExecutor()) {
                Future<Boolean> slowest = slow.submit(() -> desk.ask(
                        model -> {
                            holding.countDown();
                            return ended(letGo);
                        },
                        null));
                holding.await();
                Caller half = caller -> {
                    for (int i = 0; i < requests / 2; i++) {
                        HttpResponse<byte[]> answer = api.post(INFER, body, HEADER, "" + JSON.length);
                        if (answer.statusCode() == 200) {
                            assertThat(text(answer)).isEqualTo(good);
                            answered.increment();
                        } else {
                            assertThat(answer.statusCode()).isEqualTo(429);
                            assertThat(answer.headers()
                                            .firstValueAsLong("Retry-After")
                                            .orElseThrow())
                                    .isBetween(1L, 60L);
                            assertThat(text(answer)).contains("requests wait for model digit-reader already");
                            refused.increment();
                        }
                        if (refused.sum() >= callers) {
                            letGo.countDown();
                        }
                        most.accumulateAndGet(ResidentMemory.bytes(), Math::max);
                    }
                };
                together(callers, half);
                long middle = heapInUse();
                together(callers, half);
                long grown = heapInUse() - middle;
                System.out.println("heap grown by " + (grown >> 10) + " KiB in the second half");
                assertThat(grown).as("heap held by the second half").isLessThan(HELD);
                assertThat(slowest.get()).isTrue();
            }
            assertThat(answered.sum() + refused.sum()).isEqualTo((long) callers * requests);
            assertThat(refused.sum()).isGreaterThanOrEqualTo(callers);
            assertThat(answered.sum()).isGreaterThanOrEqualTo(2);
            assertThat(desk.view().full()).isEqualTo(refused.sum());
            System.out.println("flood of " + callers + " x " + requests + ": " + answered + " answered, " + refused
                    + " told to come again; resident " + (before >> 20) + " MiB before, at most " + (most.get() >> 20)
                    + " MiB");
        }
    }

    private static long heapInUse() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static boolean ended(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    private interface Caller {
        void call(int number) throws Exception;
    }

    private static void together(int callers, Caller caller) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Callable<Integer>> all = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int number = i;
                all.add(() -> {
                    caller.call(number);
                    return number;
                });
            }
            for (Future<Integer> one : threads.invokeAll(all)) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    throw new AssertionError(e.getCause());
                }
            }
        }
    }

    private static byte[] image(int seed) {
        byte[] pixels = new byte[64];
        new Random(seed).nextBytes(pixels);
        return pixels;
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), UTF_8);
    }
}
