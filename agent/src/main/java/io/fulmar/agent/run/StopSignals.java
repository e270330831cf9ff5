package io.fulmar.agent.run;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as a request to stop. A shutdown hook will not do: the JDK closes its log handlers and sets the exit
 * code to 143 beside it, while a device that was asked to stop and did has no error to report. A second signal ends the
 * process at once.
 *
 * <p>The class behind it, {@code sun.misc.Signal}, is supported but not for javac, hence the reflection. Immutable.
 */
public final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

    private StopSignals() {}

    /**
     * Calls {@code stop} on a thread of its own when standard input ends: whoever started this process is gone, even where
     * it was killed and could not say so.
     */
    public static void callAtEndOfInput(Runnable stop) {
        Thread.ofPlatform().name("fulmar-stdin").daemon(true).start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                LOG.debug("standard input failed: {}", e.toString());
            }
            stop.run();
        });
    }

    /** Calls {@code stop} on the JVM's signal thread at the first signal. */
    public static void callAtFirst(Runnable stop) {
        AtomicBoolean asked = new AtomicBoolean();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object stopping = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
                        if ("handle".equals(method.getName())) {
                            if (asked.getAndSet(true)) {
                                Runtime.getRuntime().halt(130);
                            }
                            stop.run();
                        }
                        return null;
                    });
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), stopping);
            }
        } catch (ReflectiveOperationException e) {
            LOG.warn("Cannot listen to SIGTERM ({}): the agent will end without a flush.", e.toString());
        }
    }
}
