package io.fulmar.cli.fleet;

import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Changes what some devices are to have, and hears what they make of it. What is wanted already is not published again.
 * Owned by the main thread.
 */
final class DesiredSession implements DesiredWatch, AutoCloseable {
    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final Duration KEPT_WITHIN = Duration.ofSeconds(5);
    private static final int FILTERS_MOST = 32;
    private static final long VERSION_MOST = 1L << 53;

    private final BrokerOptions broker;
    private final Map<String, DesiredRow> rows;
    private final @Nullable SigningKey signer;
    private final @Nullable TrustRoot trust;
    private final @Nullable TrustRoot witness;
    private final Wire wire;
    private final PrintWriter err;
    private final FleetClient client;
    private final Map<String, Desired> heard = new HashMap<>();
    private final Map<String, Set<String>> signers = new HashMap<>();
    private final Map<String, String> disbelieved = new HashMap<>();
    private final Map<String, Reported> reported = new HashMap<>();
    private final Map<String, Desired> wanted = new LinkedHashMap<>();

    /** What one device is to have instead. */
    interface Change {
        /** The document that is to follow that one, under this version if it is another. */
        Desired of(Desired before, long version);
    }

    /**
     * Connects, and hears what the broker holds.
     *
     * @param broker resolved
     * @param rows what is known of the devices, by their names
     * @param signer null to sign nothing
     */
    DesiredSession(BrokerOptions broker, Map<String, DesiredRow> rows, @Nullable SigningKey signer, PrintWriter err) {
        this.broker = broker;
        this.rows = rows;
        this.signer = signer;
        this.err = err;
        TrustRoot root = broker.isServed() ? FleetTrust.read(broker.data.directory()) : null;
        this.trust = root != null && root.names(TrustRole.OPERATOR) ? root : null;
        this.witness = trust != null || signer == null ? trust : only(signer);
        requireSignature();
        this.wire = new Wire(broker.topics());
        this.client = broker.connect(filters(), this::onMessage);
        client.await(() -> false, SETTLE);
    }

    /** Where it is not known who may sign, a signer believes what was signed with the same key. */
    private static TrustRoot only(SigningKey signer) {
        var key = new TrustRoot.Key(signer.verifyingKey(), null);
        return TrustRoot.of(
                1,
                List.of(key),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(key.key().id()), 1)));
    }

    /** What nobody will believe need not be sent. */
    private void requireSignature() {
        if (signer == null && trust != null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the trust root " + FleetTrust.file(broker.data.directory()) + " wants an operator's signature",
                    "sign with --key FILE");
        }
    }

    private List<String> filters() {
        Topics topics = wire.topics();
        if (rows.size() > FILTERS_MOST) {
            return List.of(topics.everyDesired(), topics.everyReported());
        }
        List<String> filters = new ArrayList<>();
        rows.keySet().forEach(name -> {
            filters.add(topics.desired(name));
            filters.add(topics.reported(name));
        });
        return filters;
    }

    private void onMessage(InboundMessage message) {
        if (message.payload().length == 0) {
            return;
        }
        try {
            switch (wire.topics().parse(message.topic())) {
                case Topic.Desired(String of) -> onDesired(of, message.payload());
                case Topic.Reported(String of) -> {
                    var envelope = new Envelope(
                            message.topic(), message.payload(), message.contentType(), message.userProperties());
                    if (wire.decodeUplink(envelope).message() instanceof Reported said) {
                        reported.put(of, said);
                    }
                }
                case null, default -> {
                    // nothing else was subscribed
                }
            }
        } catch (WireException | TrustException e) {
            err.println("fulmar: " + message.topic() + " cannot be read: " + e.getMessage());
            err.flush();
        }
    }

    /** What is carried on is signed anew, so it must not come from just anybody who may write at the broker. */
    private void onDesired(String of, byte[] bytes) {
        if (witness != null
                && witness.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, bytes)
                        instanceof Verification.Rejected rejected) {
            disbelieved.put(of, rejected.reason());
            return;
        }
        disbelieved.remove(of);
        Dsse envelope = Dsse.isEnvelope(bytes) ? Dsse.read(bytes) : null;
        heard.put(of, DesiredCodec.decode(envelope == null ? bytes : envelope.unverifiedPayload()));
        signers.put(of, envelope == null ? Set.of() : Set.copyOf(envelope.keyIds()));
    }

    @Override
    public @Nullable Reported reported(String device) {
        return reported.get(device);
    }

    @Override
    public Map<String, Desired> wanted() {
        return wanted;
    }

    /** Publishes a new version for each device, unless the newest says the same already, by the same signer. */
    void change(Change change) {
        for (DesiredRow row : rows.values()) {
            wanted.put(row.device(), change(row, change));
        }
        requireKept();
    }

    private Desired change(DesiredRow row, Change change) {
        requireKnown(row);
        Desired before = newest(row);
        long version = nextVersion(row);
        if (before != null) {
            Desired next = change.of(before, version);
            if (isSame(next, before) && before.version() + 1 >= version && isSignedAsWanted(row, before)) {
                return before;
            }
            return publish(next.with(version, next.models()));
        }
        Desired next = change.of(new Desired(version, row.device(), Desired.Config.of("")), version);
        return publish(next.with(version, next.models()));
    }

    private static boolean isSame(Desired one, Desired other) {
        return one.config().equals(other.config()) && one.models().equals(other.models());
    }

    private void requireKnown(DesiredRow row) {
        String why = disbelieved.get(row.device());
        boolean unheard = row.version() > 0 && !heard.containsKey(row.device());
        if (witness != null && trust == null && (why != null || unheard)) {
            throw new FleetException(
                    Category.PERMANENT,
                    "whether an operator signed what " + row.device() + " is to have now is not known here"
                            + (why == null ? "" : ": " + why),
                    "put the trust root of the devices into " + FleetTrust.file(broker.data.directory()));
        }
    }

    /** The newest document, from the service's database or from the broker; null for none. */
    private @Nullable Desired newest(DesiredRow row) {
        Desired retained = heard.get(row.device());
        if (witness != null && trust == null) {
            return retained;
        }
        if (row.wanted() == null || (retained != null && retained.version() > row.version())) {
            return retained;
        }
        return row.wanted();
    }

    private boolean isSignedAsWanted(DesiredRow row, Desired document) {
        Set<String> by = row.version() == document.version()
                ? Set.copyOf(row.signedBy())
                : signers.getOrDefault(row.device(), Set.of());
        return signer == null ? by.isEmpty() : by.contains(signer.verifyingKey().id());
    }

    private long nextVersion(DesiredRow row) {
        Desired retained = heard.get(row.device());
        Reported said = reported.get(row.device());
        long newest = Math.max(row.version(), row.reportedVersion() == null ? 0 : row.reportedVersion());
        newest = Math.max(newest, retained == null ? 0 : retained.version());
        newest = Math.max(newest, said == null ? 0 : said.desiredVersion());
        if (newest >= VERSION_MOST) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the version of " + row.device() + "'s desired state is " + newest + " and cannot rise any more",
                    "somebody published it by hand; enrol the device again");
        }
        return newest + 1;
    }

    private Desired publish(Desired next) {
        byte[] message = message(next);
        client.send(wire.topics().desired(next.device()), message, true);
        return next;
    }

    private byte[] message(Desired next) {
        byte[] message;
        try {
            byte[] bytes = DesiredCodec.encode(next);
            message = signer == null
                    ? bytes
                    : Dsse.sign(DesiredCodec.PAYLOAD_TYPE, bytes, signer).toJson();
        } catch (IllegalArgumentException e) {
            throw tooLarge(next, String.valueOf(e.getMessage()));
        }
        if (message.length > Limits.CONTROL_BYTES) {
            throw tooLarge(next, message.length + " bytes as a message, at most " + Limits.CONTROL_BYTES);
        }
        if (trust != null
                && trust.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, message)
                        instanceof Verification.Rejected rejected) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the trust root " + FleetTrust.file(broker.data.directory()) + " does not accept this key: "
                            + rejected.reason(),
                    "sign with the key of an operator; 'fulmar fleet key trust' lists them");
        }
        return message;
    }

    private static FleetException tooLarge(Desired next, String why) {
        return new FleetException(
                Category.PERMANENT,
                "what " + next.device() + " is to have is too large: " + why,
                "a smaller fragment of configuration, or fewer models");
    }

    private void requireKept() {
        if (broker.isServed() && !client.await(this::areKept, KEPT_WITHIN)) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the fleet service has not kept this: its trust root does not know the key, or somebody else set"
                            + " something newer at the same time",
                    "look with 'fulmar fleet configure --show' and at the log of the service");
        }
    }

    private boolean areKept() {
        try (var queries = FleetQueries.open(broker.data.directory())) {
            Map<String, Long> versions = new HashMap<>();
            String only = rows.size() == 1 ? rows.keySet().iterator().next() : null;
            queries.desired(only).forEach(row -> versions.put(row.device(), row.version()));
            return wanted.values().stream().allMatch(of -> versions.getOrDefault(of.device(), 0L) == of.version());
        }
    }

    @Override
    public @Nullable Desired newer(String device) {
        Desired document = heard.get(device);
        Desired ours = wanted.get(device);
        return document != null && ours != null && document.version() > ours.version() ? document : null;
    }

    @Override
    public boolean await(BooleanSupplier holds, Duration atMost) {
        return client.await(holds, atMost);
    }

    @Override
    public void close() {
        client.close();
    }
}
