package io.fulmar.fleet.ingest;

import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Session;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;

/** Sessions that do something before each single step. Owned by its test. */
final class Stepping {
    private Stepping() {}

    static SqlLedger ledger(Session session) {
        return new SqlLedger(session, new CommandStore(session), 0);
    }

    static Session of(Session session, Runnable before) {
        return new Session(stepping(Connection.class, session.connection(), before), session.dialect());
    }

    /** Runs {@code before} ahead of every statement that is executed. */
    private static <T> T stepping(Class<T> type, T target, Runnable before) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().startsWith("execute")
                            || method.getName().equals("commit")) {
                        before.run();
                    }
                    Object result;
                    try {
                        result = method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                    return switch (result) {
                        case PreparedStatement statement -> stepping(PreparedStatement.class, statement, before);
                        case Statement statement -> stepping(Statement.class, statement, before);
                        case null, default -> result;
                    };
                });
        return type.cast(proxy);
    }

    static Session failing(Session session, int[] left) {
        return of(session, () -> {
            if (--left[0] == 0) {
                throw new IllegalStateException("the disk failed");
            }
        });
    }
}
