package io.fulmar.agent.configure;

import io.fulmar.agent.command.Authorisation;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.LinkPlan;
import io.fulmar.agent.run.LinkView;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.agent.run.Worker;
import io.fulmar.config.ConfigDiff;
import io.fulmar.config.ConfigException;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.Device;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.Fragment;
import io.fulmar.config.LoadResult;
import io.fulmar.config.Log;
import io.fulmar.config.PipelineSettings;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the device to the configuration that the fleet wants, and says where it stands: checks it as the device's own file
 * is checked, rebuilds only what is different, tries other connection settings before it believes in them, and keeps what
 * ran before.
 *
 * <p>It has a thread of its own, since opening a model takes its time: neither the link nor a command that does not ask for
 * a change ever waits for it. What is not certain to end well is marked on the disk before it begins, so that a device that
 * dies of it starts with what ran before and does not try it again.
 *
 * <p>Owned by its thread, except {@link #offer}, {@link #set}, {@link #exchange}, {@link #rest} and {@link #view}, which are
 * thread-safe.
 */
public final class Configurator implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("config");

    private static final String BUSY = "other changes are under way; try again later";

    private final Parts parts;
    private final ModelExchange exchange;
    private final ConfigStore store;
    private final DesiredGate gate;
    private final Reporter reporter;
    private final AtomicReference<@Nullable InboundMessage> newest = new AtomicReference<>();
    private final ArrayBlockingQueue<Request> requests = new ArrayBlockingQueue<>(Limits.REQUESTS);
    private final AtomicReference<View> view;
    private final Startup startup;
    private DeviceConfig config;
    private LinkPlan plan;
    private Generation running;
    private String toml;
    private @Nullable TurnedDown turnedDown;
    private @Nullable OnTrial trial;
    /** What could not even be turned down, since the disk is full or read-only. */
    private @Nullable InboundMessage unkept;

    private long lookedAtNanos;
    private boolean looked;

    /**
     * What the configurator works on.
     *
     * @param models how the releases stand that lie on the device or are on their way
     * @param wantedModels takes the releases that the fleet wants, whatever becomes of the configuration beside them
     * @param openers makes an opener that reads each model anew
     * @param plans how the link of a configuration is made; a {@code LinkException} says that it cannot be
     * @param events takes what belongs into the device's history: its name and what there is to say
     * @param wallMillis the wall clock
     *     <p>Immutable.
     */
    public record Parts(
            String agentVersion,
            Pipelines pipelines,
            Supplier<List<Reported.Model>> models,
            Consumer<List<Desired.Model>> wantedModels,
            Supplier<PipelineOpener> openers,
            ControlWorker control,
            Function<DeviceConfig, LinkPlan> plans,
            Consumer<Log.Level> logLevel,
            Authorisation authorisation,
            BiConsumer<String, String> events,
            LongSupplier wallMillis,
            Counters counters,
            Conditions conditions,
            FaultLog faults,
            Doorbell doorbell) {}

    /**
     * The configuration that runs, for other threads.
     *
     * @param toml what the device's own files, the fleet and the command line say together
     * @param groups those that the link of now listens to, also while it is on trial
     *     <p>Immutable.
     */
    record View(DeviceConfig config, Generation running, String toml, Kept kept, List<String> groups) {}

    /** Something that must not happen while a configuration is taken over. */
    private record Request(LongConsumer what, AtomicBoolean taken) {
        /** Whether it may begin, or be withdrawn: only the first to ask gets it. */
        boolean take() {
            return taken.compareAndSet(false, true);
        }
    }

    private record OnTrial(
            Generation generation, DeviceConfig config, LinkPlan plan, long link, long endNanos, Duration limit) {}

    public Configurator(Startup startup, Parts parts) {
        this.parts = parts;
        this.exchange = new ModelExchange(parts.pipelines(), parts.openers(), parts.conditions());
        this.startup = startup;
        this.store = startup.store();
        this.config = startup.config();
        this.running = startup.running();
        this.toml = startup.text(running);
        this.turnedDown = startup.turnedDown();
        this.gate = new DesiredGate(config.device().id(), parts.authorisation());
        this.reporter = new Reporter(config.device().id(), parts.control(), this::reported);
        this.plan = parts.plans().apply(config);
        this.view = new AtomicReference<>(viewNow());
        showAgain(turnedDown);
    }

    // ---- from other threads

    /** Takes a message from the desired topic; of several only the last counts. Never blocks. */
    public void offer(InboundMessage message) {
        newest.set(message);
        parts.doorbell().ring();
    }

    /** Lays this fragment over what the fleet has said so far; waits, not for ever, for what becomes of it. */
    public Configured set(String toml) {
        return between(nowNanos -> change(toml, nowNanos), Configured.Refused::new, Configured.Pending::new);
    }

    /**
     * Lets all pipelines of a model run what was found from their next frame on, or none of them; waits for it. With
     * {@link Found.Nothing} they are closed, and {@code model-missing} says why; otherwise those that are not open because
     * the model was missing are opened.
     */
    public Exchanged exchange(String model, Found to) {
        return between(
                nowNanos -> exchange.to(config, model, to),
                reason -> new Exchanged.Refused(reason, true),
                () -> new Exchanged.Refused("it does not come to an end", true),
                Limits.EXCHANGE_ENDS);
    }

    /** Lets the pipelines of a model rest, and closes their interpreters, until {@link #exchange} gives them another. */
    public Exchanged rest(String model) {
        return between(
                nowNanos -> exchange.rest(config, model),
                reason -> new Exchanged.Refused(reason, true),
                () -> new Exchanged.Refused("it does not come to an end", true),
                Limits.EXCHANGE_ENDS);
    }

    /** Lets the release before the active one run again. */
    CommandOutcome giveBack(StoredModels models, String model) {
        return between(
                nowNanos ->
                        exchange.giveBack(config, models, model, store.kept().seenVersion()),
                CommandOutcome.Refused::new,
                () -> new CommandOutcome.Unknown("it takes long; the reported state will say what becomes of it"));
    }

    /**
     * Has the configurator's thread do something while no configuration is being taken over; waits, not for ever.
     *
     * @param busy what to say when too much is asked for already
     * @param pending what to say when it takes longer
     */
    private <T> T between(LongFunction<T> what, Function<String, T> busy, Supplier<T> pending) {
        return between(what, busy, pending, Duration.ZERO);
    }

    /** @param ends how much longer to wait once it has begun */
    private <T> T between(LongFunction<T> what, Function<String, T> busy, Supplier<T> pending, Duration ends) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Request request = new Request(nowNanos -> answer.complete(what.apply(nowNanos)), new AtomicBoolean());
        if (!requests.offer(request)) {
            return busy.apply(BUSY);
        }
        parts.doorbell().ring();
        T result = await(answer, Limits.REQUEST);
        if (result == null && request.take()) {
            return busy.apply(BUSY);
        }
        result = result == null ? await(answer, ends) : result;
        return result == null ? pending.get() : result;
    }

    private static <T> @Nullable T await(CompletableFuture<T> answer, Duration limit) {
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (TimeoutException | ExecutionException e) {
            return null;
        }
    }

    /** The configuration that runs as TOML, without secrets. Thread-safe. */
    public String toml() {
        return view().toml();
    }

    /** The configuration that runs now. */
    public DeviceConfig config() {
        return view().config();
    }

    /** The groups whose commands the link of now listens to. */
    public List<String> groups() {
        return view().groups();
    }

    /** What runs now. */
    View view() {
        return Objects.requireNonNull(view.get());
    }

    // ---- the thread

    @Override
    public int work(long nowNanos) {
        return answer(nowNanos) + look(nowNanos) + judge(nowNanos) + reporter.work(nowNanos);
    }

    @Override
    public long idleNanos(long nowNanos) {
        return (trial == null ? Limits.LOOK_EVERY : Limits.LOOK_IN_TRIAL).toNanos();
    }

    private int answer(long nowNanos) {
        Request request = requests.poll();
        if (request == null) {
            return 0;
        }
        if (request.take()) {
            request.what().accept(nowNanos);
        }
        return 1;
    }

    private Configured change(String toml, long nowNanos) {
        if (trial != null) {
            return new Configured.Refused("other connection settings are on trial; try again when that has ended");
        }
        return switch (Fragment.over(running.toml(), toml)) {
            case Fragment.Wrong wrong -> new Configured.Refused(Startup.text(wrong.problems()));
            case Fragment.Text text -> {
                Kept kept = store.kept();
                Configured result = takeOver(generation(running.version(), text.toml()), kept, nowNanos);
                if (result instanceof Configured.Refused && store.kept().attempt() != null) {
                    keep(kept);
                }
                yield result;
            }
        };
    }

    // ---- what the fleet wants

    private int look(long nowNanos) {
        if (looked && nowNanos - lookedAtNanos < Limits.DESIRED_EVERY.toNanos()) {
            return 0;
        }
        InboundMessage message = newest.getAndSet(null);
        if (message == null && unkept != null && nowNanos - lookedAtNanos >= Limits.KEEP_AGAIN.toNanos()) {
            message = unkept;
        }
        if (message == null) {
            return 0;
        }
        looked = true;
        lookedAtNanos = nowNanos;
        unkept = null;
        if (message.payload().length == 0) { // nobody wants anything any more, nor what was refused
            showAgain(standing());
            return 1;
        }
        switch (gate.open(message.payload())) {
            case DesiredGate.Result.Taken taken -> {
                if (taken.desired().version() >= store.kept().seenVersion()) {
                    parts.wantedModels().accept(taken.desired().models());
                }
                wanted(taken.desired(), nowNanos);
                if (taken.desired().version() > store.kept().seenVersion()) {
                    unkept = message;
                }
            }
            case DesiredGate.Result.Refused refused -> show(TurnedDown.refused(refused.reason()));
        }
        return 1;
    }

    private void wanted(Desired desired, long nowNanos) {
        Kept kept = store.kept();
        String sha256 = desired.config().sha256();
        if (desired.version() <= kept.seenVersion()) {
            if (sha256.equals(kept.seenSha256()) || sha256.equals(running.sha256())) {
                parts.counters().count(Counter.CONFIG_UNCHANGED);
                showAgain(standing());
            } else {
                show(TurnedDown.refused("the desired state has the version " + desired.version()
                        + " and this device has seen " + kept.seenVersion() + " already; give it a higher one"));
            }
            return;
        }
        OnTrial superseded = trial;
        trial = null;
        Kept seen = kept.turnedDown(kept.turnedDown()).seen(desired.version(), sha256);
        switch (takeOver(generation(desired.version(), desired.config().toml()), seen, nowNanos)) {
            case Configured.Trial _ -> superseded = null;
            case Configured.Refused refused -> turnDown(seen, TurnedDown.refused(refused.reason()));
            case Configured.Unchanged _, Configured.Applied _, Configured.Pending _ -> {}
        }
        if (superseded != null) {
            parts.control().exchange(plan);
        }
    }

    /** What was turned down for good; what was only said, by whoever it was, is over when something else is said. */
    private @Nullable TurnedDown standing() {
        Kept kept = store.kept();
        boolean ownInstead = running.equals(Generation.OWN) && !kept.active().equals(Generation.OWN);
        return ownInstead ? startup.turnedDown() : kept.turnedDown();
    }

    private Generation generation(long version, String toml) {
        Kept kept = store.kept();
        long last = Math.max(running.number(), kept.active().number());
        return new Generation(last + 1, version, toml);
    }

    // ---- take over

    /** @param kept what is to be kept if it succeeds, but for the generation itself */
    private Configured takeOver(Generation generation, Kept kept, long nowNanos) {
        if (generation.toml().equals(running.toml())) {
            return confirm(generation.version(), kept);
        }
        DeviceConfig wanted;
        LinkPlan wantedPlan;
        try {
            switch (ConfigLoader.load(Startup.layered(startup.sources(), generation))) {
                case LoadResult.Loaded loaded -> wanted = withoutLocal(loaded.config());
                case LoadResult.Invalid invalid -> {
                    return new Configured.Refused(Startup.text(invalid.problems()));
                }
            }
            wantedPlan = parts.plans().apply(wanted);
        } catch (ConfigException | LinkException e) {
            return new Configured.Refused(String.valueOf(e.getMessage()));
        }
        String problem = store.keep(kept.attempting(generation));
        if (problem != null) {
            return new Configured.Refused(problem);
        }
        return switch (rebuild(wanted)) {
            case Rebuild.Result.Failed failed -> new Configured.Refused(failed.reason());
            case Rebuild.Result.Opened opened -> {
                ConfigDiff diff = ConfigDiff.between(config, wanted);
                if (diff.link() || diff.groups()) {
                    opened.rebuild().close();
                    yield begin(generation, wanted, wantedPlan, nowNanos);
                }
                yield commit(generation, wanted, opened.rebuild());
            }
        };
    }

    /** What the device's own file has come to say about these since the agent started waits until it starts again. */
    private DeviceConfig withoutLocal(DeviceConfig loaded) {
        List<String> local = ConfigDiff.between(config, loaded).local();
        if (!local.isEmpty()) {
            parts.faults()
                    .record(
                            "config",
                            "the device's own file says something else now: " + String.join(", ", local),
                            "restart the agent to let it count");
        }
        Device device = new Device(
                config.device().id(), loaded.device().groups(), config.device().board());
        return new DeviceConfig(
                device,
                config.state(),
                loaded.mqtt(),
                config.outbox(),
                loaded.models(),
                loaded.pipelines(),
                loaded.log(),
                loaded.update(),
                config.trust(),
                config.hardware(),
                config.api());
    }

    private Rebuild.Result rebuild(DeviceConfig wanted) {
        return Rebuild.open(parts.pipelines(), parts.openers(), config, wanted, parts.faults());
    }

    /** What runs is what is wanted, now by this version. */
    private Configured confirm(long version, Kept kept) {
        running = new Generation(running.number(), version, running.toml());
        keep(kept.confirmed(running));
        parts.counters().count(Counter.CONFIG_UNCHANGED);
        showAgain(null);
        return new Configured.Unchanged();
    }

    private Configured commit(Generation generation, DeviceConfig wanted, Rebuild rebuild) {
        String problem = store.keep(store.kept().committed(generation, replacedModels(config, wanted)));
        if (problem != null) {
            rebuild.close();
            return new Configured.Refused(problem);
        }
        rebuild.swap(parts.counters());
        for (PipelineSettings before : config.pipelines()) {
            if (parts.pipelines().names().contains(before.name())
                    || wanted.pipeline(before.name()).isEmpty()) {
                parts.conditions().clear(ConditionName.MODEL_MISSING, before.name());
            }
        }
        if (wanted.log().level() != config.log().level()) {
            parts.logLevel().accept(wanted.log().level());
        }
        config = wanted;
        running = generation;
        toml = startup.text(generation);
        parts.counters().count(Counter.CONFIG_APPLIED);
        LOG.info("configuration {} runs{}", generation.number(), origin(generation));
        parts.events().accept("config.applied", "generation " + generation.number() + origin(generation));
        showAgain(null);
        return new Configured.Applied(generation.number());
    }

    private static String origin(Generation generation) {
        return generation.version() > 0 ? ", of the desired state " + generation.version() : "";
    }

    private static Map<String, String> replacedModels(DeviceConfig old, DeviceConfig now) {
        Map<String, String> replaced = new TreeMap<>();
        for (PipelineSettings before : old.pipelines()) {
            now.pipeline(before.name())
                    .filter(it -> !it.model().equals(before.model()))
                    .ifPresent(it -> replaced.put(before.name(), before.model()));
        }
        return replaced;
    }

    // ---- the trial of a connection

    private Configured begin(Generation generation, DeviceConfig wanted, LinkPlan wantedPlan, long nowNanos) {
        Duration limit = config.mqtt().trial();
        long link = parts.control().exchange(wantedPlan);
        trial = new OnTrial(generation, wanted, wantedPlan, link, nowNanos + limit.toNanos(), limit);
        LOG.info("the connection to {} is on trial for {} s", wanted.mqtt().url(), limit.toSeconds());
        parts.events().accept("config.trial", "generation " + generation.number() + origin(generation));
        view.set(viewNow());
        return new Configured.Trial(generation.number());
    }

    private int judge(long nowNanos) {
        OnTrial now = trial;
        if (now == null) {
            return 0;
        }
        LinkView link = parts.control().view();
        if (link.number() == now.link() && link.welcomed()) {
            trial = null;
            passed(now);
            return 1;
        }
        if (nowNanos - now.endNanos() >= 0) {
            trial = null;
            goBack(TurnedDown.reverted("no welcome within " + now.limit().toSeconds() + " s over "
                    + now.config().mqtt().url() + ": " + trouble(now, link)));
            return 1;
        }
        return 0;
    }

    private static String trouble(OnTrial trial, LinkView link) {
        if (link.number() != trial.link()) {
            return "the link was never made";
        }
        String trouble = link.trouble();
        if (link.connections() > 0) {
            return "the broker is there, but no fleet answers" + (trouble == null ? "" : "; " + trouble);
        }
        return trouble == null ? "the broker does not answer" : trouble;
    }

    /** The link has proved itself; now the rest. */
    private void passed(OnTrial passed) {
        Configured result = switch (rebuild(passed.config())) {
            case Rebuild.Result.Failed failed -> new Configured.Refused(failed.reason());
            case Rebuild.Result.Opened opened -> commit(passed.generation(), passed.config(), opened.rebuild());
        };
        if (result instanceof Configured.Refused refused) {
            goBack(TurnedDown.refused(refused.reason()));
        } else {
            plan = passed.plan();
        }
    }

    private void goBack(TurnedDown why) {
        parts.control().exchange(plan);
        turnDown(store.kept(), why);
    }

    // ---- what became of it

    /** That is not tried again. */
    private void turnDown(Kept kept, TurnedDown why) {
        keep(kept.turnedDown(why));
        parts.events()
                .accept(why.state() == Reported.State.REVERTED ? "config.reverted" : "config.refused", why.reason());
        show(why);
    }

    private void keep(Kept kept) {
        String problem = store.keep(kept);
        if (problem != null) {
            parts.faults().record("config", problem, "free or mend the disk of the state directory");
        }
    }

    /** It was turned down just now. */
    private void show(TurnedDown why) {
        parts.counters()
                .count(why.state() == Reported.State.REVERTED ? Counter.CONFIG_REVERTED : Counter.CONFIG_REFUSED);
        String what = why.state() == Reported.State.REVERTED ? "reverted" : "refused";
        parts.faults().record("config", "the configuration was " + what + ": " + why.reason(), null);
        showAgain(why);
    }

    /** Says how it stands, whenever that came to be. */
    private void showAgain(@Nullable TurnedDown why) {
        turnedDown = why;
        boolean reverted = why != null && why.state() == Reported.State.REVERTED;
        String reason = why == null ? "" : why.reason();
        parts.conditions().set(ConditionName.CONFIG_REVERTED, reverted, reason);
        parts.conditions().set(ConditionName.CONFIG_REFUSED, why != null && !reverted, reason);
        view.set(viewNow());
    }

    private View viewNow() {
        DeviceConfig linked = trial == null ? config : trial.config();
        return new View(config, running, toml, store.kept(), linked.device().groups());
    }

    Reported reported() {
        TurnedDown why = turnedDown;
        Reported.State state = trial != null ? Reported.State.TRIAL : why == null ? Reported.State.ACTIVE : why.state();
        return new Reported(
                parts.agentVersion(),
                parts.wallMillis().getAsLong(),
                config.device().board(),
                store.kept().seenVersion(),
                new Reported.Config(
                        running.number(),
                        running.version(),
                        running.sha256(),
                        state,
                        trial == null && why != null ? why.reason() : null),
                parts.pipelines().reported(),
                parts.models().get());
    }
}
