package io.fulmar.fleet.command;

import io.fulmar.fleet.database.Session;
import io.fulmar.model.trust.Dsse;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.WireException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Changes what devices are to have, inside of the caller's transaction; the service publishes it afterwards. Owned by one
 * thread, as is the session, which it does not close.
 */
public final class DesiredWriter implements AutoCloseable {
    private static final long VERSION_MOST = 1L << 53;

    private final OperatorSignature signature;
    private final PreparedStatement find;
    private final PreparedStatement seen;
    private final PreparedStatement insert;
    private final PreparedStatement update;

    /** What a device is to have instead. */
    public interface Change {
        /**
         * The document that is to follow that one; that one itself where there is nothing to change.
         *
         * @param version of it
         */
        Desired of(Desired before, long version);
    }

    /**
     * A change that was made.
     *
     * @param before what the device was to have until then; of version 0 where that was nothing
     * @param after what it is to have now: the same where nothing was to be changed
     */
    public record Changed(Desired before, Desired after) {
        /** Of what it is to have now. */
        public long version() {
            return after.version();
        }
    }

    /** Somebody else changed the same at the same time; the caller's transaction is to be undone and tried again. */
    public static final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ConflictException(String device) {
            super("somebody else changed what " + device + " is to have");
        }
    }

    public DesiredWriter(Session session, OperatorSignature signature) {
        this.signature = signature;
        try {
            find = session.prepare("SELECT version, bytes, signed_by FROM desired WHERE device = ?");
            seen = session.prepare("SELECT desired_version FROM reported WHERE device = ?");
            insert = session.prepare("""
                    INSERT INTO desired (device, version, bytes, sha256, signed_by, received, published)
                    VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (device) DO NOTHING""");
            update = session.prepare("""
                    UPDATE desired SET version = ?, bytes = ?, sha256 = ?, signed_by = ?, received = ?
                    WHERE device = ? AND version = ?""");
        } catch (SQLException e) {
            throw session.failed("cannot prepare the desired states", e);
        }
    }

    /** What that device is to have; null for nothing. */
    public @Nullable Desired find(String device) throws SQLException {
        find.setString(1, device);
        try (ResultSet row = find.executeQuery()) {
            return row.next() ? decode(device, row.getBytes(2)) : null;
        }
    }

    private Desired decode(String device, byte[] bytes) {
        signature.requireBelieved(device, bytes);
        return DesiredCodec.decode(Dsse.isEnvelope(bytes) ? Dsse.read(bytes).unverifiedPayload() : bytes);
    }

    /**
     * Writes the next version of what a device is to have.
     *
     * @throws WireException when there cannot be such a document: the reason is for people
     * @throws ConflictException when somebody else was quicker
     */
    public Changed change(String device, Change change, long nowMillis) throws SQLException {
        Desired before = find(device);
        long known = before == null ? 0 : before.version();
        long version = Math.max(known, seenVersion(device)) + 1;
        if (version >= VERSION_MOST) {
            throw new WireException("the version of its desired state cannot rise any more");
        }
        Desired base = before == null ? new Desired(0, device, Desired.Config.of("")) : before;
        Desired next = change.of(base, version);
        String signedBy = signature.keyIds().isEmpty() ? null : String.join(" ", signature.keyIds());
        if (before != null
                && next.version() == known
                && version == known + 1
                && Objects.equals(signedBy, signers(device))) {
            return new Changed(before, before);
        }
        next = next.with(version, next.models());
        byte[] message = signature.message(next);
        int written;
        if (before == null) {
            insert.setString(1, device);
            insert.setLong(2, version);
            insert.setBytes(3, message);
            insert.setString(4, next.config().sha256());
            insert.setString(5, signedBy);
            insert.setLong(6, nowMillis);
            written = insert.executeUpdate();
        } else {
            update.setLong(1, version);
            update.setBytes(2, message);
            update.setString(3, next.config().sha256());
            update.setString(4, signedBy);
            update.setLong(5, nowMillis);
            update.setString(6, device);
            update.setLong(7, known);
            written = update.executeUpdate();
        }
        if (written != 1) {
            throw new ConflictException(device);
        }
        return new Changed(base, next);
    }

    private @Nullable String signers(String device) throws SQLException {
        find.setString(1, device);
        try (ResultSet row = find.executeQuery()) {
            return row.next() ? row.getString(3) : null;
        }
    }

    private long seenVersion(String device) throws SQLException {
        seen.setString(1, device);
        try (ResultSet row = seen.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    @Override
    public void close() {
        try {
            find.close();
            seen.close();
            insert.close();
            update.close();
        } catch (SQLException e) {
            throw new IllegalStateException("statements that cannot be closed", e);
        }
    }
}
