package io.fulmar.agent;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.StatusReport;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.Sources;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.Drain;
import io.fulmar.agent.run.FleetInbox;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.PipelineWorker;
import io.fulmar.agent.run.ReceiptListener;
import io.fulmar.agent.run.ReceiptsFile;
import io.fulmar.agent.run.RecordQueue;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoreWorker;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.Mqtt;
import io.fulmar.config.OutboxSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.Will;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.SoftwareVersion;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One device: the composition root, which opens every part, starts them from sink to source and stops them from source to
 * sink. Owned by the thread that opened it; {@link #requestStop} and {@link #snapshot} are thread-safe.
 */
public final class EdgeAgent implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final DeviceConfig config;
    private final AgentOptions options;
    private final String version = SoftwareVersion.read();
    private final long startNanos = System.nanoTime();
    private final Wire wire;
    private final Counters counters = new Counters();
    private final FaultLog faults;
    private final Runner runner;
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Outbox outbox;
    private final Stamper stamper;
    private final Doorbell storeDoorbell = new Doorbell();
    private final RecordQueue queue;
    private final List<PipelineWorker> pipelines = new ArrayList<>();
    private final List<ModelRef> models = new ArrayList<>();
    private final AtomicReference<StoreView> view;
    private final ControlWorker control;
    private final StoreWorker store;
    private final Deque<Runner.Running> running = new ArrayDeque<>();
    private boolean closed;

    private EdgeAgent(DeviceConfig config, AgentOptions options) {
        this.config = config;
        this.options = options;
        this.wire = new Wire(new Topics(config.mqtt().prefix()));
        this.faults = new FaultLog(options.wallClock());
        this.runner = new Runner(options.crashHandler());
        this.outbox = Outbox.open(outboxConfig(), options.wallClock());
        opened.push(outbox);
        this.view = new AtomicReference<>(StoreView.of(outbox));
        try {
            // asked each time, since a store that cannot be opened yet has no boot counter
            this.stamper = () -> new Stamp(options.wallClock().millis(), uptimeMillis(), seen().boot());
            this.queue = new RecordQueue(config.outbox().commitInterval(), counters, storeDoorbell, System::nanoTime);
            ReceiptListener receipts = openReceipts();
            openPipelines();
            FleetInbox inbox = new FleetInbox(counters, storeDoorbell);
            StatusReport report = new StatusReport(
                    version,
                    options.wallClock(),
                    this::uptimeMillis,
                    models,
                    config.outbox().quotaBytes(),
                    this::seen,
                    counters,
                    pipelines);
            this.control = openControl(report, inbox);
            opened.push(control);
            this.store = new StoreWorker(
                    outbox, queue, inbox, uplink(), receipts, options.wallClock(), counters, faults, view::set);
        } catch (RuntimeException e) {
            closeOpened();
            throw e;
        }
    }

    /** Opens every part and starts none; fails if the models, the pipelines or the state directory cannot be used. */
    public static EdgeAgent open(DeviceConfig config, AgentOptions options) {
        return new EdgeAgent(config, options);
    }

    // ---- open

    private OutboxConfig outboxConfig() {
        OutboxSettings settings = config.outbox();
        WhenFull whenFull = switch (settings.whenFull()) {
            case EVICT_OLDEST -> WhenFull.EVICT_OLDEST;
            case REFUSE_NEW -> WhenFull.REFUSE_NEW;
        };
        return new OutboxConfig(
                config.state().dir(), settings.quotaBytes(), settings.ballastBytes(), settings.maxAge(), whenFull);
    }

    private ReceiptListener openReceipts() {
        Path file = options.receipts();
        if (file == null) {
            return ReceiptListener.NONE;
        }
        ReceiptsFile receipts = ReceiptsFile.open(file);
        opened.push(receipts);
        return receipts;
    }

    private void openPipelines() {
        PipelineContext context = new PipelineContext(queue, stamper, version);
        ModelLoader loader = new ModelLoader();
        for (PipelineSettings settings : config.pipelines()) {
            LoadedModel model = loader.load(config.model(settings.model()).orElseThrow());
            opened.push(model.interpreter());
            Source source = Sources.open(settings.source(), model.interpreter().input(0));
            opened.push(source);
            PipelineWorker worker =
                    new PipelineWorker(Pipeline.open(settings, model, source, context), model.interpreter());
            opened.pop();
            opened.pop();
            opened.push(worker);
            pipelines.add(worker);
            if (!models.contains(model.ref())) {
                models.add(model.ref());
            }
        }
    }

    private ControlWorker openControl(StatusReport report, FleetInbox inbox) {
        Mqtt mqtt = config.mqtt();
        String device = config.device().id();
        Envelope lost = wire.encode(device, report.offline("connection lost"));
        LinkConfig linkConfig = LinkConfig.builder(mqtt.url(), device)
                .subscriptions(wire.topics().down(device))
                .will(new Will(lost.topic(), lost.payload(), 1, true, lost.contentType()))
                .keepAlive(mqtt.keepAlive())
                .connectTimeout(mqtt.connectTimeout())
                .backoff(Backoff.between(mqtt.backoffMin(), mqtt.backoffMax()))
                .build();
        SplittableRandom random = new SplittableRandom();
        return new ControlWorker(
                device,
                wire,
                listener -> options.links().open(linkConfig, random, listener),
                inbox,
                report,
                counters,
                faults);
    }

    private Uplink uplink() {
        return new Uplink(
                config.device().id(),
                wire,
                outbox,
                control::publish,
                positions -> new Hello(
                        version, outbox.boot(), options.wallClock().millis(), outbox.freeBytes(), List.of(), positions),
                UplinkSettings.of(config.outbox().batchRows(), config.outbox().ackTimeout()),
                new SplittableRandom(),
                counters,
                faults);
    }

    private long uptimeMillis() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    // ---- run

    /** Starts every thread, sink first; waits for nothing, least of all for a connection. */
    public void start() {
        queue.record(Stream.EVENT, new DeviceEvent(stamper.now(), "agent.started", "version " + version));
        running.push(runner.start("store", store, storeDoorbell));
        running.push(runner.start("control", control, new Doorbell()));
        for (PipelineWorker pipeline : pipelines) {
            running.push(runner.start("pipeline-" + pipeline.name(), pipeline, new Doorbell()));
        }
    }

    /** Starts and stays until {@link #requestStop}. */
    public void run() {
        start();
        while (!awaitStop(Duration.ofDays(1))) {}
    }

    /** Waits this long for a request to stop; returns whether there was one. */
    public boolean awaitStop(Duration limit) {
        try {
            return stopRequested.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Asks for a stop; whoever runs the agent closes it then. Thread-safe. */
    public void requestStop() {
        stopRequested.countDown();
    }

    /** What the agent has done so far. Thread-safe. */
    public AgentSnapshot snapshot() {
        StoreView seen = seen();
        return new AgentSnapshot(
                pipelines.stream().mapToLong(PipelineWorker::predictions).sum(),
                pipelines.stream().mapToLong(PipelineWorker::failures).sum(),
                seen.recorded(),
                counters.get(Counter.REFUSED_QUEUE_FULL)
                        + counters.get(Counter.REFUSED_TOO_LARGE)
                        + counters.get(Counter.REFUSED_STORE),
                seen.buffered(),
                seen.acknowledged(),
                control.connected(),
                pipelines.isEmpty() ? "" : pipelines.getFirst().lastLabel());
    }

    private StoreView seen() {
        return Objects.requireNonNull(view.get());
    }

    /** The models that run. Immutable. */
    public List<ModelRef> models() {
        return List.copyOf(models);
    }

    /** Whether the store could do its work when its thread last looked. Thread-safe. */
    public OutboxHealth storeHealth() {
        return seen().health();
    }

    /** The parts' counters. Thread-safe. */
    public Counters counters() {
        return counters;
    }

    // ---- close

    /**
     * Stops the sources, commits what waits, gives the fleet a bounded time to take it, says goodbye and closes the store.
     * A worker that does not come to its end is left alone with what it owns: the process is about to exit.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        requestStop();
        boolean started = !running.isEmpty();
        while (!running.isEmpty()) {
            if (!running.pop().stop(STOP_LIMIT)) {
                faults.record("agent", "a worker did not stop within " + STOP_LIMIT.toSeconds() + " s", null);
                return;
            }
        }
        if (started) {
            queue.record(Stream.EVENT, new DeviceEvent(stamper.now(), "agent.stopped", "asked to stop"));
            Drain.run(store, control, options.drain());
        }
        closeOpened();
    }

    private void closeOpened() {
        while (!opened.isEmpty()) {
            AutoCloseable part = opened.pop();
            try {
                part.close();
            } catch (Exception e) {
                faults.record("agent", "closing " + part.getClass().getSimpleName() + ": " + e.getMessage(), null);
            }
        }
    }
}
