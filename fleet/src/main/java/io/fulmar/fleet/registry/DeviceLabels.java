package io.fulmar.fleet.registry;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The labels of all devices that take part: what people set, and what the fleet knows by itself. Owned by who made it. */
public final class DeviceLabels {
    private final Session session;

    public DeviceLabels(Session session) {
        this.session = session;
    }

    /** By the names of the devices, in their order; who was revoked has no part. */
    public Map<String, Labels> all() {
        Map<String, Labels.Builder> all = new TreeMap<>();
        try {
            read("""
                    SELECT d.id, d.agent_version, d.online FROM device d
                    WHERE NOT EXISTS (SELECT 1 FROM identity i WHERE i.device = d.id AND i.revoked IS NOT NULL)""", row -> {
                Labels.Builder labels = new Labels.Builder().add("id", row.getString(1));
                String agent = row.getString(2);
                if (agent != null) {
                    labels.add("agent", agent);
                }
                all.put(row.getString(1), labels.add("online", row.getInt(3) == 1 ? "true" : "false"));
            });
            read(
                    "SELECT device FROM identity WHERE revoked IS NULL",
                    row -> all.computeIfAbsent(
                            row.getString(1),
                            device -> new Labels.Builder().add("id", device).add("online", "false")));
            read("SELECT device, name FROM device_group", row -> add(all, row.getString(1), "group", row.getString(2)));
            read("""
                    SELECT i.device, i.groups FROM identity i
                    WHERE i.revoked IS NULL AND NOT EXISTS (SELECT 1 FROM device d WHERE d.id = i.device)""", row -> {
                for (String group : row.getString(2).split(" ", -1)) {
                    if (!group.isEmpty()) {
                        add(all, row.getString(1), "group", group);
                    }
                }
            });
            read(
                    "SELECT device, document FROM reported",
                    row -> addReported(all.get(row.getString(1)), row.getString(2)));
            read(
                    "SELECT device, name, value FROM device_label",
                    row -> add(all, row.getString(1), row.getString(2), row.getString(3)));
        } catch (SQLException e) {
            throw session.failed("cannot read the labels of devices", e);
        }
        Map<String, Labels> built = new TreeMap<>();
        all.forEach((device, labels) -> built.put(device, labels.build()));
        return built;
    }

    private static void add(Map<String, Labels.Builder> all, String device, String name, String value) {
        Labels.Builder of = all.get(device);
        if (of != null) {
            of.add(name, value);
        }
    }

    private static void addReported(Labels.@Nullable Builder of, String document) {
        if (of == null) {
            return;
        }
        Reported reported;
        try {
            reported = Wire.decodeReported(document.getBytes(StandardCharsets.UTF_8));
        } catch (WireException e) {
            return; // of a version whose reports are no longer read
        }
        if (reported.board() != null) {
            of.add("board", reported.board());
        }
        reported.pipelines().forEach(pipeline -> {
            if (pipeline.model() != null) {
                of.add(Labels.MODEL + pipeline.model().name(), pipeline.model().version());
            }
        });
        for (Reported.Model model : reported.models()) {
            if (model.state() == Reported.ModelState.ACTIVE) {
                of.add(Labels.MODEL + model.name(), model.version());
            }
        }
    }

    /** Those that people set on that device, by their names. */
    public Map<String, String> ofPeople(String device) {
        Map<String, String> labels = new TreeMap<>();
        try (PreparedStatement query = session.prepare("SELECT name, value FROM device_label WHERE device = ?")) {
            query.setString(1, device);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    labels.put(row.getString(1), row.getString(2));
                }
            }
            return labels;
        } catch (SQLException e) {
            throw session.failed("cannot read the labels of " + device, e);
        }
    }

    /** Sets these, and takes away those whose value is null; a {@link FleetException} says what cannot be set. */
    public void change(String device, Map<String, @Nullable String> changes) {
        changes.forEach(DeviceLabels::requirePossible);
        session.<Boolean>transaction("the labels of " + device, it -> {
            requireKnown(device);
            try (PreparedStatement set = it.prepare("""
                            INSERT INTO device_label (device, name, value) VALUES (?, ?, ?)
                            ON CONFLICT (device, name) DO UPDATE SET value = excluded.value""");
                    PreparedStatement remove = it.prepare("DELETE FROM device_label WHERE device = ? AND name = ?")) {
                for (Map.Entry<String, @Nullable String> change : changes.entrySet()) {
                    PreparedStatement statement = change.getValue() == null ? remove : set;
                    statement.setString(1, device);
                    statement.setString(2, change.getKey());
                    if (change.getValue() != null) {
                        statement.setString(3, change.getValue());
                    }
                    statement.executeUpdate();
                }
            }
            if (ofPeople(device).size() > Labels.MOST) {
                throw refused(device + " would have more than " + Labels.MOST + " labels", "take some away: NAME-");
            }
            return true;
        });
    }

    private static void requirePossible(String name, @Nullable String value) {
        if (!Labels.isName(name)) {
            throw refused(
                    "'" + name.replaceAll("\\p{Cntrl}", "?") + "' is no name of a label",
                    "letters, digits and _ . / - inside, at most 63 characters");
        }
        if (Labels.isBuiltIn(name)) {
            throw refused("the label '" + name + "' is what the fleet knows by itself", "choose another name");
        }
        if (value != null && !Labels.isValue(value)) {
            throw refused(
                    "the label '" + name + "' cannot have this value",
                    "1 to 128 characters, none of them a control character");
        }
    }

    private void requireKnown(String device) throws SQLException {
        try (PreparedStatement query = session.prepare(
                "SELECT 1 FROM device WHERE id = ? UNION ALL SELECT 1 FROM identity WHERE device = ?")) {
            query.setString(1, device);
            query.setString(2, device);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw refused("no device '" + device + "' is known here", "'fulmar fleet devices' lists them");
                }
            }
        }
    }

    private static FleetException refused(String message, String hint) {
        return new FleetException(Category.PERMANENT, message, hint);
    }

    private void read(String sql, Row row) throws SQLException {
        try (PreparedStatement query = session.prepare(sql);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                row.take(rows);
            }
        }
    }

    private interface Row {
        void take(ResultSet row) throws SQLException;
    }
}
