package io.fulmar.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns one {@code [[hardware.sensor]]} into a record. Immutable. */
final class SensorBinder {
    private static final List<String> TYPES = List.of("adxl345", "lis3dh", "bme280", "mcp3008");
    private static final List<Integer> ADXL345_RATES = List.of(25, 50, 100, 200, 400, 800);
    private static final List<Integer> LIS3DH_RATES = List.of(10, 25, 50, 100, 200, 400, 1_344);
    private static final List<Integer> RANGES = List.of(2, 4, 8, 16);

    private SensorBinder() {}

    static @Nullable SensorSettings sensor(TableReader table, Function<TableReader, String> names, PinPlan pins) {
        String type = table.oneOf("type", TYPES);
        return switch (type) {
            case "adxl345" ->
                acceleration(
                        table.as(type),
                        names,
                        SensorSettings.Accelerometer.ADXL345,
                        List.of(0x53, 0x1D),
                        ADXL345_RATES,
                        pins);
            case "lis3dh" ->
                acceleration(
                        table.as(type),
                        names,
                        SensorSettings.Accelerometer.LIS3DH,
                        List.of(0x18, 0x19),
                        LIS3DH_RATES,
                        pins);
            case "bme280" -> climate(table.as(type), names, pins);
            case "mcp3008" -> voltage(table.as(type), names, pins);
            case null, default -> null;
        };
    }

    private static SensorSettings acceleration(
            TableReader table,
            Function<TableReader, String> names,
            SensorSettings.Accelerometer chip,
            List<Integer> addresses,
            List<Integer> rates,
            PinPlan pins) {
        String name = names.apply(table);
        String bus = pins.i2c(table);
        int address = address(table, bus, addresses, pins);
        int rate = among(table, "rate", 400, rates, " Hz");
        int range = among(table, "range", 4, RANGES, " g");
        List<SensorSettings.Axis> axes = List.of(SensorSettings.Axis.values());
        List<SensorSettings.Axis> chosen = table.choices("axes", SensorSettings.Axis.class);
        if (table.has("axes")) {
            axes = chosen;
            if (chosen.isEmpty() || new HashSet<>(chosen).size() < chosen.size()) {
                table.problem("axes", "expected one or more of x, y, z, each once");
            }
        }
        table.done();
        return new SensorSettings.Acceleration(name, chip, bus, address, rate, range, axes);
    }

    private static SensorSettings climate(TableReader table, Function<TableReader, String> names, PinPlan pins) {
        String name = names.apply(table);
        String bus = pins.i2c(table);
        int address = address(table, bus, List.of(0x76, 0x77), pins);
        double rate = table.number("rate", 1, 1e-4, 25);
        table.done();
        return new SensorSettings.Climate(name, bus, address, rate);
    }

    private static SensorSettings voltage(TableReader table, Function<TableReader, String> names, PinPlan pins) {
        String name = names.apply(table);
        String bus = table.text("bus");
        int chipSelect = table.integer("chip_select", 0, 0, 2);
        pins.spi(table, bus, chipSelect);
        double rate = table.number("rate", 10, 1e-4, 1_000);
        double reference = table.number("reference", 3.3, 0.25, 7);
        List<Integer> inputs = new ArrayList<>();
        for (double input : table.numbers("inputs", 0, 7)) {
            inputs.add((int) input);
            if (input != Math.rint(input)) {
                table.problem("inputs", "expected whole numbers from 0 to 7");
            }
        }
        if (!table.has("inputs")) {
            inputs.add(0);
        } else if (inputs.isEmpty() || new HashSet<>(inputs).size() < inputs.size()) {
            table.problem("inputs", "expected one or more of 0 to 7, each once");
        }
        table.done();
        return new SensorSettings.Voltage(name, bus, chipSelect, rate, reference, inputs);
    }

    private static int address(TableReader table, String bus, List<Integer> possible, PinPlan pins) {
        int address = table.integer("address", possible.getFirst(), 0x08, 0x77);
        if (!possible.contains(address)) {
            table.problem(
                    "address",
                    String.format(
                            java.util.Locale.ROOT,
                            "is 0x%02X; this chip answers at 0x%02X or 0x%02X",
                            address,
                            possible.getFirst(),
                            possible.getLast()));
        }
        pins.address(table, bus, address);
        return address;
    }

    private static int among(TableReader table, String key, int fallback, List<Integer> possible, String unit) {
        int value = table.integer(key, fallback, possible.getFirst(), possible.getLast());
        if (!possible.contains(value)) {
            table.problem(
                    key,
                    "is " + value + "; expected "
                            + String.join(
                                    ", ", possible.stream().map(String::valueOf).toList()) + unit);
        }
        return value;
    }
}
