package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.ByteRanges;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends devices the pieces of blobs that they ask for: once for all who want the same, as a patch where that is shorter, and
 * not faster than the rate that all transfers share. It remembers nothing that matters: who lacks something asks again.
 *
 * <p>Stepped by {@link #work}; owned by the transfer thread, but for {@link #counts}, which is thread-safe.
 */
public final class TransferDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransferDesk.class);

    private final Topics topics;
    private final Link link;
    private final Blobs blobs;
    private final Patches patches;
    private final Predicate<String> revoked;
    private final long bytesPerSecond;
    private final Map<String, Wanted> wanted = new LinkedHashMap<>();
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();
    private final Deque<OutboundMessage> remarks = new ArrayDeque<>();
    private final RateLimitedLog refusedLog = new RateLimitedLog(LOG);
    private final AtomicReference<Counts> counts = new AtomicReference<>(new Counts(0, 0, 0, 0, 0));
    private @Nullable String openDigest;
    private @Nullable FileChannel open;
    private double budget;
    private long budgetNanos;
    private boolean started;
    private long now;
    private long tokens;

    /** A request whose patch is being made. */
    private record Waiting(BlobRequest request, long sinceNanos) {}

    /**
     * What was done since the start.
     *
     * @param requests that were heard
     * @param refused requests that could not be read or served
     * @param sharedBytes sent once for all who listen
     * @param ownBytes sent to one device alone
     * @param patches that were offered
     */
    public record Counts(long requests, long refused, long sharedBytes, long ownBytes, long patches) {}

    /**
     * @param links makes the link that tells its events to the given listener
     * @param patches makes the patches; somebody else steps it
     * @param revoked whether a device's identity was withdrawn: it gets nothing
     */
    public TransferDesk(
            Topics topics,
            Function<Consumer<LinkEvent>, Link> links,
            Blobs blobs,
            PatchMaker patches,
            Predicate<String> revoked,
            long bytesPerSecond) {
        this.topics = topics;
        this.blobs = blobs;
        this.patches = new Patches(patches);
        this.revoked = revoked;
        this.bytesPerSecond = bytesPerSecond;
        this.link = links.apply(this::onEvent);
    }

    /** What was done so far. */
    public Counts counts() {
        return Objects.requireNonNull(counts.get());
    }

    /** Does what there is to do now. Returns 0 when there was nothing. */
    public int work(long nowNanos) {
        now = nowNanos;
        earn();
        int done = link.work(nowNanos) + serveWaiting(patches.take(nowNanos) > 0) + sendRemarks();
        done += sendPieces();
        wanted.values().removeIf(it -> it.isForgotten(nowNanos));
        return done;
    }

    private void earn() {
        long most = Math.max(bytesPerSecond / 4, 2L * Limits.TRANSFER_CHUNK);
        if (started) {
            budget = Math.min((double) most, budget + (now - budgetNanos) / 1e9 * (double) bytesPerSecond);
        } else {
            budget = (double) most;
            started = true;
        }
        budgetNanos = now;
    }

    // ---- what devices ask for

    private void onEvent(LinkEvent event) {
        if (event instanceof LinkEvent.Received received
                && topics.parse(received.message().topic()) instanceof Topic.BlobGet(String device)) {
            asked(device, received.message());
        } else if (event instanceof LinkEvent.Disconnected) {
            wanted.values().forEach(Wanted::giveUp); // they ask again
            waiting.clear();
        }
    }

    private void asked(String device, InboundMessage message) {
        count(1, 0, 0, 0, 0);
        try {
            if (revoked.test(device)) {
                throw new WireException("its identity was revoked");
            }
            BlobRequest request = BlobCodec.decodeRequest(message.payload());
            waiting.remove(device); // it asks for the next, or again
            take(device, request, now);
        } catch (WireException | FleetException e) {
            refused(device, e);
        }
    }

    private void refused(String device, RuntimeException e) {
        count(0, 1, 0, 0, 0);
        refusedLog.warn(now, device + " asked for a blob in vain", String.valueOf(e.getMessage()));
    }

    /** Answers those who waited for a patch that is there now, or for so long that they get the whole. */
    private int serveWaiting(boolean made) {
        int done = 0;
        for (Map.Entry<String, Waiting> entry : List.copyOf(waiting.entrySet())) {
            String device = entry.getKey();
            Waiting it = entry.getValue();
            if (!made && now - it.sinceNanos() < Limits.PATCH_WAIT.toNanos()) {
                continue;
            }
            waiting.remove(device);
            try {
                take(device, it.request(), it.sinceNanos());
            } catch (WireException | FleetException e) {
                refused(device, e);
            }
            done += waiting.containsKey(device) ? 0 : 1;
        }
        return done;
    }

    private void take(String device, BlobRequest request, long sinceNanos) {
        String digest = request.blob();
        Path file = find(digest);
        if (file == null || size(file) != request.size()) {
            String reason = file == null
                    ? "this fleet does not have it"
                    : "it has " + size(file) + " bytes here, not " + request.size();
            say(BlobCodec.encode(topics.deviceBlob(device, digest), new BlobAnswer.Refused(digest, reason)));
            throw new WireException(reason + ": " + digest);
        }
        switch (patch(request, file)) {
            case Patches.State.Ready(String from, PatchMaker.Patch patch)
            when patch.size() < ByteRanges.of(request.ranges()).bytes() -> {
                count(0, 0, 0, 0, 1);
                var offer = new BlobAnswer.Patch(digest, from, patch.digest(), patch.size());
                say(BlobCodec.encode(topics.deviceBlob(device, digest), offer));
            }
            case Patches.State.Coming _
            when waiting.size() < Limits.PATCH_WAITING && now - sinceNanos < Limits.PATCH_WAIT.toNanos() ->
                waiting.put(device, new Waiting(request, sinceNanos));
            default -> send(device, request);
        }
    }

    private void send(String device, BlobRequest request) {
        String digest = request.blob();
        Wanted of = wanted.get(digest);
        if (of == null) {
            if (wanted.size() >= Limits.TRANSFER_BLOBS) {
                throw new WireException("too many blobs are on their way already");
            }
            of = new Wanted();
            wanted.put(digest, of);
        }
        if (!of.ask(device, request.ranges(), now)) {
            throw new WireException("too many devices get it already");
        }
    }

    private Patches.State patch(BlobRequest request, Path file) {
        for (String old : request.have()) {
            Path from = old.equals(request.blob()) ? null : blobs.find(old);
            if (from != null) {
                return patches.between(old, from, request.blob(), file, now);
            }
        }
        return new Patches.State.None();
    }

    private @Nullable Path find(String digest) {
        Path patch = patches.find(digest);
        return patch == null ? blobs.find(digest) : patch;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new WireException("the fleet cannot read it: " + e.getMessage(), e);
        }
    }

    // ---- what they get

    private void say(Envelope envelope) {
        if (remarks.size() < Limits.ANSWERS_WAITING) {
            remarks.add(outbound(envelope));
        }
    }

    private int sendRemarks() {
        int done = 0;
        for (OutboundMessage next = remarks.peek(); next != null; next = remarks.peek()) {
            PublishOutcome outcome = link.publish(next);
            if (outcome == PublishOutcome.BUSY || outcome == PublishOutcome.OFFLINE) {
                break;
            }
            remarks.remove();
            done++;
        }
        return done;
    }

    /** One piece of each blob in turn, so that a large one does not hold up a small one. */
    private int sendPieces() {
        int done = 0;
        boolean more = true;
        while (more && budget > 0) {
            more = false;
            for (Iterator<Map.Entry<String, Wanted>> all = wanted.entrySet().iterator();
                    all.hasNext() && budget > 0; ) {
                Map.Entry<String, Wanted> entry = all.next();
                if (entry.getValue().ready(now)) {
                    if (!send(entry.getKey(), entry.getValue())) {
                        return done;
                    }
                    done++;
                    more = true;
                }
            }
        }
        return done;
    }

    /** Sends the next piece; false if the link takes no more now. */
    private boolean send(String digest, Wanted of) {
        Wanted.Piece piece = of.next();
        if (piece == null) {
            return true;
        }
        byte[] bytes;
        try {
            bytes = read(digest, piece.range());
        } catch (IOException e) {
            LOG.warn("the blob {} cannot be read: {}", digest, e.getMessage());
            for (String device : of.giveUp()) {
                say(BlobCodec.encode(
                        topics.deviceBlob(device, digest),
                        new BlobAnswer.Refused(digest, "the fleet cannot read it now")));
            }
            return true;
        }
        String device = piece.device();
        String topic = device == null ? topics.sharedBlob(digest) : topics.deviceBlob(device, digest);
        PublishOutcome outcome =
                link.publish(outbound(BlobCodec.chunk(topic, piece.range().from(), bytes)));
        if (outcome == PublishOutcome.BUSY || outcome == PublishOutcome.OFFLINE) {
            return false;
        }
        of.sent(piece);
        budget -= bytes.length;
        count(0, 0, device == null ? bytes.length : 0, device == null ? 0 : bytes.length, 0);
        return true;
    }

    private OutboundMessage outbound(Envelope envelope) {
        return OutboundMessage.of(envelope.topic(), envelope.payload(), 1, false, tokens++)
                .describedAs(envelope.contentType(), envelope.userProperties());
    }

    private byte[] read(String digest, ByteRanges.Range range) throws IOException {
        FileChannel file = open;
        if (file == null || !digest.equals(openDigest)) {
            closeFile();
            Path path = find(digest);
            if (path == null) {
                throw new EOFException("it is gone");
            }
            file = FileChannel.open(path);
            open = file;
            openDigest = digest;
        }
        ByteBuffer piece = ByteBuffer.allocate((int) range.bytes());
        while (piece.hasRemaining()) {
            if (file.read(piece, range.from() + piece.position()) < 0) {
                throw new EOFException("it has become shorter");
            }
        }
        return piece.array();
    }

    private void closeFile() throws IOException {
        FileChannel file = open;
        open = null;
        openDigest = null;
        if (file != null) {
            file.close();
        }
    }

    private void count(long requests, long refused, long shared, long own, long offered) {
        Counts was = counts();
        counts.set(new Counts(
                was.requests() + requests,
                was.refused() + refused,
                was.sharedBytes() + shared,
                was.ownBytes() + own,
                was.patches() + offered));
    }

    @Override
    public void close() {
        link.close();
        try {
            closeFile();
        } catch (IOException e) {
            LOG.debug("a blob did not close", e);
        }
    }
}
