package io.fulmar.agent.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.TestPackages;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.store.Release;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Another release while callers ask. */
class ExchangeTest {
    private static final byte[] ASK =
            "{\"inputs\":[{\"name\":\"in\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,3]}]}".getBytes(UTF_8);
    private static final ModelSettings SETTINGS =
            new ModelSettings("scale", null, "", null, 1, ModelSettings.Delegate.NONE);

    private final AtomicReference<ModelSource.Found> active = new AtomicReference<>(release(1));
    private final ModelSource source = new ModelSource() {
        @Override
        public Found find(String name) {
            return Objects.requireNonNull(active.get());
        }

        @Override
        public String mark(String name) {
            return active.get() instanceof Found.Stored(Release release, var model, var labels)
                    ? release.manifest()
                    : "";
        }
    };

    /** Gives its input back, times its number. */
    private static ModelSource.Found release(int number) {
        String digest = Integer.toString(number).repeat(64);
        return new ModelSource.Found.Stored(
                new Release("1." + number + ".0", number, digest, null, List.of(digest)),
                TestPackages.verified("scale", number, ScaleModel.bytes(2, number), ModelManifest.Budgets.NONE),
                List.of());
    }

    @Test
    void everyRequestIsAnsweredByOneOfThemAndSoonByTheNewOne() throws Exception {
        try (TestApi api = new TestApi(TestApi.SETTINGS, source, List.of(SETTINGS));
                ExecutorService callers = Executors.newFixedThreadPool(8)) {
            AtomicBoolean done = new AtomicBoolean();
            Set<String> seen = new ConcurrentSkipListSet<>();
            List<Future<Integer>> asking = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                asking.add(callers.submit(() -> {
                    int asked = 0;
                    while (!done.get()) {
                        HttpResponse<byte[]> answer = api.post("/v2/models/scale/infer", ASK);
                        assertThat(answer.statusCode()).isEqualTo(200);
                        seen.add(new String(answer.body(), UTF_8));
                        asked++;
                    }
                    return asked;
                }));
            }
            for (int number = 1; number <= 5; number++) {
                active.set(release(number));
                String expected = answer(number);
                while (!seen.contains(expected) && asking.stream().noneMatch(Future::isDone)) {
                    Thread.onSpinWait();
                }
            }
            done.set(true);
            for (Future<Integer> one : asking) {
                assertThat(one.get()).isPositive();
            }
            Set<String> expected = new TreeSet<>();
            for (int number = 1; number <= 5; number++) {
                expected.add(answer(number));
            }
            assertThat(seen).isEqualTo(expected);
            assertThat(new String(api.get("/v2/models/scale").body(), UTF_8)).contains("\"versions\":[\"1.5.0\"]");
            assertThat(api.models.view())
                    .singleElement()
                    .satisfies(it -> assertThat(it.loaded()).isEqualTo(1));
        }
    }

    private static String answer(int number) {
        return "{\"model_name\":\"scale\",\"model_version\":\"1." + number + ".0\",\"outputs\":[{\"name\":\"out0\","
                + "\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[" + number + ".0," + 3 * number + ".0]}]}";
    }

    @Test
    void aModelThatCannotBeRunNowIsUnavailableUntilItCan() {
        active.set(new ModelSource.Found.Nothing("no release may run", "install one"));
        try (TestApi api = new TestApi(TestApi.SETTINGS, source, List.of(SETTINGS))) {
            assertThat(api.get("/v2/models/scale/ready").statusCode()).isEqualTo(503);
            assertThat(api.get("/v2/health/ready").statusCode()).isEqualTo(503);
            HttpResponse<byte[]> refused = api.post("/v2/models/scale/infer", ASK);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(new String(refused.body(), UTF_8)).contains("no release may run");

            active.set(release(2));

            assertThat(api.get("/v2/health/ready").statusCode()).isEqualTo(200);
            assertThat(new String(api.post("/v2/models/scale/infer", ASK).body(), UTF_8))
                    .isEqualTo(answer(2));
        }
    }
}
