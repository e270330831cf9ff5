package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.config.SensorSettings;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Makes the drivers of the sensors that a configuration names. Immutable. */
public final class Sensors {
    /** The MCP3008 takes 1.35 MHz at 2.7 V (DS21295D, Table 1-1). */
    private static final int MCP3008_HERTZ = 1_000_000;

    private Sensors() {}

    /**
     * The driver of that sensor, which has not touched it yet.
     *
     * @throws io.fulmar.agent.io.bus.BusException if its bus cannot be had
     */
    public static SensorDriver driver(SensorSettings settings, Board board) {
        return switch (settings) {
            case SensorSettings.Acceleration it -> {
                int[] axes = it.axes().stream().mapToInt(Enum::ordinal).toArray();
                yield switch (it.chip()) {
                    case ADXL345 -> new Adxl345(board.i2c(it.bus(), it.address()), it.samples(), it.range(), axes);
                    case LIS3DH -> new Lis3dh(board.i2c(it.bus(), it.address()), it.samples(), it.range(), axes);
                };
            }
            case SensorSettings.Climate it -> new Bme280(board.i2c(it.bus(), it.address()), it.rate());
            case SensorSettings.Voltage it ->
                new Mcp3008(
                        board.spi(it.bus(), it.chipSelect(), MCP3008_HERTZ),
                        it.rate(),
                        it.inputs().stream().mapToInt(Integer::intValue).toArray(),
                        it.reference());
        };
    }

    /** What a person calls it: its name, its chip and where that is. */
    public static String title(SensorSettings settings) {
        return settings.name() + " (" + chip(settings) + " at " + place(settings) + ")";
    }

    private static String chip(SensorSettings settings) {
        return switch (settings) {
            case SensorSettings.Acceleration it -> it.chip().name();
            case SensorSettings.Climate _ -> "BME280";
            case SensorSettings.Voltage _ -> "MCP3008";
        };
    }

    /** Where it is: its bus, and its address or its chip select. */
    public static String place(SensorSettings settings) {
        return switch (settings) {
            case SensorSettings.Acceleration it -> address(it.bus(), it.address());
            case SensorSettings.Climate it -> address(it.bus(), it.address());
            case SensorSettings.Voltage it -> it.bus() + " select " + it.chipSelect();
        };
    }

    private static String address(String bus, int address) {
        return String.format(Locale.ROOT, "%s 0x%02X", bus, address);
    }

    /** The units of a sample's values, in their order. */
    public static List<String> units(SensorSettings settings) {
        return switch (settings) {
            case SensorSettings.Acceleration _ -> Collections.nCopies(settings.channels(), "m/s²");
            case SensorSettings.Climate _ -> List.of("°C", "%", "hPa");
            case SensorSettings.Voltage _ -> Collections.nCopies(settings.channels(), "V");
        };
    }
}
