package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store with clocks that a test steps. Owned by the test's thread. */
final class World implements AutoCloseable {
    static final long MIB = 1024 * 1024;
    final Path dir;
    OutboxConfig config;
    Instant wall = Instant.parse("2026-11-21T00:00:00Z");
    long nanos = 5_000_000_000L;
    Outbox outbox;

    World(Path dir) {
        this(new OutboxConfig(dir, 64 * MIB, MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST));
    }

    World(OutboxConfig config) {
        this.dir = config.dir();
        this.config = config;
        this.outbox = open();
    }

    private Outbox open() {
        return Outbox.open(config, clock(), () -> nanos);
    }

    private InstantSource clock() {
        return () -> wall;
    }

    void reopen() {
        outbox.close();
        outbox = open();
    }

    /** A second world on a copy of the files as they are now: what a kill at this moment would leave. */
    World killed(Path copy) {
        try {
            Files.createDirectories(copy);
            for (String name : List.of(Store.NAME, Store.WAL_NAME, Highwater.NAME)) {
                if (Files.exists(dir.resolve(name))) {
                    Files.copy(dir.resolve(name), copy.resolve(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new World(
                new OutboxConfig(copy, config.quotaBytes(), config.ballastBytes(), config.maxAge(), config.whenFull()));
    }

    void pass(Duration duration) {
        nanos += duration.toNanos();
        wall = wall.plus(duration);
    }

    List<Appended> append(Stream stream, String... texts) {
        return outbox.append(
                Arrays.stream(texts).map(text -> new Draft(stream, bytes(text))).toList());
    }

    Receipt record(Stream stream, String text) {
        return switch (append(stream, text).getFirst()) {
            case Appended.Recorded recorded -> recorded.receipt();
            case Appended.Refused refused -> throw new AssertionError(refused.reason());
        };
    }

    /** Appends that many records of that size in transactions of 64; says how many were refused. */
    int fill(Stream stream, int count, int size) {
        int refused = 0;
        for (int done = 0; done < count; done += 64) {
            List<Draft> drafts = new ArrayList<>();
            for (int i = done; i < Math.min(count, done + 64); i++) {
                drafts.add(new Draft(stream, Arrays.copyOf(bytes(stream + "-" + i), size)));
            }
            for (Appended appended : outbox.append(drafts)) {
                refused += appended instanceof Appended.Refused ? 1 : 0;
            }
        }
        return refused;
    }

    @Nullable
    Batch read(Stream stream) {
        return outbox.read(stream, outbox.state(stream).acknowledged() + 1, 100, 1_000_000);
    }

    List<String> texts(Stream stream) {
        List<String> texts = new ArrayList<>();
        long from = outbox.state(stream).acknowledged() + 1;
        for (Batch batch = outbox.read(stream, from, 100, 1_000_000);
                batch != null;
                batch = outbox.read(stream, from, 100, 1_000_000)) {
            for (Row row : batch.rows()) {
                texts.add(
                        switch (row) {
                            case Row.Data data -> new String(data.record(), StandardCharsets.UTF_8);
                            case Row.Gap gap -> gap.reason() + ":" + gap.count();
                        });
            }
            from = batch.last() + 1;
        }
        return texts;
    }

    AckResult acknowledge(Batch batch) {
        return outbox.acknowledge(
                new Acknowledge(batch.epoch(), batch.stream(), batch.last(), batch.tailHash(), 8, 0, 0));
    }

    /** As the fleet would: reads, checks and acknowledges until nothing is left; says how many records came. */
    long drain(Stream stream) {
        long records = 0;
        for (Batch batch = read(stream); batch != null; batch = read(stream)) {
            records += batch.rows().stream().filter(Row.Data.class::isInstance).count();
            AckResult result = acknowledge(batch);
            if (!(result instanceof AckResult.Advanced)) {
                throw new AssertionError(result);
            }
        }
        return records;
    }

    void maintainUntilQuiet() {
        for (int i = 0; i < 10_000 && outbox.maintain() > 0; i++) {
            nanos += 1_000_000;
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        outbox.close();
    }
}
