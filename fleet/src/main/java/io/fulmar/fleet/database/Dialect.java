package io.fulmar.fleet.database;

import java.sql.SQLException;

/** Which SQL a database speaks, where one text cannot be for both. Immutable. */
public enum Dialect {
    SQLITE("look at the free space and the health of the disk that holds " + SqliteDatabase.FILE_NAME),
    POSTGRESQL("look whether the PostgreSQL server runs and can be reached, and what its log says");

    private final String hint;

    Dialect(String hint) {
        this.hint = hint;
    }

    /** What an operator can do about a failed statement. */
    String hint() {
        return hint;
    }

    /** Ends a SELECT whose rows nobody else may change until the transaction is over; in SQLite nobody else can anyway. */
    public String forUpdate() {
        return this == POSTGRESQL ? " FOR UPDATE" : "";
    }

    /** Whether two transactions only were in each other's way, so that the same one may well succeed now. */
    boolean repeatable(SQLException e) {
        return this == POSTGRESQL && ("40P01".equals(e.getSQLState()) || "40001".equals(e.getSQLState()));
    }
}
