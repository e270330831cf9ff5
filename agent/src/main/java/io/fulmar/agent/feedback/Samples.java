package io.fulmar.agent.feedback;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.agent.pipeline.SampleKeeper;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.agent.run.Worker;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The inputs that a device keeps, in {@code <state>/samples}, and their way to the fleet when that asks for them. Pipelines
 * hand over and go on: what the disk is too slow for is refused and counted. Works on its own thread; the rest is
 * thread-safe.
 */
public final class Samples implements SampleKeeper, Worker {
    /** As it is on the device, as its receipt, and as the fleet calls it. */
    private static final Pattern NAME =
            Pattern.compile("(?:[^/]{1,64}/)?([0-9a-f]{16})[-/](alarm|event|data)[-/]([0-9]{1,18})");

    private final SampleFolder folder;
    private final SampleSender sender;
    private final Counters counters;
    private final FaultLog faults;
    private final Doorbell doorbell;
    private final ArrayBlockingQueue<Taken> waiting = new ArrayBlockingQueue<>(Limits.WAITING);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicBoolean looked = new AtomicBoolean();
    private long againNanos;
    private boolean failing;

    /**
     * How much there is. Immutable.
     *
     * @param bytes that they take on the disk
     * @param wanted of them that the fleet has asked for
     */
    public record View(int count, long bytes, long budget, int wanted, Map<SampleRule, Integer> byRule) {
        public View {
            byRule = Map.copyOf(byRule);
        }
    }

    /**
     * Those in that folder.
     *
     * @param budget bytes that they may take on the disk
     * @param recorder takes those that are sent, part by part
     */
    public Samples(
            Path dir,
            long budget,
            Recorder recorder,
            Stamper stamper,
            StoreErrands store,
            Counters counters,
            FaultLog faults,
            Doorbell doorbell) {
        this.folder = new SampleFolder(dir, budget, counters);
        this.sender = new SampleSender(folder, recorder, stamper, store, counters, doorbell);
        this.counters = counters;
        this.faults = faults;
        this.doorbell = doorbell;
    }

    // ---- from the pipelines

    @Override
    public boolean reserve(long bytes) {
        if (waitingBytes.addAndGet(bytes) <= Limits.WAITING_BYTES) {
            return true;
        }
        waitingBytes.addAndGet(-bytes);
        counters.count(Counter.SAMPLES_REFUSED);
        return false;
    }

    @Override
    public void release(long bytes) {
        waitingBytes.addAndGet(-bytes);
    }

    @Override
    public void keep(Taken taken) {
        if (waiting.offer(taken)) {
            doorbell.ring();
        } else {
            release(taken.bytes());
            counters.count(Counter.SAMPLES_REFUSED);
        }
    }

    // ---- on its thread

    @Override
    public int work(long nowNanos) {
        if (failing && nowNanos - againNanos < 0) {
            refuseWaiting();
            return 0;
        }
        try {
            if (!looked.get()) {
                folder.look();
                looked.set(true);
            }
            int done = write() + sender.work(nowNanos);
            failing = false;
            return done;
        } catch (IOException e) {
            failing = true;
            againNanos = nowNanos + Limits.AGAIN.toNanos();
            faults.record(
                    "samples",
                    "samples cannot be kept in " + folder.dir() + ": " + DiskFiles.said(e),
                    "It is tried again every " + Limits.AGAIN.toSeconds() + " s.");
            return 0;
        }
    }

    private int write() throws IOException {
        int done = 0;
        for (Taken taken = waiting.poll(); taken != null; taken = waiting.poll()) {
            boolean kept = false;
            try {
                SampleFormat format = SampleFormat.of(taken.content(), taken.shape());
                kept = format.bytes().length <= io.fulmar.sync.wire.Limits.SAMPLE_BYTES
                        && folder.write(taken.rule(), said(taken, format), format.bytes(), sender.underWay());
            } finally {
                release(taken.bytes());
                counters.count(kept ? Counter.SAMPLES_TAKEN : Counter.SAMPLES_REFUSED);
            }
            done++;
        }
        return done;
    }

    private void refuseWaiting() {
        for (Taken taken = waiting.poll(); taken != null; taken = waiting.poll()) {
            release(taken.bytes());
            counters.count(Counter.SAMPLES_REFUSED);
        }
    }

    private static Sample said(Taken taken, SampleFormat format) {
        Prediction prediction = taken.prediction();
        List<Float> values = prediction.values();
        return new Sample(
                taken.receipt(),
                prediction.at(),
                prediction.frame(),
                prediction.pipeline(),
                prediction.model(),
                prediction.label(),
                prediction.labelIndex(),
                prediction.score(),
                values.subList(0, Math.min(values.size(), io.fulmar.sync.wire.Limits.SAMPLE_VALUES)),
                taken.rule().text(),
                format.ending(),
                format.bytes().length,
                HexFormat.of().formatHex(SampleFile.sha256().digest(format.bytes())));
    }

    @Override
    public long idleNanos(long nowNanos) {
        return failing ? Math.max(0, againNanos - nowNanos) : sender.idleNanos();
    }

    // ---- for others

    /** Whether it is known what there is; a moment after the start it is. */
    public boolean known() {
        return looked.get();
    }

    /** How much there is. */
    public View view() {
        Map<SampleRule, Integer> byRule = new EnumMap<>(SampleRule.class);
        long bytes = 0;
        int wanted = 0;
        List<SampleFile> all = folder.all();
        for (SampleFile file : all) {
            byRule.merge(file.rule(), 1, Integer::sum);
            bytes += file.diskBytes();
            wanted += file.wanted() ? 1 : 0;
        }
        return new View(all.size(), bytes, folder.budget(), wanted, byRule);
    }

    /** Those that are chosen, the newest first. */
    public List<SampleFile> chosen(Predicate<SampleFile> which) {
        return folder.all().reversed().stream().filter(which).toList();
    }

    /** What is said of one; null where it is damaged or gone. */
    public @Nullable Sample said(SampleFile file) {
        try {
            return file.said(folder.dir());
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * The one with that name, or whose prediction has that receipt, as an input again; null where there is none, or it is damaged.
     *
     * @throws PipelineException if the disk does not give it
     */
    public @Nullable KeptInput find(String id) {
        Matcher name = NAME.matcher(id);
        if (!name.matches()) {
            return null;
        }
        String wanted = name.group(1) + "-" + name.group(2) + "-" + name.group(3);
        for (int looks = 0; looks < 2; looks++) { // a file has another name as soon as the fleet has asked for it
            for (SampleFile file : chosen(it -> it.id().equals(wanted))) {
                try {
                    SampleFile.Whole whole = folder.read(file);
                    if (whole != null) {
                        return new KeptInput(whole.sample(), whole.content());
                    }
                } catch (IOException e) {
                    throw new PipelineException(
                            "the sample " + wanted + " cannot be read: " + DiskFiles.said(e), "look at the disk");
                }
            }
        }
        return null;
    }

    /** Why there is no sample with that name. */
    public String missing(String id) {
        if (!NAME.matcher(id).matches()) {
            return "a sample is called as samples.list says, such as 00000198a3b4c5d6-data-42";
        }
        return known()
                ? "there is no sample " + id
                        + " on this device: none was kept, it made room, was removed, or the fleet has it"
                : "the folder of samples has not been looked through yet; try again";
    }

    /** Sends these, the oldest first, also after a restart; returns those that are there. */
    public List<SampleFile> send(List<SampleFile> files) throws IOException {
        List<SampleFile> asked = folder.ask(files);
        doorbell.ring();
        return asked;
    }

    /** Deletes these, sent or not; returns how many there were. */
    public int remove(List<SampleFile> files) throws IOException {
        int removed = 0;
        for (SampleFile file : new ArrayList<>(files)) {
            removed += folder.delete(file) ? 1 : 0;
        }
        return removed;
    }
}
