package io.fulmar.fleet.database;

/** Which SQL a database speaks, where one text cannot be for both. Immutable. */
public enum Dialect {
    SQLITE("look at the free space and the health of the disk that holds " + SqliteDatabase.FILE_NAME);

    private final String hint;

    Dialect(String hint) {
        this.hint = hint;
    }

    /** What an operator can do about a failed statement. */
    String hint() {
        return hint;
    }
}
