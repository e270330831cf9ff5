package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.cue.CueLibrary;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A real fleet with its broker, and one device as a process of its own, started again whenever it dies; releases are published
 * and assigned to it. Owned by the test's thread.
 */
final class UpdateWorld implements AutoCloseable {
    static final String DEVICE = "press-1";
    static final String MODEL = "bearing-condition";

    /** How long anything may take; a hang in a test of a release is waited for by the device for two minutes. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Duration STEP = Duration.ofMillis(200);

    final SigningKey key = SigningKey.generate();
    final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    final Path folder;
    final FleetClient operator;
    private final Fleet fleet;
    private final Path natives;
    private final ReceiptLedger ledger;
    private FulmarProcess agent;
    private @Nullable Reported said;
    private long version;
    private int deaths;

    /** Starts the fleet, not yet the device. */
    UpdateWorld(Path folder) throws Exception {
        this.folder = folder;
        natives = CueLibrary.in(folder.resolve("natives"));
        Path data = Files.createDirectories(folder.resolve("fleet"));
        TrustRoot.of(
                        1,
                        List.of(new TrustRoot.Key(key.verifyingKey(), null)),
                        Map.of(
                                TrustRole.RELEASE,
                                new TrustRoot.Signers(List.of(key.verifyingKey().id()), 1)))
                .write(folder.resolve("trust.json"));
        ledger = new ReceiptLedger(folder.resolve("receipts"));
        fleet = Fleet.open(FleetConfig.inDirectory(data));
        operator =
                FleetClient.connect(broker(), null, null, List.of(wire.topics().reported(DEVICE)), this::onMessage);
        Files.writeString(folder.resolve("device.toml"), """
                [device]
                id = "%s"
                board = "generic-x86-64"
                [state]
                dir = "%s"
                [mqtt]
                url = "mqtt://127.0.0.1:%d"
                backoff_max = "1s"
                [trust]
                root = "%s"
                [update]
                trial = "30s"
                trial_frames = 200
                [[model]]
                name = "%s"
                [[pipeline]]
                name = "vibration"
                model = "%s"
                [pipeline.source]
                type = "simulated"
                rate = 100
                seed = 1
                window = 256
                [[pipeline.postprocess]]
                type = "label"
                [pipeline.record]
                policy = "all"
                """.formatted(
                        DEVICE, state(), fleet.mqttPort(), folder.resolve("trust.json"), MODEL, MODEL));
        agent = agent(List.of());
    }

    private FulmarProcess agent(List<String> by) {
        return new FulmarProcess(
                by,
                List.of(
                        "-D" + CueLibrary.PROPERTY + "=" + natives,
                        "-XX:ErrorFile=" + folder.resolve("crash-%p.log"),
                        "-XX:-CreateCoredumpOnCrash"),
                List.of(
                        "agent",
                        "--config",
                        folder.resolve("device.toml").toString(),
                        "--receipts",
                        folder.resolve("receipts").toString()),
                folder.resolve("agent.log"));
    }

    URI broker() {
        return URI.create("mqtt://127.0.0.1:" + fleet.mqttPort());
    }

    Path state() {
        return folder.resolve("state");
    }

    Path data() {
        return folder.resolve("fleet");
    }

    Path journal() {
        return state().resolve("models").resolve("journal");
    }

    FulmarProcess agent() {
        return agent;
    }

    /** How often the device died by itself. */
    int deaths() {
        return deaths;
    }

    /** Starts the device with a release in its inbox, and waits until that has proved itself. */
    void startWith(PackageReader release) throws IOException {
        new Inbox(Files.createDirectories(state()).resolve("models")).put(release);
        start();
        Reported.Model end = awaitEnd(release.manifestDigest());
        assertThat(end.state()).as(String.valueOf(end.reason())).isEqualTo(Reported.ModelState.ACTIVE);
    }

    void start() throws IOException {
        agent.start();
    }

    /** Starts the device by way of another program, until it dies. */
    void startBy(List<String> program) throws IOException {
        agent.close();
        agent = agent(program);
        agent.start();
    }

    /** Ends what runs of the device, and lets it be started as ever from now on. */
    void kill() {
        agent.close();
        agent = agent(List.of());
    }

    void publish(PackageReader release) {
        new Catalog(data()).publish(release, null);
    }

    /** Assigns a release anew. */
    Desired.Model assign(PackageReader release) {
        Desired.Model wanted = DemoReleases.wanted(release, version + 1);
        want(wanted);
        return wanted;
    }

    /** Publishes the next desired state. */
    void want(Desired.Model model) {
        version++;
        byte[] document = DesiredCodec.encode(new Desired(version, DEVICE, Desired.Config.of(""), List.of(model)));
        operator.send(wire.topics().desired(DEVICE), document, true);
    }

    /** Wants the same once more under a new version, and waits until the device has seen that. */
    void wantAgain(Desired.Model model) {
        want(model);
        await("the device sees version " + version, () -> said != null && said.desiredVersion() == version);
    }

    private void onMessage(InboundMessage message) {
        if (wire.decodeUplink(new Envelope(
                                message.topic(), message.payload(), message.contentType(), message.userProperties()))
                        .message()
                instanceof Reported report) {
            said = report;
        }
    }

    /** What the device says of that release; null for nothing. */
    Reported.@Nullable Model said(String manifest) {
        return said == null
                ? null
                : said.models().stream()
                        .filter(it -> it.manifest().equals(manifest))
                        .findFirst()
                        .orElse(null);
    }

    /** Waits until that release has come to an end, and says to which. */
    Reported.Model awaitEnd(String manifest) {
        await("the end of " + manifest, () -> isOver(said(manifest)));
        Reported.Model end = said(manifest);
        assertThat(end).isNotNull();
        return end;
    }

    /** Waits until that release has come to an end in answer to this, and says to which. */
    Reported.Model awaitEnd(Desired.Model wanted) {
        await("the end of " + wanted.version(), () -> {
            Reported.Model it = said(wanted.manifest());
            return it != null && isOver(it) && it.assigned() == wanted.assigned();
        });
        Reported.Model end = said(wanted.manifest());
        assertThat(end).isNotNull();
        return end;
    }

    /** Waits until that release is at that step. */
    void awaitState(Desired.Model wanted, Reported.ModelState state) {
        await(wanted.version() + " at " + state, () -> {
            Reported.Model it = said(wanted.manifest());
            return it != null && it.state() == state && it.assigned() == wanted.assigned();
        });
    }

    /** Tells the device to let the release before run again. */
    void rollBack() {
        Command command = new Command(
                "rollback-" + version + "-" + receipts(),
                "model.rollback",
                Map.of("model", MODEL),
                null,
                System.currentTimeMillis() + 3_600_000,
                DEVICE,
                null);
        operator.send(wire.topics().command(DEVICE), Commands.encode(command), false);
    }

    /** Where a file of a release lies on the device. */
    Path blob(String sha256) {
        return state().resolve("models").resolve("blobs").resolve("sha256").resolve(sha256);
    }

    static boolean isOver(Reported.@Nullable Model model) {
        return model != null
                && switch (model.state()) {
                    case ACTIVE, ROLLED_BACK, REJECTED -> true;
                    case DOWNLOADING, VERIFYING, STAGED, TESTING, SHADOW, SHADOWED, TRIAL -> false;
                };
    }

    /** The version of the model that the device's pipeline runs, as it says; empty while it runs none. */
    String runs() {
        return said == null
                ? ""
                : said.pipelines().stream()
                        .filter(it -> it.state() == Reported.Doing.RUNNING && it.model() != null)
                        .map(it -> it.model().version())
                        .findFirst()
                        .orElse("");
    }

    /** Waits until the device has recorded so many predictions more. */
    void awaitPredictions(int more) {
        int least = receipts() + more;
        await("predictions", () -> receipts() >= least);
    }

    int receipts() {
        try {
            return ledger.update().receipts().size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often the journal, as far as it goes back, says that this release is on its way. */
    long attempts(String manifest) {
        return lines().stream()
                .filter(line -> {
                    int attempt = line.indexOf("\tattempt ");
                    int failed = line.indexOf("\tfailed ");
                    return attempt >= 0
                            && line.substring(attempt, failed < attempt ? line.length() : failed)
                                    .contains(manifest);
                })
                .count();
    }

    private List<String> lines() {
        return journalText().lines().toList();
    }

    String journalText() {
        try {
            return Files.readString(journal());
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits, and starts the device again whenever it has died. */
    void await(String what, BooleanSupplier holds) {
        awaitDead(what, holds, true);
    }

    /** Waits, and leaves a device that has died as it is. */
    void awaitWithoutStarting(String what, BooleanSupplier holds) {
        awaitDead(what, holds, false);
    }

    private void awaitDead(String what, BooleanSupplier holds, boolean starting) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!operator.await(holds, STEP)) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited too long for " + what + "; the device says " + said + " and printed\n"
                        + tail(folder.resolve("agent.log")));
            }
            if (starting && !agent.isAlive()) {
                deaths++;
                kill();
                try {
                    agent.start();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static String tail(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Stops the device and looks for every receipt that it gave. */
    Proof.Verdict prove() throws Exception {
        agent.terminate();
        assertThat(agent.await(Duration.ofMinutes(1))).as("exit code").isZero();
        StoppedOutbox outbox = StoppedOutbox.in(state());
        try (FleetQueries queries = FleetQueries.open(data())) {
            return Proof.of(Map.of(DEVICE, ledger.update()), queries, (device, receipt) -> outbox.holds(receipt));
        }
    }

    @Override
    public void close() {
        agent.close();
        operator.close();
        fleet.close();
    }
}
