package io.fulmar.model.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.pack.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The life of a store in single steps, each of which goes on from what it finds: the first release installed, the second
 * fetched in pieces, tried and proved, the third tried and given up, the first given back, the fourth installed. Owned by
 * the test's thread.
 */
final class Life {
    static final String MODEL = "bearing";
    static final int RELEASES = 4;

    private final List<byte[]> manifests = new ArrayList<>();
    private final List<byte[]> statements = new ArrayList<>();
    private final List<byte[]> models = new ArrayList<>();

    Life() {
        for (int i = 1; i <= RELEASES; i++) {
            manifests.add(("manifest " + i).getBytes(StandardCharsets.UTF_8));
            statements.add(("statement " + i).getBytes(StandardCharsets.UTF_8));
            models.add(("model " + i + " ").repeat(150).getBytes(StandardCharsets.UTF_8));
        }
    }

    Release release(int number) {
        return new Release(
                "1." + number + ".0",
                number,
                Digest.of(manifests.get(number - 1)),
                Digest.of(statements.get(number - 1)),
                List.of(Digest.of(models.get(number - 1))));
    }

    byte[] model(int number) {
        return models.get(number - 1);
    }

    void putAll(ModelStore store, int number) {
        store.put(manifests.get(number - 1));
        store.put(statements.get(number - 1));
        store.put(models.get(number - 1));
    }

    /** Does the next step towards the end; null at the end, else what it did. */
    @Nullable
    String step(ModelStore store) {
        Activation now = store.activation(MODEL);
        Attempt attempt = now.attempt();
        long active = now.active() == null ? 0 : now.active().number();
        boolean thirdFailed = now.failed(release(3).manifest(), 3) != null;
        if (attempt != null) {
            return step(store, attempt);
        }
        if (active == 0) {
            return install(store, 1);
        }
        if (active == 1 && !thirdFailed) {
            store.begin(MODEL, release(2), 1_000, 2, 0);
            return "began 2";
        }
        if (active == 2 && !thirdFailed) {
            store.begin(MODEL, release(3), 2_000, 3, 0);
            return "began 3";
        }
        if (active == 2) {
            store.giveBack(MODEL, 7, "taken-back");
            return "active 1";
        }
        if (active == 1) {
            return install(store, 4);
        }
        return store.collect() > 0 ? "collected" : null;
    }

    private String install(ModelStore store, int number) {
        Release release = release(number);
        for (int i = 0; i < 3; i++) {
            if (!store.has(release.blobs().get(i))) {
                store.put(List.of(manifests, statements, models).get(i).get(number - 1));
                return "put";
            }
        }
        store.install(MODEL, release);
        return "active " + number;
    }

    private @Nullable String step(ModelStore store, Attempt attempt) {
        int number = (int) attempt.release().number();
        switch (attempt.step()) {
            case DOWNLOADING -> {
                for (String blob : attempt.release().blobs()) {
                    if (!store.has(blob)) {
                        return fetch(store, blob, number);
                    }
                }
                store.step(MODEL, Attempt.Step.VERIFYING);
                return "verifying " + number;
            }
            case VERIFYING -> store.step(MODEL, Attempt.Step.STAGED);
            case STAGED -> store.step(MODEL, Attempt.Step.TESTING);
            case TESTING -> store.step(MODEL, Attempt.Step.SHADOW);
            case SHADOW -> store.step(MODEL, Attempt.Step.TRIAL);
            case TRIAL -> {
                if (attempt.starts() < 2) {
                    store.strike(MODEL);
                    return "struck";
                }
                if (number == 2) {
                    store.prove(MODEL);
                    return "active 2";
                }
                store.giveUp(MODEL, "the error rate rose\tfrom 0.1 %\nto 4 %");
                return "gave up " + number;
            }
        }
        return "stepped";
    }

    private String fetch(ModelStore store, String blob, int number) {
        byte[] whole = List.of(manifests, statements, models).stream()
                .map(all -> all.get(number - 1))
                .filter(bytes -> Digest.of(bytes).equals(blob))
                .findFirst()
                .orElseThrow();
        try (Part part = store.part(blob, whole.length)) {
            if (!part.isWhole()) {
                int from = (int) part.offset();
                int to = Math.min(whole.length, from + 400);
                assertThat(part.append(java.util.Arrays.copyOfRange(whole, from, to), from))
                        .isTrue();
                return "fetched";
            }
            part.commit(); // one that a power cut has spoiled is fetched again
            return "committed";
        }
    }

    /** What must hold in any state: each release that may run is here as a whole, and is what it should be. */
    static void check(ModelStore store, Life life) {
        Activation now = store.activation(MODEL);
        for (Release release : now.releases()) {
            assertThat(release).isEqualTo(life.release((int) release.number()));
        }
        for (Release release : runnable(now)) {
            int number = (int) release.number();
            assertThat(store.read(release.manifest(), 1_000)).isEqualTo(life.manifests.get(number - 1));
            assertThat(store.read(Objects.requireNonNull(release.statement()), 1_000))
                    .isEqualTo(life.statements.get(number - 1));
            assertThat(store.read(release.files().getFirst(), 10_000)).isEqualTo(life.model(number));
        }
    }

    private static List<Release> runnable(Activation now) {
        List<Release> releases = new ArrayList<>();
        if (now.active() != null) {
            releases.add(now.active());
        }
        if (now.previous() != null) {
            releases.add(now.previous());
        }
        if (now.attempt() != null && now.attempt().step() != Attempt.Step.DOWNLOADING) {
            releases.add(now.attempt().release());
        }
        return releases;
    }

    /** Goes on to the end; says what it did. */
    List<String> finish(ModelStore store) {
        List<String> did = new ArrayList<>();
        for (String what = step(store); what != null; what = step(store)) {
            did.add(what);
            check(store, this);
            assertThat(did).as("it comes to an end").hasSizeLessThan(200);
        }
        assertThat(store.activation(MODEL).active()).isEqualTo(release(4));
        assertThat(store.activation(MODEL).previous()).isEqualTo(release(1));
        assertThat(store.activation(MODEL).attempt()).isNull();
        assertThat(store.activation(MODEL).failed())
                .extracting(Failed::reason)
                .containsExactly("the error rate rose from 0.1 % to 4 %", "taken-back");
        assertThat(store.has(release(1).manifest())).isTrue();
        assertThat(store.has(release(2).manifest())).isFalse();
        assertThat(store.has(release(3).manifest())).isFalse();
        return did;
    }

    static ModelStore open(Path dir) {
        return ModelStore.open(dir);
    }
}
