package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.command.ControlDesk;
import io.fulmar.fleet.command.TrustDesk;
import io.fulmar.fleet.ingest.CatchUp.Pace;
import io.fulmar.fleet.registry.Identities;
import io.fulmar.fleet.registry.Registration;
import io.fulmar.fleet.registry.Rivals;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.FromDevice;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import io.fulmar.sync.wire.Taken;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what devices send, stores it, and only then acknowledges it.
 *
 * <p>Each turn collects what the link has, stores all batches in one transaction, and answers after its commit. When the
 * database fails nothing is acknowledged: the devices send again. While it is being reopened nothing is taken from the link
 * either, so the waiting is done by the broker and the devices. Stepped by {@link #work}; owned by the ingest thread, but
 * for {@link #status}, which is thread-safe.
 */
public final class Ingest implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ingest.class);

    private final Supplier<FleetStore> stores;
    private final Link link;
    private final Wire wire;
    private final InstantSource clock;
    private final String fleetVersion;
    private final Identities identities;
    private final Registration registration;
    private final boolean several;
    private final Rivals rivals = new Rivals();
    private final Strangers strangers = new Strangers();
    private final Answers answers;
    private final ControlDesk desk;
    private final RateLimitedLog refusedLog = new RateLimitedLog(LOG);
    private final RateLimitedLog strangersLog = new RateLimitedLog(LOG);
    private final RateLimitedLog revokedLog = new RateLimitedLog(LOG);
    private final RateLimitedLog connectionLog = new RateLimitedLog(LOG);
    private final RateLimitedLog databaseLog = new RateLimitedLog(LOG);
    private final AtomicReference<IngestStatus> status = new AtomicReference<>(IngestStatus.STARTING);

    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Greeting> greetings = new ArrayList<>();
    private final Early early = new Early();
    private final CatchUp catchUp = new CatchUp();
    private final Carried carried = new Carried();
    private final Counts counts = new Counts();
    private @Nullable FleetStore store;
    private @Nullable String databaseFault;
    private @Nullable String connectionFault;
    private boolean chief;
    private List<String> listening = List.of();
    private boolean whoIsThereIsKnown;
    private long disconnectedNanos;
    private long reopenNanos;
    private long flushedNanos;
    private long commitNanos;
    private long nowNanos;

    /**
     * @param stores opens the database; called again after a failure
     * @param links makes the link that tells its events to the given listener
     * @param trust whose signature a desired state needs
     * @param identities who devices are
     * @param registration which of them something is taken of
     * @param several whether other services on the same database may share the work; then the link subscribes to what is
     *     {@link #shared}
     */
    public Ingest(
            Supplier<FleetStore> stores,
            Function<Consumer<LinkEvent>, Link> links,
            Wire wire,
            InstantSource clock,
            String fleetVersion,
            TrustDesk trust,
            Identities identities,
            Registration registration,
            boolean several) {
        this.stores = stores;
        this.wire = wire;
        this.clock = clock;
        this.fleetVersion = fleetVersion;
        this.identities = identities;
        this.registration = registration;
        this.several = several;
        this.store = stores.get();
        this.link = links.apply(this::onEvent);
        this.answers = new Answers(wire, link);
        this.desk = new ControlDesk(wire.topics(), link, trust);
    }

    /** What a service that is alone listens to. */
    public static List<String> every(Topics topics) {
        List<String> every = new ArrayList<>(kept(topics));
        every.addAll(List.of(topics.everyUp(), topics.everyHello(), topics.everyCommand(), topics.everyGroupCommand()));
        return every;
    }

    /** What each of several services listens to all the time: every message goes to one of them. */
    public static List<String> shared(Topics topics) {
        return List.of(shared(topics.everyCommand()), shared(topics.everyGroupCommand()));
    }

    /** The same filter, so that each message goes to one of several services. */
    public static String shared(String filter) {
        return "$share/fulmar/" + filter;
    }

    /** The same for what a service can only take while its database works; else the others get it. */
    private static List<String> sharedWhileStoring(Topics topics) {
        return List.of(shared(topics.everyUp()), shared(topics.everyHello()));
    }

    /** What brokers keep; they do not tell it to those who share, so one of several services listens for all of them. */
    private static List<String> kept(Topics topics) {
        return List.of(topics.everyStatus(), topics.everyDesired(), topics.everyReported());
    }

    /** Where batches can be brought that did not come over the broker. Thread-safe. */
    public Carried carried() {
        return carried;
    }

    /** How the ingest is. Thread-safe. */
    public IngestStatus status() {
        return Objects.requireNonNull(status.get());
    }

    /** Does what there is to do now. Returns 0 when there was nothing. */
    public int work(long now) {
        nowNanos = now;
        int done = 0;
        FleetStore open = store == null ? reopen() : store;
        if (open != null) {
            try {
                share(open);
                done += link.work(now);
                done += storeAndAnswer(open);
                done += storeCarried(open);
                done += answer();
                done += giveTurns();
                done += desk.work(open.control(), chief, now, clock.millis());
                flushRegistry(open);
                done += chief ? open.retention().work(now, clock.millis()) : 0;
            } catch (FleetException e) {
                giveUp(open, e);
            }
        }
        if (several) {
            listen();
        }
        done += answers.send();
        publishStatus();
        return done;
    }

    /** Finds out whether this service does what only one does. */
    private void share(FleetStore open) {
        boolean before = chief;
        if (!several) {
            chief = true;
        } else if (link.connected()) {
            chief = open.duty().taken(nowNanos);
        } else if (chief && nowNanos - disconnectedNanos > Limits.DUTY_WITHOUT_BROKER.toNanos()) {
            open.duty().release();
            chief = false;
        }
        if (several && chief != before) {
            LOG.info("{} looks after all devices now", chief ? "this service" : "another service");
            whoIsThereIsKnown = false;
            if (chief) {
                desk.connected(nowNanos);
            }
        }
        if (chief && !whoIsThereIsKnown) {
            // not when the connection is up: a hello may be heard before the broker has granted every subscription
            open.registry().forgetOnline();
            whoIsThereIsKnown = true;
        }
    }

    /** Has the broker send what can be taken now. */
    private void listen() {
        List<String> filters = new ArrayList<>();
        if (store != null) {
            filters.addAll(sharedWhileStoring(wire.topics()));
            filters.addAll(chief ? kept(wire.topics()) : List.of());
        }
        if (!filters.equals(listening)) {
            listening = filters;
            link.listen(filters);
        }
    }

    private void onEvent(LinkEvent event) {
        switch (event) {
            case LinkEvent.Connected connected -> {
                connectionFault = null;
                if (chief) {
                    desk.connected(nowNanos);
                }
                LOG.info("connected to the broker");
            }
            case LinkEvent.Disconnected disconnected -> {
                connectionFault = disconnected.reason();
                disconnectedNanos = nowNanos;
                whoIsThereIsKnown = false;
                connectionLog.warn(
                        nowNanos, "no connection to the broker", disconnected.reason() + "; " + disconnected.hint());
            }
            case LinkEvent.Received received -> onMessage(received.message());
            case LinkEvent.Unsubscribed refused ->
                connectionLog.warn(nowNanos, "a subscription was refused", refused.reason() + "; " + refused.hint());
            case LinkEvent.Published published ->
                desk.published(published); // answers are not tracked: who misses one asks again
        }
    }

    private void onMessage(InboundMessage message) {
        Topic topic = wire.topics().parse(message.topic());
        boolean cleared = topic instanceof Topic.Status || topic instanceof Topic.Reported;
        if (cleared && message.payload().length == 0) {
            return; // somebody cleared what was retained
        }
        String speaker = speaker(topic);
        if (speaker != null && identities.isRevoked(speaker)) {
            refuseRevoked(speaker, message.topic());
            return;
        }
        if (speaker != null && !registration.admits(identities, speaker)) {
            turnAway(speaker, topic);
            return;
        }
        if (speaker != null) {
            strangers.taken(speaker);
        }
        var envelope =
                new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties());
        FromDevice from;
        try {
            if (topic != null && desk.take(topic, message, nowNanos, clock.millis())) {
                return;
            }
            from = wire.decodeUplink(envelope);
        } catch (WireException e) {
            refuse(topic, message.topic(), e);
            return;
        }
        long nowMillis = clock.millis();
        switch (from.message()) {
            case Batch batch -> arrivals.add(new Arrival(from.device(), batch, envelope, nowMillis));
            case Hello hello -> greetings.add(new Greeting(from.device(), hello));
            case Reported reported -> {
                String document = new String(message.payload(), StandardCharsets.UTF_8);
                desk.reported(from.device(), reported, document, nowMillis);
            }
            case Status said -> {
                if (store != null) {
                    String document = new String(message.payload(), StandardCharsets.UTF_8);
                    store.registry().status(from.device(), said, document, message.retained(), nowMillis);
                }
            }
        }
    }

    /** The device that a topic is for to speak on; null for a topic on which others speak. */
    private static @Nullable String speaker(@Nullable Topic topic) {
        return switch (topic) {
            case Topic.Up up -> up.device();
            case Topic.Hello hello -> hello.device();
            case Topic.Status status -> status.device();
            case Topic.Reported reported -> reported.device();
            case Topic.CommandResult result -> result.device();
            case Topic.BlobGet get -> get.device();
            case Topic.DeviceBlob blob -> null;
            case Topic.SharedBlob blob -> null;
            case Topic.Down down -> null;
            case Topic.Command command -> null;
            case Topic.Desired desired -> null;
            case Topic.GroupCommand command -> null;
            case Topic.Trust trust -> null;
            case null -> null;
        };
    }

    private void refuseRevoked(String device, String topic) {
        counts.revoked++;
        if (store != null) {
            store.registry().refused(device, clock.millis());
        }
        revokedLog.warn(nowNanos, "refused a message on " + printable(topic), device + " was revoked");
    }

    /** Nothing of it is stored, not even that it was there. */
    private void turnAway(String device, @Nullable Topic topic) {
        counts.turnedAway++;
        strangers.heard(device, clock.millis());
        if (topic instanceof Topic.Hello || topic instanceof Topic.Up) {
            answers.add(device, new NotEnrolled((int) Limits.STRANGER_AWAY.toMillis(), clock.millis()));
        }
        strangersLog.warn(
                nowNanos, "turned away " + device, "it was never enrolled, and only enrolled devices are taken");
    }

    private void refuse(@Nullable Topic topic, String name, WireException e) {
        counts.refused++;
        boolean fromDevice =
                !(topic instanceof Topic.Command || topic instanceof Topic.Desired); // those come from people
        if (topic instanceof Topic.OfDevice it && fromDevice && store != null) {
            store.registry().refused(it.device(), clock.millis());
        }
        refusedLog.warn(nowNanos, "refused a message on " + printable(name), String.valueOf(e.getMessage()));
    }

    private int storeAndAnswer(FleetStore open) {
        early.join(arrivals, nowNanos);
        int taken = arrivals.size() + greetings.size();
        if (taken == 0) {
            return 0;
        }
        long before = System.nanoTime();
        for (int from = 0; from < arrivals.size(); ) {
            int to = endOfTransaction(from);
            store(open, arrivals.subList(from, to));
            answers.send();
            from = to;
        }
        for (Greeting greeting : greetings) {
            welcome(open, greeting);
        }
        catchUp.took(System.nanoTime() - before, nowNanos);
        arrivals.clear();
        greetings.clear();
        return taken;
    }

    /** Large batches come together when many devices are behind; they are not to make one transaction that takes seconds. */
    private int endOfTransaction(int from) {
        int rows = 0;
        int to = from;
        while (to < arrivals.size() && (to == from || rows < Limits.TRANSACTION_ROWS)) {
            rows += arrivals.get(to).batch().rows().size();
            to++;
        }
        return to;
    }

    private void store(FleetStore open, List<Arrival> together) {
        long before = System.nanoTime();
        List<Verdict> verdicts = open.ledger().ingest(together);
        commitNanos = System.nanoTime() - before;
        for (int i = 0; i < verdicts.size(); i++) {
            Arrival arrival = together.get(i);
            answer(arrival, verdicts.get(i));
            open.registry().heard(arrival.device(), arrival.receivedMillis());
            rivals.heard(arrival.device(), arrival.receivedMillis());
        }
    }

    private int storeCarried(FleetStore open) {
        List<Carried.Waiting> waiting = carried.take();
        for (Carried.Waiting it : waiting) {
            try {
                it.verdict().complete(storeCarried(open, it.device(), it.batch()));
            } catch (FleetException e) {
                it.verdict().completeExceptionally(e);
                if (e.category() != FleetException.Category.PERMANENT) {
                    throw e;
                }
            }
        }
        return waiting.size();
    }

    private Verdict storeCarried(FleetStore open, String device, Batch batch) {
        if (identities.isRevoked(device) || !registration.admits(identities, device)) {
            throw new FleetException(
                    FleetException.Category.PERMANENT,
                    device + (identities.isRevoked(device) ? " was revoked" : " was never enrolled"),
                    "rows of such devices are not taken, however they come");
        }
        long nowMillis = clock.millis();
        Arrival arrival = new Arrival(device, batch, wire.encode(device, batch), nowMillis);
        Verdict verdict = open.ledger().ingest(List.of(arrival)).getFirst();
        open.registry().heard(device, nowMillis);
        counts.add(batch, verdict);
        return verdict;
    }

    /**
     * Hands over the answers, of which the link takes a few at a time. What arrives meanwhile is taken in, since the MQTT client
     * tells of both on one thread, but no more than is stored at a time.
     */
    private int answer() {
        int done = answers.send();
        for (int turn = 0; turn < Limits.ANSWER_TURNS && answers.waiting() && link.connected(); turn++) {
            if (arrivals.size() >= Limits.INBOUND_QUEUE) {
                return done;
            }
            if (link.work(nowNanos) == 0) {
                LockSupport.parkNanos(Limits.ANSWER_PAUSE.toNanos());
            }
            done += answers.send();
        }
        return done;
    }

    /** Tells streams that were behind, and waited for it, to go on. */
    private int giveTurns() {
        List<CatchUp.Turn> turns = catchUp.turns(nowNanos);
        for (CatchUp.Turn turn : turns) {
            Pace pace = Pace.ONE_AT_A_TIME;
            // what is acknowledged again changes nothing; what is expected would be sent again, where another service
            // has it
            answers.add(turn.device(), acknowledge(turn.epoch(), turn.stream(), turn.head(), pace));
        }
        return turns.size();
    }

    private void answer(Arrival arrival, Verdict verdict) {
        Batch batch = arrival.batch();
        if (verdict instanceof Verdict.Ahead && several && early.keep(arrival, clock.millis())) {
            counts.batches++; // it is tried again
            return;
        }
        counts.add(batch, verdict);
        switch (verdict) {
            case Verdict.Stored stored -> acknowledge(arrival.device(), batch, stored.head());
            case Verdict.Duplicate duplicate -> acknowledge(arrival.device(), batch, duplicate.head());
            case Verdict.Ahead ahead -> {
                Pace pace = catchUp.asked(arrival.device(), batch.stream());
                answers.add(arrival.device(), expected(batch.epoch(), batch.stream(), ahead.head(), pace));
            }
            case Verdict.Conflict conflict -> {
                String reason = batch.stream().topicName() + ": " + conflict.reason();
                LOG.warn("{} has to begin a new epoch: {}", arrival.device(), reason);
                answers.add(arrival.device(), new Renew(batch.epoch(), reason, clock.millis()));
            }
        }
    }

    private void welcome(FleetStore open, Greeting greeting) {
        String device = greeting.device();
        open.registry().hello(device, greeting.hello(), clock.millis());
        if (secondOfTwo(open, device, greeting.hello().session())) {
            return;
        }
        desk.hello(device, groups(device, greeting.hello().groups()), nowNanos);
        for (StreamPosition position : greeting.hello().streams()) {
            StreamHead head = open.ledger().head(device, position.epoch(), position.stream());
            if (contradicts(open, device, position, head)) {
                String reason = position.stream().topicName() + ": row " + (position.next() - 1)
                        + " differs from the one that is stored";
                LOG.warn("{} has to begin a new epoch: {}", device, reason);
                answers.add(device, new Renew(position.epoch(), reason, clock.millis()));
                continue;
            }
            Pace pace = catchUp.greeted(device, position, head, nowNanos);
            if (position.firstBuffered() > head.next()) {
                answers.add(device, expected(position.epoch(), position.stream(), head, pace));
            } else if (position.firstBuffered() < head.next() || pace.waits()) {
                answers.add(device, acknowledge(position.epoch(), position.stream(), head, pace));
            }
        }
        // last, so that a stream that is to wait knows it before the device begins to send
        answers.add(device, new Welcome(fleetVersion, credit(Pace.FREE), retryAfterMillis(Pace.FREE), clock.millis()));
    }

    private List<String> groups(String device, List<String> said) {
        List<String> groups = identities.groups(device, said);
        if (groups.size() < said.size()) {
            refusedLog.warn(
                    nowNanos,
                    device + " says that it is of groups it was not enrolled for",
                    printable(said.toString()));
        }
        return groups;
    }

    /** Whether this one has to stay away, since another one uses its identity and was here first. */
    private boolean secondOfTwo(FleetStore open, String device, String session) {
        return switch (rivals.hello(device, session, clock.millis())) {
            case ALONE -> false;
            case FOUND -> {
                LOG.warn("two devices use the identity of {}: the one that came second is told to stay away", device);
                open.registry().shared(device, clock.millis());
                yield false;
            }
            case SECOND -> {
                LOG.warn(
                        "a second device uses the identity of {} (session {}): it is told to stay away",
                        device,
                        printable(session));
                open.registry().shared(device, clock.millis());
                answers.add(device, new Taken(session, (int) Limits.RIVAL_AWAY.toMillis(), clock.millis()));
                yield true;
            }
        };
    }

    /**
     * Whether fleet and device know different rows under one number. That the fleet has more than the device says is not
     * a contradiction in itself: rows may overtake the hello on their way here.
     */
    private static boolean contradicts(FleetStore open, String device, StreamPosition position, StreamHead head) {
        if (position.next() > head.next() || position.next() == 1) {
            return false;
        }
        ChainHash stored = position.next() == head.next()
                ? head.hash()
                : open.ledger().hashAt(device, position.epoch(), position.stream(), position.next() - 1);
        return stored != null && !stored.equals(position.tailHash());
    }

    private void acknowledge(String device, Batch batch, StreamHead head) {
        Pace pace = catchUp.stored(device, batch, head, nowNanos);
        answers.add(device, acknowledge(batch.epoch(), batch.stream(), head, pace));
    }

    private Acknowledge acknowledge(long epoch, Stream stream, StreamHead head, Pace pace) {
        return new Acknowledge(
                epoch, stream, head.next() - 1, head.hash(), credit(pace), retryAfterMillis(pace), clock.millis());
    }

    private Expected expected(long epoch, Stream stream, StreamHead head, Pace pace) {
        return new Expected(
                epoch, stream, head.next(), head.hash(), credit(pace), retryAfterMillis(pace), clock.millis());
    }

    private boolean slow() {
        return commitNanos > Limits.SLOW_COMMIT.toNanos();
    }

    private int credit(Pace pace) {
        return slow() ? Math.min(Limits.CREDIT_WHEN_SLOW, pace.credit()) : pace.credit();
    }

    private int retryAfterMillis(Pace pace) {
        int slow = slow() ? (int) Math.min(commitNanos / 1_000_000, 10_000) : 0;
        return Math.max(slow, pace.retryAfterMillis());
    }

    private void flushRegistry(FleetStore open) {
        Duration every = open.registry().urgent() ? Limits.REGISTRY_FLUSH_URGENT : Limits.REGISTRY_FLUSH;
        if (open.registry().full() || nowNanos - flushedNanos >= every.toNanos()) {
            open.registry().flush();
            flushedNanos = nowNanos;
        }
    }

    private @Nullable FleetStore reopen() {
        if (nowNanos - reopenNanos < 0) {
            return null;
        }
        try {
            FleetStore opened = stores.get();
            store = opened;
            databaseFault = null;
            LOG.info("the database is open again");
            return opened;
        } catch (FleetException e) {
            databaseFailed(e);
            return null;
        }
    }

    private void giveUp(FleetStore failed, FleetException e) {
        early.clear();
        catchUp.clear();
        chief &= !several; // it went with the session
        arrivals.clear();
        greetings.clear();
        store = null;
        databaseFailed(e);
        closeQuietly(failed);
    }

    private void databaseFailed(FleetException e) {
        counts.databaseErrors++;
        databaseFault = e.getMessage();
        reopenNanos = nowNanos + Limits.DATABASE_REOPEN.toNanos();
        databaseLog.warn(nowNanos, "the database failed, nothing is acknowledged", e.getMessage() + "; " + e.hint());
    }

    private static void closeQuietly(FleetStore failed) {
        try {
            failed.close();
        } catch (FleetException e) {
            LOG.debug("a failed database did not close", e);
        }
    }

    private void publishStatus() {
        String fault = databaseFault == null ? connectionFault : databaseFault;
        status.set(new IngestStatus(
                link.connected(),
                store != null,
                fault,
                counts.batches,
                counts.rows,
                counts.duplicates,
                counts.ahead,
                counts.conflicts,
                counts.refused,
                counts.revoked,
                counts.turnedAway,
                counts.databaseErrors,
                strangers.shown(nowNanos, clock.millis())));
    }

    /** Stops taking messages, and writes what is known about the devices. */
    @Override
    public void close() {
        answers.send();
        link.close();
        FleetStore open = store;
        store = null;
        if (open != null) {
            try (open) {
                open.registry().flush();
            }
        }
    }

    private static String printable(String topic) {
        String head = topic.length() <= 128 ? topic : topic.substring(0, 128) + "…";
        return head.replaceAll("\\p{Cntrl}", "?");
    }

    /** A hello that waits for the transaction before it. */
    private record Greeting(String device, Hello hello) {}

    /** What was done since the start. */
    private static final class Counts {
        private long batches;
        private long rows;
        private long duplicates;
        private long ahead;
        private long conflicts;
        private long refused;
        private long revoked;
        private long turnedAway;
        private long databaseErrors;

        private void add(Batch batch, Verdict verdict) {
            batches++;
            switch (verdict) {
                case Verdict.Stored stored -> {
                    rows += stored.rows();
                    duplicates += stored.duplicates();
                }
                case Verdict.Duplicate _ -> duplicates += batch.last() - batch.first() + 1;
                case Verdict.Ahead _ -> ahead++;
                case Verdict.Conflict _ -> conflicts++;
            }
        }
    }
}
