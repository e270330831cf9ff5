package io.fulmar.fleet.rollout;

import io.fulmar.fleet.registry.LabelExpression;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout is to do. It never changes; who wants something else makes another one.
 *
 * @param name for people
 * @param target which devices; who they are is settled when the rollout is created
 * @param follow whether devices that fit later are added to the last wave
 * @param waves in their order; the last one holds all devices
 * @param window when devices may be told; null for always
 * @param offline of 100 devices of a wave, how many may be away at its deadline
 * @param shadow how long the release is to run beside the active one before it replaces it; zero for not at all
 * @param lifetime how long it is waited for devices that are away
 *     <p>Immutable.
 */
public record Plan(
        String name,
        Change change,
        LabelExpression target,
        boolean follow,
        List<Wave> waves,
        @Nullable Window window,
        Gates gates,
        double offline,
        Duration shadow,
        Duration lifetime) {
    public Plan {
        waves = List.copyOf(waves);
    }

    /** What devices are to get. */
    public sealed interface Change {
        /** What of two rollouts only the newer one may change on a device. */
        String subject();
    }

    /**
     * A release of a model.
     *
     * @param manifest the digest of its model manifest
     */
    public record Release(String model, String version, long release, String manifest) implements Change {
        @Override
        public String subject() {
            return "model " + model;
        }
    }

    /** A fragment of configuration, in TOML. */
    public record Configuration(String toml) implements Change {
        @Override
        public String subject() {
            return "configuration";
        }
    }

    /**
     * A part of the devices.
     *
     * @param size how far this wave goes; the devices of the waves before are part of it
     * @param success of 100 devices of this wave, how many must have it before it is good
     * @param errors when it is stopped
     * @param soak how long it must stay good
     * @param deadline how long a device may be silent, and how long it is waited for those that are away
     * @param approval whether a person has to agree before the next wave
     */
    public record Wave(Size size, double success, Errors errors, Duration soak, Duration deadline, boolean approval) {
        /** Of that many devices, how many the waves up to this one have. */
        public int upTo(int devices) {
            return switch (size) {
                case Count(int count) -> Math.min(count, devices);
                case Percent(double percent) -> Math.min(devices, (int) Math.ceil(percent * devices / 100 - 1e-9));
            };
        }
    }

    /** How many devices. */
    public sealed interface Size {}

    /** So many. */
    public record Count(int devices) implements Size {}

    /** So many of 100. */
    public record Percent(double percent) implements Size {}

    /**
     * How many failures stop a rollout.
     *
     * @param count that many; 0 for any number
     * @param percent that many of 100 devices that have ended; 0 for any share
     * @param minimum devices that must have ended before a share is looked at
     */
    public record Errors(int count, double percent, int minimum) {}

    /**
     * The time of day at which devices may be told something new.
     *
     * @param to may be before {@code from}: then it is on the next day
     * @param days on which it begins
     */
    public record Window(LocalTime from, LocalTime to, ZoneId zone, Set<DayOfWeek> days) {
        public Window {
            days = Set.copyOf(days);
        }

        /** Whether devices may be told now. */
        public boolean isOpen(long nowMillis) {
            ZonedDateTime now = Instant.ofEpochMilli(nowMillis).atZone(zone);
            LocalDate today = now.toLocalDate();
            return isIn(now, today) || isIn(now, today.minusDays(1));
        }

        private boolean isIn(ZonedDateTime now, LocalDate day) {
            ZonedDateTime begin = day.atTime(from).atZone(zone);
            ZonedDateTime end =
                    (to.isAfter(from) ? day : day.plusDays(1)).atTime(to).atZone(zone);
            return days.contains(day.getDayOfWeek()) && !now.isBefore(begin) && now.isBefore(end);
        }
    }

    /**
     * What the release must show on the devices of a wave; null for what is not asked.
     *
     * @param p95Millis what 95 of 100 runs may take
     * @param p95Ratio the same, as a multiple of what the release before took on the same device
     * @param crashes how many devices may turn it down because it crashed
     * @param agreement of 1, how often it must say the same as the active release beside it
     * @param labelShift how far the shares of its labels may be from the reference (population stability index)
     * @param confidenceShift the same of the scores
     * @param minimumPredictions that must have come before the wave is judged by them
     */
    public record Gates(
            @Nullable Double p95Millis,
            @Nullable Double p95Ratio,
            @Nullable Integer crashes,
            @Nullable Double agreement,
            @Nullable Double labelShift,
            @Nullable Double confidenceShift,
            long minimumPredictions) {
        public static final Gates NONE = new Gates(null, null, null, null, null, null, 0);

        /** Whether nothing is asked. */
        public boolean isNone() {
            return equals(NONE);
        }
    }

    /** Whether devices may be told something new now. */
    public boolean isOpen(long nowMillis) {
        return window == null || window.isOpen(nowMillis);
    }
}
