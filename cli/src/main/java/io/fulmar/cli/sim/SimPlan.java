package io.fulmar.cli.sim;

import java.time.Duration;

/**
 * What is to be simulated. Immutable.
 *
 * @param devices how many connect
 * @param active how many of them record while it runs
 * @param rate predictions a second of each active device
 * @param duration how long they record
 * @param backlog rows that are buffered when it begins: on the devices that are not active, where there are any
 * @param commit how often a device takes what it has recorded into its store, and sends it
 * @param ramp over how long the devices connect at first
 * @param patience without an acknowledgement for this long, what is still buffered is given up
 * @param install how long a device takes, on average, until a release is active
 * @param names what the name of each device begins with
 * @param seed of everything that is drawn, but for epochs and sessions
 */
record SimPlan(
        int devices,
        int active,
        double rate,
        Duration duration,
        long backlog,
        Duration commit,
        Duration ramp,
        Duration patience,
        Duration install,
        String names,
        long seed,
        Faults faults) {

    /** The name of the n-th device, counted from 1. */
    String name(int number) {
        return names + String.format("%05d", number);
    }

    /** How many rows that device has buffered when it begins. */
    long backlogOf(int number) {
        int first = active == devices ? 1 : active + 1;
        int sharers = devices - first + 1;
        if (number < first) {
            return 0;
        }
        return backlog / sharers + (number - first < backlog % sharers ? 1 : 0);
    }

    boolean isActive(int number) {
        return number <= active;
    }
}
