package io.fulmar.agent.run;

import io.fulmar.agent.health.LogRing;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * How a device logs: to standard error, one line an event, through the JDK's own logging; nobody who logs waits for it.
 *
 * <p>The MQTT client's own loggers are off: it writes a stack trace for each dropped connection, and the link says the
 * same in one line. So are those of the pins' library: each failure is an exception that the agent tells. Immutable.
 */
public final class DeviceLogging {
    /** Held, since the JDK keeps loggers by weak reference and would forget the level. */
    private static final Logger PAHO = Logger.getLogger("org.eclipse.paho");

    private static final Logger PI4J = Logger.getLogger("com.pi4j");

    private DeviceLogging() {}

    /** Sets up the whole process for {@code level}, a name of SLF4J's; returns where the last lines are kept. */
    public static LogRing install(String level) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
            handler.close();
        }
        root.addHandler(new QueuedHandler(System.err, new LogLine(System.getenv("JOURNAL_STREAM") != null)));
        LogRing ring = new LogRing();
        root.addHandler(new RingHandler(ring));
        setLevel(level);
        PAHO.setLevel(Level.OFF);
        PI4J.setLevel(Level.OFF);
        return ring;
    }

    /** Changes the level of the running process, by a name of SLF4J's. */
    public static void setLevel(String level) {
        Logger.getLogger("").setLevel(julLevel(level));
    }

    private static Level julLevel(String level) {
        return switch (level) {
            case "ERROR" -> Level.SEVERE;
            case "WARN" -> Level.WARNING;
            case "DEBUG" -> Level.FINE;
            case "TRACE" -> Level.ALL;
            default -> Level.INFO;
        };
    }
}
