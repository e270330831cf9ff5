package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes what devices are to have, as somebody asks for it over the API; the ingest publishes it afterwards. Thread-safe.
 */
public final class DesiredChanges {
    private static final int TRIES = 10;

    private final Database database;
    private final OperatorSignature signature;
    private final InstantSource clock;

    /** What a device is to have instead. */
    public interface Change {
        /**
         * The document that is to follow that one; that one itself where there is nothing to change.
         *
         * @param version of it
         * @param reported what the device last said that it has; null for nothing
         */
        Desired of(Desired before, long version, @Nullable Reported reported);
    }

    /**
     * What became of one device.
     *
     * @param wanted what it is to have now; null where it could not be changed
     * @param changed whether it is another than before
     * @param refusal why it could not be changed; null where it could
     *     <p>Immutable.
     */
    public record Result(
            String device,
            @Nullable Desired wanted,
            boolean changed,
            @Nullable String refusal) {}

    public DesiredChanges(Database database, OperatorSignature signature, InstantSource clock) {
        this.database = database;
        this.signature = signature;
        this.clock = clock;
    }

    /**
     * Changes what these devices are to have, some of them in each transaction, so that nobody waits for all of them. Killed in
     * between the first ones are changed; the same once more changes the others.
     */
    public List<Result> change(List<String> devices, Change change) {
        signature.require();
        List<Result> results = new ArrayList<>();
        try (Session session = database.openWriter()) {
            for (int from = 0; from < devices.size(); from += Limits.ROLLOUT_BATCH) {
                results.addAll(some(
                        session, devices.subList(from, Math.min(devices.size(), from + Limits.ROLLOUT_BATCH)), change));
            }
        }
        return results;
    }

    private List<Result> some(Session session, List<String> devices, Change change) {
        for (int attempt = 1; ; attempt++) {
            try (var writer = new DesiredWriter(session, signature)) {
                return session.transaction("what devices are to have", in -> {
                    List<Result> results = new ArrayList<>();
                    for (String device : devices) {
                        results.add(one(in, writer, device, change));
                    }
                    return results;
                });
            } catch (DesiredWriter.ConflictException e) {
                if (attempt == TRIES) {
                    throw new FleetException(
                            Category.TRANSIENT, e.getMessage() + " all the time", "try again in a moment", e);
                }
            }
        }
    }

    private Result one(Session in, DesiredWriter writer, String device, Change change) throws SQLException {
        Reported reported = reported(in, device);
        try {
            DesiredWriter.Changed done =
                    writer.change(device, (before, version) -> change.of(before, version, reported), clock.millis());
            return new Result(
                    device,
                    done.after(),
                    done.after().version() != done.before().version(),
                    null);
        } catch (WireException | TrustException e) {
            return new Result(device, null, false, e.getMessage());
        }
    }

    private static @Nullable Reported reported(Session in, String device) throws SQLException {
        try (PreparedStatement query = in.prepare("SELECT document FROM reported WHERE device = ?")) {
            query.setString(1, device);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Wire.decodeReported(row.getString(1).getBytes(StandardCharsets.UTF_8)) : null;
            }
        } catch (WireException e) {
            return null; // of a version whose reports are no longer read
        }
    }
}
