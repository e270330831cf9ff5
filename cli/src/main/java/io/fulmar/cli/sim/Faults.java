package io.fulmar.cli.sim;

import io.fulmar.cli.Durations;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What goes wrong in a simulation. Immutable.
 *
 * @param drop how often, on average, each device loses its connection; null for never
 * @param storm how often all devices lose it at the same moment; null for never
 * @param restart how often, on average, each device's process is killed and started again; null for never
 * @param lose the share of batches that never arrive
 * @param repeat the share of batches that arrive twice
 * @param fail the share of devices that turn down every release
 */
record Faults(
        @Nullable Duration drop,
        @Nullable Duration storm,
        @Nullable Duration restart,
        double lose,
        double repeat,
        double fail) {
    static final Faults NONE = new Faults(null, null, null, 0, 0, 0);

    /** Reads {@code drop=30s,lose=0.01}. Immutable. */
    static final class Converter implements ITypeConverter<Faults> {
        @Override
        public Faults convert(String value) {
            Faults faults = NONE;
            for (String part : value.split(",", -1)) {
                int equals = part.indexOf('=');
                if (equals < 1) {
                    throw new TypeConversionException(
                            "'" + part
                                    + "' is no fault such as drop=30s, storm=1m, restart=1m, lose=0.01, repeat=0.01 or fail=0.3");
                }
                faults = faults.with(
                        part.substring(0, equals).strip(),
                        part.substring(equals + 1).strip());
            }
            return faults;
        }
    }

    private Faults with(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "drop" -> new Faults(every(name, value), storm, restart, lose, repeat, fail);
            case "storm" -> new Faults(drop, every(name, value), restart, lose, repeat, fail);
            case "restart" -> new Faults(drop, storm, every(name, value), lose, repeat, fail);
            case "lose" -> new Faults(drop, storm, restart, share(name, value, 0.9), repeat, fail);
            case "repeat" -> new Faults(drop, storm, restart, lose, share(name, value, 1), fail);
            case "fail" -> new Faults(drop, storm, restart, lose, repeat, share(name, value, 1));
            default ->
                throw new TypeConversionException(
                        "'" + name + "' is no fault; there are drop, storm, restart, lose, repeat and fail");
        };
    }

    private static Duration every(String name, String value) {
        Duration every = new Durations().convert(value);
        if (every.toMillis() < 100) {
            throw new TypeConversionException(name + "=" + value + " is more often than every 100ms");
        }
        return every;
    }

    private static double share(String name, String value, double most) {
        try {
            double share = Double.parseDouble(value);
            if (share >= 0 && share <= most) {
                return share;
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException(name + "=" + value + " is no share such as 0.3");
        }
        throw new TypeConversionException(name + "=" + value + " is no share from 0 to " + most);
    }
}
