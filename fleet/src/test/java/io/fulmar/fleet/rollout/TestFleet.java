package io.fulmar.fleet.rollout;

import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A fleet's database and simulated devices that do what it says, without broker or threads. Owned by one test. */
final class TestFleet implements AutoCloseable {
    static final String OLD = "0d".repeat(32);
    static final Wire WIRE = new Wire(new Topics(Topics.DEFAULT_PREFIX));

    final Database database;
    final AtomicLong now = new AtomicLong(World.START);
    final InstantSource clock = () -> Instant.ofEpochMilli(now.get());
    final OperatorSignature signature;
    final Set<String> bad = new HashSet<>();

    /** Why nobody is to get the release any more; null where that is not so. */
    final AtomicReference<@Nullable String> withdrawn = new AtomicReference<>();

    private final Subject.Catalogue catalogue = new Subject.Catalogue() {
        @Override
        public Desired.@Nullable Model find(String manifest) {
            return published(manifest);
        }

        @Override
        public @Nullable String withdrawn(String manifest) {
            return manifest.equals(Plans.RELEASE.manifest()) ? withdrawn.get() : null;
        }
    };

    private final Session session;

    TestFleet(Path dir, Database database) {
        this.database = database;
        this.session = database.openWriter();
        this.signature = new OperatorSignature(dir, null);
    }

    private static Desired.@Nullable Model published(String manifest) {
        if (manifest.equals(Plans.RELEASE.manifest())) {
            return new Desired.Model("bearing", "1.3.0", 4, manifest, 100, null);
        }
        return manifest.equals(OLD) ? new Desired.Model("bearing", "1.2.0", 3, OLD, 90, null) : null;
    }

    /** Devices that are online, and run the release before. */
    List<String> devices(int count) throws SQLException {
        return devices("device", count);
    }

    List<String> devices(String prefix, int count) throws SQLException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = String.format("%s-%04d", prefix, i);
            try (PreparedStatement insert = session.prepare(
                    "INSERT INTO device (id, first_seen, last_seen, online, agent_version) VALUES (?, 1, 1, 1, '0.2.0')")) {
                insert.setString(1, name);
                insert.executeUpdate();
            }
            report(name, 0, List.of(model(OLD, "1.2.0", 3, Reported.ModelState.ACTIVE, null, 0)));
            names.add(name);
        }
        return names;
    }

    void online(String device, boolean online) throws SQLException {
        try (PreparedStatement update = session.prepare("UPDATE device SET online = ? WHERE id = ?")) {
            update.setInt(1, online ? 1 : 0);
            update.setString(2, device);
            update.executeUpdate();
        }
    }

    private static Reported.Model model(
            String manifest,
            String version,
            long release,
            Reported.ModelState state,
            @Nullable String reason,
            long assigned) {
        return new Reported.Model("bearing", version, release, manifest, state, 0, 0, reason, -1, -1, assigned, null);
    }

    void report(String device, long desiredVersion, List<Reported.Model> models) throws SQLException {
        var config =
                new Reported.Config(0, desiredVersion, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null);
        var reported = new Reported("0.2.0", now.get(), "raspberry-pi-5", desiredVersion, config, List.of(), models);
        String document = new String(WIRE.encode(device, reported).payload(), StandardCharsets.UTF_8);
        try (PreparedStatement insert = session.prepare("""
                INSERT INTO reported (device, document, desired_version, sha256, state, reason, received)
                VALUES (?, ?, ?, '', 'active', NULL, ?)
                ON CONFLICT (device) DO UPDATE SET document = excluded.document,
                    desired_version = excluded.desired_version, received = excluded.received""")) {
            insert.setString(1, device);
            insert.setString(2, document);
            insert.setLong(3, desiredVersion);
            insert.setLong(4, now.get());
            insert.executeUpdate();
        }
    }

    /** Every device that is told something new does it, but for the bad ones, which turn it down. */
    void devicesAct() throws SQLException {
        for (Map.Entry<String, Desired> it : desired().entrySet()) {
            Desired desired = it.getValue();
            if (seen(it.getKey()) >= desired.version() || desired.models().isEmpty()) {
                continue;
            }
            Desired.Model wanted = desired.models().getFirst();
            boolean refuses = wanted.manifest().equals(Plans.RELEASE.manifest()) && bad.contains(it.getKey());
            report(
                    it.getKey(),
                    desired.version(),
                    refuses
                            ? List.of(
                                    model(OLD, "1.2.0", 3, Reported.ModelState.ACTIVE, null, 0),
                                    model(
                                            wanted.manifest(),
                                            wanted.version(),
                                            wanted.release(),
                                            Reported.ModelState.ROLLED_BACK,
                                            "errors: 90 of 100 frames",
                                            wanted.assigned()))
                            : List.of(model(
                                    wanted.manifest(),
                                    wanted.version(),
                                    wanted.release(),
                                    Reported.ModelState.ACTIVE,
                                    null,
                                    wanted.assigned())));
        }
    }

    private long seen(String device) throws SQLException {
        try (PreparedStatement query = session.prepare("SELECT desired_version FROM reported WHERE device = ?")) {
            query.setString(1, device);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** What each device is to have. */
    Map<String, Desired> desired() throws SQLException {
        Map<String, Desired> all = new TreeMap<>();
        try (PreparedStatement query = session.prepare("SELECT device, bytes FROM desired");
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                all.put(row.getString(1), DesiredCodec.decode(row.getBytes(2)));
            }
        }
        return all;
    }

    /** Who is to have the release that is rolled out, and since which version. */
    Map<String, Long> told() throws SQLException {
        Map<String, Long> told = new TreeMap<>();
        desired()
                .forEach((device, desired) -> desired.models().stream()
                        .filter(model -> model.manifest().equals(Plans.RELEASE.manifest()))
                        .forEach(model -> told.put(device, model.assigned())));
        return told;
    }

    RolloutStore store(Session over) {
        return new RolloutStore(over, signature, catalogue);
    }

    String create(Plan plan, List<String> devices) {
        try (var store = store(session)) {
            return new RolloutMaker(session, store).create(plan, devices, "anna", now.get());
        }
    }

    Rollout load(String id) throws SQLException {
        try (var store = store(session)) {
            Rollout rollout = store.load(id);
            if (rollout == null) {
                throw new AssertionError("no rollout " + id);
            }
            return rollout;
        }
    }

    /** Asks as a person does, again where the controller was quicker. */
    Answer ask(String id, Action action) throws SQLException {
        try (var store = store(session)) {
            while (true) {
                Rollout rollout = load(id);
                Answer answer = rollout.ask(action, now.get());
                if (!(answer instanceof Decision decision) || store.apply(rollout, decision, "anna", now.get())) {
                    return answer;
                }
            }
        }
    }

    RolloutController controller() {
        return new RolloutController(database::openWriter, signature, catalogue, ShareReader.NONE, clock);
    }

    /** One that dies just before it executes so many statements. */
    RolloutController controller(AtomicLong statements) {
        return new RolloutController(
                () -> {
                    Session real = database.openWriter();
                    return new Session(KillableConnection.of(real.connection(), statements), real.dialect());
                },
                signature,
                catalogue,
                ShareReader.NONE,
                clock);
    }

    long number(String sql) throws SQLException {
        try (PreparedStatement query = session.prepare(sql);
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    Session session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
        database.close();
    }
}
