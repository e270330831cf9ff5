package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A process that appends groups of random size and prints each receipt after its commit; for ever, or as many groups as
 * it is told. Then it also acknowledges rows and prints that, and what was given up. Owned by its main thread.
 */
final class RecordingChild {
    private static final List<Stream> STREAMS = List.of(Stream.values());
    private static final int PAYLOAD = 200;
    private static final int TIGHT_PAYLOAD = 4000;

    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Outbox outbox;
    private final Random random;
    private final int payload;
    private final Map<Stream, Long> evicted = new EnumMap<>(Stream.class);

    private RecordingChild(Outbox outbox, Random random, int payload) {
        this.outbox = outbox;
        this.random = random;
        this.payload = payload;
    }

    /** A command that starts it with those arguments: the directory, or directory, seed, groups and its end: close, halt or renew. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RecordingChild.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    static OutboxConfig roomy(Path dir) {
        return new OutboxConfig(dir, 64 * World.MIB, World.MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
    }

    /** A store that is soon full. */
    static OutboxConfig tight(Path dir) {
        return new OutboxConfig(dir, World.MIB, World.MIB / 16, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
    }

    public static void main(String[] args) throws IOException {
        Path dir = Path.of(args[0]);
        if (args.length == 1) {
            try (Outbox outbox = Outbox.open(roomy(dir), InstantSource.system())) {
                RecordingChild child = new RecordingChild(outbox, new Random(), PAYLOAD);
                while (outbox.health() instanceof OutboxHealth.Healthy) {
                    child.append();
                    outbox.maintain();
                }
            }
            return;
        }
        try (Outbox outbox = Outbox.open(tight(dir), InstantSource.system())) {
            RecordingChild child = new RecordingChild(outbox, new Random(Long.parseLong(args[1])), TIGHT_PAYLOAD);
            child.print("open " + outbox.state(Stream.DATA).epoch() + " " + outbox.boot());
            for (int group = Integer.parseInt(args[2]); group > 0; group--) {
                child.append();
                child.printEvicted();
                if (child.random.nextInt(4) == 0) {
                    child.acknowledge();
                }
                outbox.maintain();
                child.printEvicted();
            }
            if (args[3].equals("renew")) {
                outbox.renew("a test");
            }
            if (!args[3].equals("close")) {
                Runtime.getRuntime().halt(0);
            }
        }
    }

    private void append() {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            drafts.add(new Draft(
                    STREAMS.get(random.nextInt(STREAMS.size())),
                    World.bytes(random.nextLong() + "-" + "y".repeat(random.nextInt(payload)))));
        }
        List<Appended> appended = outbox.append(drafts);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < appended.size(); i++) {
            if (appended.get(i) instanceof Appended.Recorded(var receipt)) {
                lines.append(receipt.stream().topicName() + "/" + receipt.seq() + " "
                        + new String(drafts.get(i).record(), StandardCharsets.UTF_8) + "\n");
            }
        }
        out.print(lines);
        out.flush();
    }

    private void acknowledge() {
        Stream stream = STREAMS.get(random.nextInt(STREAMS.size()));
        Batch batch = outbox.read(stream, outbox.state(stream).acknowledged() + 1, 1 + random.nextInt(20), 1_000_000);
        if (batch != null) {
            print("acknowledging " + stream.topicName() + " " + batch.last());
            outbox.acknowledge(new Acknowledge(batch.epoch(), stream, batch.last(), batch.tailHash(), 8, 0, 0));
            print("acknowledged " + stream.topicName() + " "
                    + outbox.state(stream).acknowledged());
        }
    }

    private void printEvicted() {
        for (Stream stream : Stream.values()) {
            long now = outbox.counters(stream).evicted();
            Long before = evicted.put(stream, now);
            if (before == null || before != now) {
                print("evicted " + stream.topicName() + " " + now);
            }
        }
    }

    private void print(String line) {
        out.print(line + "\n");
        out.flush();
    }
}
