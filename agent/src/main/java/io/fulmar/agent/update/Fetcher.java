package io.fulmar.agent.update;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.LinkView;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.model.delta.Delta;
import io.fulmar.model.delta.DeltaException;
import io.fulmar.model.store.Part;
import io.fulmar.model.store.StoreException;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one blob after the other into the store of this device, over whatever connection there is: as a whole, or as a
 * patch of one that lies here. What has come stays on the disk, however this ends. Owned by the update thread.
 */
final class Fetcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("model.update");
    private static final long TOKEN = 0;

    private final String device;
    private final StoredModels models;
    private final ControlWorker control;
    private final Doorbell controlDoorbell;
    private final Pieces pieces;
    private final Counters counters;
    private final RandomGenerator random;
    private final LongSupplier bytesPerSecond;
    private @Nullable Job job;
    private long link;

    /** How it stands with the blob that was asked for. Immutable. */
    sealed interface Result {
        /** It is on its way; so many bytes of it are here. */
        record Going(long done) implements Result {}

        /** It is in the store. */
        record Got() implements Result {}

        /** It cannot be had, for this reason. */
        record Failed(String reason) implements Result {}
    }

    /** @param bytesPerSecond how much to ask for at most */
    Fetcher(
            String device,
            StoredModels models,
            ControlWorker control,
            Doorbell controlDoorbell,
            Pieces pieces,
            Counters counters,
            RandomGenerator random,
            LongSupplier bytesPerSecond) {
        this.device = device;
        this.models = models;
        this.control = control;
        this.controlDoorbell = controlDoorbell;
        this.pieces = pieces;
        this.counters = counters;
        this.random = random;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** A blob that is fetched now. */
    private static final class Job {
        private final String digest;
        private final long size;
        private final List<String> have;
        private Part part;
        private Download download;
        private @Nullable Part patchPart;
        private @Nullable Download patchDownload;
        private int wrong;
        private long beyond;
        private long done;
        private long idleNanos;
        private long lookedNanos;
        private @Nullable String refused;
        private List<String> filters = List.of();

        Job(String digest, long size, List<String> have, Part part, Download download, long nowNanos) {
            this.digest = digest;
            this.size = size;
            this.have = have;
            this.part = part;
            this.download = download;
            this.done = download.done();
            this.lookedNanos = nowNanos;
        }

        Download active() {
            return patchDownload == null ? download : patchDownload;
        }
    }

    /** Whether something is on its way. */
    boolean isBusy() {
        return job != null;
    }

    /**
     * Goes on with that blob, in place of another that was fetched before.
     *
     * @throws StoreException if the disk does not; the next call begins with what lies on it then
     */
    Result fetch(String digest, long size, List<String> have, long nowNanos) {
        Job now = job;
        if (now == null || !now.digest.equals(digest)) {
            stop();
            Part part = models.store(it -> it.part(digest, size));
            now = new Job(digest, size, have, part, download(digest, part, have, nowNanos), nowNanos);
            job = now;
        }
        try {
            return step(now, nowNanos);
        } catch (StoreException e) {
            stop(); // a part that failed is closed
            throw e;
        }
    }

    private Download download(String digest, Part part, List<String> have, long nowNanos) {
        return new Download(digest, part, have, bytesPerSecond.getAsLong(), random, nowNanos);
    }

    /** The topics may have another prefix over another link. */
    private void listen(Job of) {
        Topics topics = control.wire().topics();
        List<String> filters = new ArrayList<>();
        filters.add(topics.everyDeviceBlob(device));
        filters.add(topics.sharedBlob(of.digest));
        if (of.patchDownload != null) {
            filters.add(topics.sharedBlob(of.patchDownload.digest()));
        }
        if (!filters.equals(of.filters)) {
            of.filters = List.copyOf(filters);
            control.listen(filters);
            controlDoorbell.ring();
        }
    }

    private Result step(Job now, long nowNanos) {
        LinkView view = control.view();
        long seen = view.number() << 32 | view.connections();
        if (seen != link) {
            link = seen;
            now.active().connected(nowNanos);
        }
        for (Pieces.Piece piece = pieces.poll(); piece != null; piece = pieces.poll()) {
            take(now, piece, nowNanos);
        }
        if (now.beyond > Limits.BEYOND_BYTES) {
            return failed("too-large: what is sent has more than the " + now.size + " bytes that it may have");
        }
        patch(now, nowNanos);
        if (now.patchDownload == null && now.download.isWhole()) {
            return commit(now, nowNanos);
        }
        refused(now, nowNanos);
        listen(now);
        ask(now, nowNanos);
        return stalled(now, nowNanos)
                ? failed("stalled: nothing came of it for " + Limits.STALLED.toMinutes() + " minutes on line"
                        + (now.refused == null ? "" : "; the fleet says: " + now.refused))
                : new Result.Going(now.download.done());
    }

    private void take(Job now, Pieces.Piece piece, long nowNanos) {
        BlobAnswer answer;
        try {
            answer = BlobCodec.decode(piece.digest(), piece.envelope());
        } catch (WireException e) {
            counters.count(Counter.DOWN_MALFORMED);
            return;
        }
        Download patch = now.patchDownload;
        if (piece.digest().equals(now.digest)) {
            if (answer instanceof BlobAnswer.Chunk chunk && chunk.range().to() > now.size) {
                now.beyond += chunk.range().bytes();
            }
            now.download.take(answer, nowNanos);
        } else if (patch != null && piece.digest().equals(patch.digest())) {
            patch.take(answer, nowNanos);
        }
    }

    private void ask(Job now, long nowNanos) {
        BlobRequest request =
                control.connected() && control.hears(now.filters) ? now.active().due(nowNanos) : null;
        if (request != null
                && control.publish(OutboundMessage.of(
                                control.wire().topics().blobGet(device), BlobCodec.encode(request), 1, false, TOKEN))
                        == PublishOutcome.ACCEPTED) {
            now.active().asked(request, nowNanos);
        }
    }

    /** The fleet may have it later: it may not have been told yet, or may have lost a disk. */
    private void refused(Job now, long nowNanos) {
        String reason = now.active().refused();
        if (reason == null) {
            return;
        }
        now.refused = reason;
        LOG.warn("the fleet does not send {}: {}", now.active().digest(), reason);
        long later = nowNanos + Limits.REFUSED_AGAIN.toNanos();
        if (now.patchDownload == null) {
            now.download = download(now.digest, now.part, now.have, later);
        } else {
            whole(now, later);
        }
    }

    private static boolean isConnected(LinkView view, ControlWorker control) {
        return view.connections() > 0 && control.connected();
    }

    private boolean stalled(Job now, long nowNanos) {
        long done = now.download.done() + (now.patchDownload == null ? 0 : now.patchDownload.done());
        if (done > now.done) {
            now.idleNanos = 0;
        } else if (isConnected(control.view(), control)) {
            now.idleNanos += nowNanos - now.lookedNanos;
        }
        now.done = done;
        now.lookedNanos = nowNanos;
        return now.idleNanos > Limits.STALLED.toNanos();
    }

    private Result commit(Job now, long nowNanos) {
        switch (now.part.commit()) {
            case Part.Committed.Kept _ -> {
                job = null;
                control.listen(List.of());
                return new Result.Got();
            }
            case Part.Committed.Wrong wrong -> {
                now.wrong++;
                LOG.warn("{} was fetched, and is not what it should be: {}", now.digest, wrong.reason());
                if (now.wrong >= Limits.WRONG) {
                    job = null;
                    control.listen(List.of());
                    return new Result.Failed(
                            "digest-mismatch: it was fetched " + now.wrong + " times, and " + wrong.reason());
                }
                now.part = models.store(it -> it.part(now.digest, now.size));
                now.download = download(now.digest, now.part, List.of(), nowNanos);
                return new Result.Going(0);
            }
        }
    }

    // ---- the shorter way

    private void patch(Job now, long nowNanos) {
        BlobAnswer.Patch offered = now.download.offered();
        if (offered == null) {
            return;
        }
        if (now.patchPart == null && isOfARelease(offered.patch())) { // it is deleted when it was used
            LOG.warn("the fleet calls {} a patch, which is a file of a release here", offered.patch());
            whole(now, nowNanos);
            return;
        }
        String trouble;
        if (models.store(it -> it.has(offered.patch()))) { // of a time when the disk had no room for what it makes
            trouble = apply(now, offered);
        } else {
            Part part = now.patchPart == null ? beginPatch(now, offered, nowNanos) : now.patchPart;
            if (part == null || !part.isWhole()) {
                return;
            }
            trouble = switch (part.commit()) {
                case Part.Committed.Wrong wrong -> wrong.reason();
                case Part.Committed.Kept _ -> apply(now, offered);
            };
        }
        now.patchPart = null;
        models.store(it -> {
            it.discard(offered.patch());
            return it;
        });
        if (trouble != null) {
            LOG.warn("the patch {} does not do: {}", offered.patch(), trouble);
        } else {
            LOG.info("{} bytes of a patch made {} bytes", offered.size(), now.size);
        }
        whole(now, nowNanos);
    }

    private boolean isOfARelease(String digest) {
        return models.activations().stream()
                .flatMap(it -> it.releases().stream())
                .anyMatch(it -> it.blobs().contains(digest));
    }

    /** Null where there is no room for the patch beside what it makes: then the whole comes. */
    private @Nullable Part beginPatch(Job now, BlobAnswer.Patch offered, long nowNanos) {
        String noRoom = models.whyNoRoom(now.size - now.part.bytes() + offered.size());
        if (noRoom != null) {
            LOG.warn("the patch {} is not fetched: {}", offered.patch(), noRoom);
            whole(now, nowNanos);
            return null;
        }
        Part part = models.store(it -> it.part(offered.patch(), offered.size()));
        now.patchPart = part;
        now.patchDownload = download(offered.patch(), part, List.of(), nowNanos);
        return part;
    }

    /** Null, or why it makes nothing of use; a wrong result is found when it is committed. */
    private @Nullable String apply(Job now, BlobAnswer.Patch patch) {
        try (FileChannel old = FileChannel.open(models.store(it -> it.path(patch.from())));
                FileChannel steps = FileChannel.open(models.store(it -> it.path(patch.patch())))) {
            Delta.apply(old, steps, now.size, new Rest(now.part));
            return null;
        } catch (DeltaException e) {
            return e.getMessage();
        } catch (IOException e) {
            return "it cannot be applied: " + e.getMessage();
        }
    }

    /** Fetches what is lacking of the blob itself, whatever became of the patch. */
    private void whole(Job now, long nowNanos) {
        if (now.patchPart != null) {
            now.patchPart.close();
            now.patchPart = null;
        }
        now.patchDownload = null;
        now.download = download(now.digest, now.part, List.of(), nowNanos);
    }

    /** Puts behind a part what it lacks, of a whole that is written from its first byte. */
    private static final class Rest extends OutputStream {
        private final Part part;
        private long at;

        Rest(Part part) {
            this.part = part;
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            part.append(Arrays.copyOfRange(bytes, from, from + length), at);
            at += length;
        }
    }

    // ---- the end

    private Result failed(String reason) {
        stop();
        return new Result.Failed(reason);
    }

    /** Leaves what has come where it is. */
    void stop() {
        Job now = job;
        if (now != null) {
            job = null;
            control.listen(List.of());
            try (Part part = now.part;
                    Part patch = now.patchPart) {
                LOG.debug("{} rests at {} bytes, a patch at {}", now.digest, part.offset(), patch);
            } catch (StoreException e) {
                LOG.warn("a part does not close: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
