package io.fulmar.sync.wire;

import java.util.List;

/**
 * What a device says first on every connection. The fleet answers with {@link Welcome} and, where it disagrees about a
 * stream, with {@link Expected} or {@link Renew}. Immutable.
 *
 * @param agentVersion the version of the agent's software
 * @param boot how often the store has been opened
 * @param wallMillis the device's wall clock
 * @param freeBytes the free space where the store lives
 * @param capabilities what this agent can do beyond the base protocol
 * @param groups whose commands this device hears, too
 * @param session made up by each process: a fleet that hears two of them in turns knows that two use one identity; empty
 *     where the device does not say
 */
public record Hello(
        String agentVersion,
        int boot,
        long wallMillis,
        long freeBytes,
        List<String> capabilities,
        List<String> groups,
        List<StreamPosition> streams,
        String session)
        implements UplinkMessage {
    public Hello {
        capabilities = List.copyOf(capabilities);
        groups = List.copyOf(groups);
        streams = List.copyOf(streams);
    }

    /** Of a device that names no session. */
    public Hello(
            String agentVersion,
            int boot,
            long wallMillis,
            long freeBytes,
            List<String> capabilities,
            List<String> groups,
            List<StreamPosition> streams) {
        this(agentVersion, boot, wallMillis, freeBytes, capabilities, groups, streams, "");
    }
}
