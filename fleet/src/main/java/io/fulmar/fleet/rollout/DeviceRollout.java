package io.fulmar.fleet.rollout;

/**
 * A rollout that a device is or was part of.
 *
 * @param number rises in the order in which they were made
 * @param member how the device is in it
 *     <p>Immutable.
 */
public record DeviceRollout(String id, long number, String name, String subject, RolloutState state, Member member) {}
