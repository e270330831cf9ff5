package io.fulmar.fleet.rollout;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/** A connection over which a process dies just before its nth statement: nothing of it reaches the database any more. */
final class KillableConnection {
    private final Connection real;
    private final AtomicLong left;

    /** What a dead process would not have thrown. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private KillableConnection(Connection real, AtomicLong left) {
        this.real = real;
        this.left = left;
    }

    /**
     * Over that connection.
     *
     * @param statements that are still executed; shared by all connections of the process
     */
    static Connection of(Connection real, AtomicLong statements) {
        var killable = new KillableConnection(real, statements);
        return killable.proxy(Connection.class, real);
    }

    private <T> T proxy(Class<T> type, Object target) {
        return type.cast(Proxy.newProxyInstance(
                KillableConnection.class.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().startsWith("execute")
                            || method.getName().equals("commit")) {
                        if (left.getAndDecrement() <= 0) {
                            die();
                            throw new Killed();
                        }
                    }
                    Object result;
                    try {
                        result = method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (result instanceof CallableStatement) {
                        return result;
                    }
                    if (result instanceof PreparedStatement statement) {
                        return proxy(PreparedStatement.class, statement);
                    }
                    return result instanceof Statement statement ? proxy(Statement.class, statement) : result;
                }));
    }

    /** The database undoes what was not committed, as it does when a process ends. */
    private void die() throws SQLException {
        real.close();
    }
}
