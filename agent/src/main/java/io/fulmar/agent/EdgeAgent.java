package io.fulmar.agent;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.agent.command.Authorisation;
import io.fulmar.agent.command.CommandDispatcher;
import io.fulmar.agent.command.CommandReceipts;
import io.fulmar.agent.command.CommandTable;
import io.fulmar.agent.command.handlers.CaptureHandler;
import io.fulmar.agent.configure.ConfigCommands;
import io.fulmar.agent.configure.Configurator;
import io.fulmar.agent.configure.Startup;
import io.fulmar.agent.feedback.References;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.DeviceClock;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.HealthWatch;
import io.fulmar.agent.health.StatusReport;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.health.TimeService;
import io.fulmar.agent.identity.Renewal;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.os.ServiceManager;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.AgentActs;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.DeviceLogging;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.Drain;
import io.fulmar.agent.run.FleetInbox;
import io.fulmar.agent.run.HardwareWorker;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.ReceiptListener;
import io.fulmar.agent.run.ReceiptsFile;
import io.fulmar.agent.run.RecordQueue;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.SentAway;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.agent.run.StoreWorker;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.agent.run.TrustIntake;
import io.fulmar.agent.run.Watchdog;
import io.fulmar.agent.run.WorkerPair;
import io.fulmar.agent.salvage.SalvageWorker;
import io.fulmar.agent.update.Proving;
import io.fulmar.agent.update.Strikes;
import io.fulmar.agent.update.Updater;
import io.fulmar.agent.uplink.Courier;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.OutboxSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.TlsSettings;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.SoftwareVersion;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topic;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One device: the composition root, which opens every part, starts them from sink to source and stops them from source to
 * sink. Owned by the thread that opened it; {@link #requestStop} and {@link #snapshot} are thread-safe.
 */
public final class EdgeAgent implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final Duration WATCHDOG_STOP_LIMIT = Duration.ofSeconds(1);
    private static final Duration API_STOP_LIMIT = Duration.ofSeconds(2);
    private static final Duration RENEWAL_STOP_LIMIT = Duration.ofMillis(200);

    private final DeviceConfig own;
    private final String device;
    private final AgentOptions options;
    private final String version = SoftwareVersion.read();
    private final String session = Long.toHexString(new SecureRandom().nextLong());
    private final Counters counters = new Counters();
    private final DeviceClock clock;
    private final FaultLog faults;
    private final Conditions conditions;
    private final Runner runner;
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final AtomicBoolean restart = new AtomicBoolean();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Outbox outbox;
    private final Doorbell storeDoorbell = new Doorbell();
    private final StoreErrands errands = new StoreErrands(storeDoorbell);
    private final Doorbell commandDoorbell = new Doorbell();
    private final Doorbell controlDoorbell = new Doorbell();
    private final RecordQueue queue;
    private final DeviceHistory history;
    private final Pipelines pipelines;
    private final Hardware hardware;
    private final AgentActs acts;
    private final StoredModels models;
    private final Breadcrumbs breadcrumbs;
    private final Doorbell referencesDoorbell = new Doorbell();
    private final References references;
    private final Doorbell samplesDoorbell = new Doorbell();
    private final Samples samples;
    private final AtomicReference<StoreView> view;
    private final ControlWorker control;
    private final CommandDispatcher commands;
    private final Doorbell configuratorDoorbell = new Doorbell();
    private final Configurator configurator;
    private final Doorbell updaterDoorbell = new Doorbell();
    private final Updater updater;
    private final TrustIntake trustIntake;
    private final AtomicReference<@Nullable InboundMessage> lastDesired = new AtomicReference<>();
    private final StoreWorker store;
    private final Doorbell salvageDoorbell = new Doorbell();
    private final SalvageWorker salvage;
    private final Renewal renewal;
    private final LocalApi api;
    private Runner.@Nullable Running renewing;
    private Runner.@Nullable Running serving;
    private Runner.@Nullable Running watching;
    private final Deque<Runner.Running> running = new ArrayDeque<>();
    private final Deque<Runner.Running> changing = new ArrayDeque<>();
    private boolean closed;

    private EdgeAgent(ConfigSources sources, DeviceConfig own, AgentOptions options) {
        this.own = own;
        this.device = own.device().id();
        this.options = options;
        this.clock = new DeviceClock(
                options.wallClock(),
                System::nanoTime,
                TimeService.ofHost(),
                SoftwareVersion.built().toEpochMilli(),
                own.state().dir());
        this.faults = new FaultLog(clock);
        this.conditions = new Conditions(clock, System::nanoTime);
        this.runner = new Runner(options.crashHandler().after(this::makeSafe));
        this.pipelines = new Pipelines(runner, faults);
        this.outbox = Outbox.open(outboxConfig(own), options.wallClock());
        opened.push(outbox);
        this.view = new AtomicReference<>(StoreView.of(outbox));
        try {
            this.queue = new RecordQueue(own.outbox().commitInterval(), counters, storeDoorbell, System::nanoTime);
            this.history = new DeviceHistory(clock, queue, () -> seen().boot());
            ReceiptListener receipts = openReceipts();
            Startup startup = Startup.of(sources, own);
            this.hardware = Hardware.open(
                    own.hardware(), own.device().board(), own.state().dir(), history::add);
            opened.push(hardware);
            this.breadcrumbs = Breadcrumbs.of(own.state().dir());
            opened.push(breadcrumbs);
            history.died(breadcrumbs);
            this.references = References.open(own.state().dir().resolve("drift"), faults, referencesDoorbell);
            this.samples = openSamples();
            this.models = openModels();
            FleetInbox inbox = new FleetInbox(counters, storeDoorbell);
            this.acts = new AgentActs(device, clock::millis, inbox, this::publish, counters, history::add);
            openPipelines(startup);
            HealthWatch health =
                    new HealthWatch(clock, conditions, this::seen, counters, pipelines::view, history::clockKnown);
            StatusReport report = new StatusReport(
                    version,
                    options.wallClock(),
                    history::uptimeMillis,
                    pipelines::models,
                    own.outbox().quotaBytes(),
                    this::seen,
                    health);
            LinkPlans plans = new LinkPlans(options.links(), report, controlDoorbell::ring);
            this.control = new ControlWorker(
                    device,
                    plans.plan(startup.config()),
                    inbox,
                    report,
                    health,
                    counters,
                    faults,
                    this::received,
                    new SentAway(session, conditions, new SplittableRandom()));
            opened.push(control);
            this.configurator = new Configurator(startup, configuring(plans));
            this.updater = openUpdater();
            this.trustIntake = new TrustIntake(
                    models::succeed, history::add, faults, this::lookAtDesiredAgain, configuratorDoorbell);
            this.renewal = renewal(plans);
            this.commands = openCommands(report, startup);
            opened.push(commands);
            this.api = openApi(health);
            Uplink uplink = uplink();
            this.salvage = openSalvage(uplink.courier());
            opened.push(salvage);
            this.store = new StoreWorker(
                    outbox,
                    queue,
                    inbox,
                    errands,
                    uplink,
                    new CommandReceipts(receipts, commands::committed),
                    options.wallClock(),
                    counters,
                    faults,
                    view::set);
        } catch (RuntimeException e) {
            closeOpened();
            throw e;
        }
    }

    /**
     * Opens every part and starts none; fails if the models, the pipelines or the state directory cannot be used.
     *
     * @param own what the sources say; what the fleet has said since lies in the state directory and is laid over it
     */
    public static EdgeAgent open(ConfigSources sources, DeviceConfig own, AgentOptions options) {
        return new EdgeAgent(sources, own, options);
    }

    // ---- open

    private static OutboxConfig outboxConfig(DeviceConfig config) {
        OutboxSettings settings = config.outbox();
        WhenFull whenFull = switch (settings.whenFull()) {
            case EVICT_OLDEST -> WhenFull.EVICT_OLDEST;
            case REFUSE_NEW -> WhenFull.REFUSE_NEW;
        };
        OutboxSettings.ByStream ages = settings.maxAges();
        return new OutboxConfig(
                config.state().dir(),
                settings.quotaBytes(),
                settings.ballastBytes(),
                Map.of(Stream.ALARM, ages.alarm(), Stream.EVENT, ages.event(), Stream.DATA, ages.data()),
                whenFull);
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

    /** A device that cannot run what the fleet wanted runs what its own file says. */
    private void openPipelines(Startup startup) {
        opened.push(pipelines);
        try {
            openPipelines(startup.config());
        } catch (PipelineException | ModelException | SourceException e) {
            if (!startup.isLayered()) {
                throw e;
            }
            pipelines.close();
            startup.ownInstead(String.valueOf(e.getMessage()));
            openPipelines(startup.config());
        }
    }

    private void openPipelines(DeviceConfig from) {
        PipelineOpener opener = pipelineOpener();
        for (PipelineSettings settings : from.pipelines()) {
            try {
                pipelines.put(opener.open(from, settings));
            } catch (PipelineException e) {
                if (!e.isWithoutModel()) {
                    throw e;
                }
                String reason = "pipeline " + settings.name() + " does not run: " + e.getMessage();
                conditions.raise(ConditionName.MODEL_MISSING, settings.name(), reason, e.hint());
            }
        }
    }

    private StoredModels openModels() {
        StoredModels opening = StoredModels.open(
                own.state().dir(),
                own.trust().root(),
                own.device().board(),
                version,
                clock::notBeforeMillis,
                conditions,
                history::add);
        opened.push(opening);
        Strikes.count(opening, breadcrumbs.found(), history::add);
        return opening;
    }

    private Samples openSamples() {
        return new Samples(
                own.state().dir().resolve("samples"),
                own.state().samplesBytes(),
                queue,
                history,
                errands,
                counters,
                faults,
                samplesDoorbell);
    }

    private PipelineOpener pipelineOpener() {
        return new PipelineOpener(
                new PipelineContext(queue, history, version, breadcrumbs, hardware, acts, references, samples), models);
    }

    private Configurator.Parts configuring(LinkPlans plans) {
        return new Configurator.Parts(
                version,
                pipelines,
                this::releases,
                this::wantedModels,
                this::pipelineOpener,
                control,
                plans::plan,
                level -> DeviceLogging.setLevel(level.name()),
                Authorisation.of(models.trust()),
                history::add,
                clock::millis,
                counters,
                conditions,
                faults,
                configuratorDoorbell);
    }

    private PublishOutcome publish(OutboundMessage message) {
        return control.publish(message);
    }

    private void wantedModels(List<Desired.Model> releases) {
        updater.want(releases);
    }

    private Updater openUpdater() {
        Updater opening = new Updater(new Updater.Parts(
                device,
                own.state().dir(),
                models,
                configurator,
                control,
                new Proving(runner, models, configurator, pipelines, breadcrumbs),
                clock::millis,
                new SplittableRandom(),
                history::add,
                counters,
                faults,
                updaterDoorbell,
                controlDoorbell));
        opened.push(opening);
        return opening;
    }

    private CommandDispatcher openCommands(StatusReport report, Startup startup) {
        CommandTable.Builder table = new DeviceCommands(
                        version,
                        configurator::config,
                        configurator::toml,
                        history::now,
                        () -> control.wire().encode(device, report.online()).payload(),
                        pipelines,
                        samples,
                        models,
                        counters,
                        faults,
                        options.logs())
                .table(new CaptureHandler(
                        own.state().dir().resolve("captures"),
                        pipelines,
                        queue,
                        history,
                        commandDoorbell,
                        System::nanoTime));
        new ConfigCommands(configurator, startup, models, this::requestRestart).addTo(table);
        return new CommandDispatcher(
                new CommandDispatcher.Surroundings(
                        device,
                        configurator::groups,
                        () -> control.wire().topics(),
                        control::publish,
                        queue,
                        history,
                        clock::notBeforeMillis,
                        counters,
                        faults),
                table.build(),
                Authorisation.of(models.trust()),
                own.state().dir().resolve("commands"),
                commandDoorbell);
    }

    private LocalApi openApi(HealthWatch health) {
        return new LocalApi(
                own.api(),
                new LocalApi.Parts(
                        version,
                        configurator::config,
                        models,
                        pipelines,
                        samples,
                        breadcrumbs,
                        runner,
                        counters,
                        conditions,
                        health::health,
                        this::seen,
                        errands,
                        this::carried,
                        history::uptimeMillis,
                        control::connected));
    }

    private boolean carried(RowsAnswer.Held held) {
        boolean taken = salvage.carried(held);
        salvageDoorbell.ring();
        return taken;
    }

    /** What comes in on another topic than {@code down}; on the control thread. */
    private void received(Topic topic, InboundMessage message) {
        switch (topic) {
            case Topic.Command it when it.device().equals(device) -> commands.offer(topic, message);
            case Topic.GroupCommand it
            when configurator.groups().contains(it.group()) -> commands.offer(topic, message);
            case Topic.Desired it
            when it.device().equals(device) -> {
                lastDesired.set(message);
                configurator.offer(message);
            }
            case Topic.Trust _ -> trustIntake.offer(message);
            case Topic.DeviceBlob it when it.device().equals(device) -> updater.offer(topic, message);
            case Topic.SharedBlob _ -> updater.offer(topic, message);
            default -> {}
        }
    }

    /** What came before the trust root that it is signed by was refused, and is not said again by itself. */
    private void lookAtDesiredAgain() {
        InboundMessage last;
        do {
            last = lastDesired.get();
            if (last != null) {
                configurator.offer(last);
            }
        } while (!lastDesired.compareAndSet(last, last)); // a newer one that came meanwhile has the last word
    }

    /** Looks after the certificate; a renewed one is used at once, over a new connection. */
    private Renewal renewal(LinkPlans plans) {
        TlsSettings tls = configurator.config().mqtt().tls();
        return new Renewal(
                own.state().dir(),
                tls == null ? null : tls.certificate(),
                clock,
                new SplittableRandom(),
                conditions,
                () -> control.exchange(plans.plan(configurator.config())));
    }

    private Uplink uplink() {
        return new Uplink(
                device,
                control::wire,
                outbox,
                control::publish,
                positions -> new Hello(
                        version,
                        outbox.boot(),
                        options.wallClock().millis(),
                        outbox.freeBytes(),
                        List.of(),
                        configurator.groups(),
                        positions,
                        session),
                UplinkSettings.of(
                        own.outbox().batchRows(),
                        own.outbox().ackTimeout(),
                        own.outbox().rateBytes()),
                new SplittableRandom(),
                counters,
                faults);
    }

    private SalvageWorker openSalvage(Courier courier) {
        courier.whenSettled(salvageDoorbell::ring);
        return new SalvageWorker(
                own.state().dir(),
                courier,
                own.outbox().batchRows(),
                new SalvageSurroundings(errands, storeDoorbell, history),
                faults);
    }

    // ---- run

    /** Starts every thread, sink first; waits for nothing, least of all for a connection. */
    public void start() {
        DeviceLogging.setLevel(config().log().level().name());
        history.add("agent.started", "version " + version);
        Runner.Running storing = runner.start("store", store, storeDoorbell);
        running.push(storing);
        Runner.Running controlling = runner.start("control", control, controlDoorbell);
        running.push(controlling);
        running.push(runner.start("drift", references, referencesDoorbell));
        running.push(runner.start("salvage", salvage, salvageDoorbell));
        running.push(runner.start("samples", samples, samplesDoorbell));
        if (hardware.hasOutputs()) {
            running.push(runner.start("hardware", new HardwareWorker(hardware), new Doorbell()));
        }
        renewing = runner.start("identity", renewal, new Doorbell());
        pipelines.start();
        changing.push(runner.start("configure", new WorkerPair(configurator, trustIntake), configuratorDoorbell));
        changing.push(runner.start("update", updater, updaterDoorbell));
        changing.push(runner.start("command", commands, commandDoorbell));
        serving = runner.start("api", api, new Doorbell());
        ServiceManager manager = options.manager();
        if (manager.listens() || manager.supervises()) {
            watching = runner.start(
                    "watchdog",
                    Watchdog.over(
                            manager,
                            () -> vital(storing, controlling),
                            pipelines,
                            models::isPassing,
                            why -> history.add("agent.stuck", why),
                            this::inShort),
                    new Doorbell());
        }
    }

    /** The threads without which the device does not do its work. */
    private List<Runner.Running> vital(Runner.Running storing, Runner.Running controlling) {
        List<Runner.Running> vital = new ArrayList<>(pipelines.threads());
        vital.add(storing);
        vital.add(controlling);
        return vital;
    }

    /** Before the end of a process that has found a bug in itself, or in which a pipeline is stuck. */
    private void makeSafe() {
        hardware.makeSafe();
        breadcrumbs.keep();
    }

    private String inShort() {
        AgentSnapshot now = snapshot();
        return now.predictions() + " predictions, " + now.buffered() + " records wait, link "
                + (now.connected() ? "up" : "down");
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

    /** Asks for a stop after which whoever runs the agent closes it and opens it again. Thread-safe. */
    public void requestRestart() {
        restart.set(true);
        requestStop();
    }

    /** Whether the stop that was asked for is to be followed by a start. Thread-safe. */
    public boolean restartRequested() {
        return restart.get();
    }

    /** What runs now: its own configuration with that of the fleet over it. Thread-safe. */
    public DeviceConfig config() {
        return configurator.config();
    }

    /** What the agent has done so far. Thread-safe. */
    public AgentSnapshot snapshot() {
        StoreView seen = seen();
        List<Pipelines.View> views = pipelines.view();
        return new AgentSnapshot(
                views.stream().mapToLong(Pipelines.View::predictions).sum(),
                views.stream().mapToLong(Pipelines.View::failures).sum(),
                seen.recorded(),
                counters.get(Counter.REFUSED_QUEUE_FULL)
                        + counters.get(Counter.REFUSED_TOO_LARGE)
                        + counters.get(Counter.REFUSED_STORE),
                seen.buffered(),
                seen.acknowledged(),
                control.connected(),
                views.isEmpty() ? "" : views.getFirst().lastLabel());
    }

    private StoreView seen() {
        return Objects.requireNonNull(view.get());
    }

    /** The models that run. Thread-safe. */
    public List<ModelRef> models() {
        return pipelines.models();
    }

    /** How the releases of models stand on this device. Thread-safe. */
    public List<Reported.Model> releases() {
        return updater.reported();
    }

    /** Whether the store could do its work when its thread last looked. Thread-safe. */
    public OutboxHealth storeHealth() {
        return seen().health();
    }

    /** Where it answers over HTTP; null while it does not. Thread-safe. */
    public @Nullable InetSocketAddress apiAddress() {
        return api.address();
    }

    /** What is wrong now. Thread-safe. */
    public List<Status.Condition> conditions() {
        return conditions.now();
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
        if (watching != null) {
            watching.stop(WATCHDOG_STOP_LIMIT); // it waits for nothing
        }
        if (renewing != null) {
            renewing.stop(RENEWAL_STOP_LIMIT); // it may wait for the network, and owns nothing that others need
        }
        if (serving == null || serving.stop(API_STOP_LIMIT)) {
            api.close(); // who calls owns nothing that others need
        }
        // first those that may change all else, then what makes records, then what takes them
        boolean stopped = stop(changing) && pipelines.stop(STOP_LIMIT);
        hardware.close(); // outputs are safe before anything else takes its time, also where a worker hangs
        acts.close();
        stopped = stopped && stop(running);
        if (!stopped) {
            faults.record("agent", "a worker did not stop within " + STOP_LIMIT.toSeconds() + " s", null);
            return;
        }
        if (started) {
            history.add("agent.stopped", "asked to stop");
            clock.close();
            Drain.run(store, control, options.drain());
        }
        closeOpened();
    }

    private static boolean stop(Deque<Runner.Running> threads) {
        boolean stopped = true;
        while (stopped && !threads.isEmpty()) {
            stopped = threads.pop().stop(STOP_LIMIT);
        }
        return stopped;
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
