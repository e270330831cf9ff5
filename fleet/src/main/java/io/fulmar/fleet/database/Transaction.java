package io.fulmar.fleet.database;

import java.sql.SQLException;

/**
 * What is done all together or not at all; see {@link Session#transaction}. Any exception undoes it.
 *
 * @param <T> what comes of it
 */
@FunctionalInterface
public interface Transaction<T> {
    T in(Session session) throws SQLException;
}
