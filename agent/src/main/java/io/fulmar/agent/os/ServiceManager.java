package io.fulmar.agent.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager that started this process, told over the socket that systemd names in {@code NOTIFY_SOCKET}; where
 * nothing waits for it, nothing is said. See sd_notify(3). Thread-safe.
 */
public final class ServiceManager {
    private static final Logger LOG = LoggerFactory.getLogger("service");
    private static final String SUPERVISED = "FULMAR_SUPERVISED";
    private static final ServiceManager NONE = new ServiceManager(null, Duration.ZERO, false);

    private final @Nullable DatagramSocket socket;
    private final Duration watchdog;
    private final boolean supervises;

    private ServiceManager(@Nullable DatagramSocket socket, Duration watchdog, boolean supervises) {
        this.socket = socket;
        this.watchdog = watchdog;
        this.supervises = supervises;
    }

    /** That of this process, by its environment. */
    public static ServiceManager of(Map<String, String> environment) {
        String address = environment.getOrDefault("NOTIFY_SOCKET", "");
        ServiceManager untold = supervised(environment) ? new ServiceManager(null, Duration.ZERO, true) : NONE;
        if (address.isEmpty()) {
            return untold;
        }
        try {
            return new ServiceManager(DatagramSocket.to(address), watchdog(environment), true);
        } catch (IllegalArgumentException e) {
            LOG.warn("NOTIFY_SOCKET={}: {}; the service manager is told nothing", address, e.getMessage());
            return untold;
        }
    }

    /** One that has no socket, such as a container's, is named by whoever wrote down that it starts the agent again. */
    private static boolean supervised(Map<String, String> environment) {
        String said = environment.getOrDefault(SUPERVISED, "");
        if (!said.matches("[01]?")) {
            LOG.warn("{}={} is neither 1 nor 0 and counts as 0", SUPERVISED, said);
        }
        return said.equals("1");
    }

    /** Where nobody waits for a word. */
    public static ServiceManager none() {
        return NONE;
    }

    private static Duration watchdog(Map<String, String> environment) {
        String of = environment.getOrDefault("WATCHDOG_PID", "");
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        boolean meant =
                of.isEmpty() || of.equals(Long.toString(ProcessHandle.current().pid()));
        return meant && micros.matches("[0-9]{1,15}") ? Duration.ofNanos(Long.parseLong(micros) * 1000) : Duration.ZERO;
    }

    /** How long it waits for a sign of life before it ends this process and starts another; zero if it does not. */
    public Duration watchdog() {
        return watchdog;
    }

    /** Whether somebody starts the process again when it ends. */
    public boolean supervises() {
        return supervises;
    }

    /** Whether anybody is told anything. */
    public boolean listens() {
        return socket != null;
    }

    /** Everything runs. */
    public boolean ready(String status) {
        return say("READY=1\nSTATUS=" + line(status));
    }

    /** The process is about to end. */
    public boolean stopping() {
        return say("STOPPING=1");
    }

    /** A sign of life, and how it goes, for {@code systemctl status}. */
    public boolean alive(String status) {
        return say("WATCHDOG=1\nSTATUS=" + line(status));
    }

    /** How it goes, without a sign of life. */
    public boolean status(String status) {
        return say("STATUS=" + line(status));
    }

    private static String line(String text) {
        return text.replace('\n', ' ');
    }

    /** False if it could not be told; whoever has to say more then tries again. */
    private boolean say(String message) {
        if (socket == null) {
            return true;
        }
        try {
            socket.send(message.getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (IOException e) {
            LOG.warn("the service manager cannot be told: {}", e.getMessage());
            return false;
        }
    }
}
