package io.fulmar.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of computer that devices are built on: what its pins and buses are, and which defaults suit it. The facts and where
 * they come from are in the resources beside this class.
 *
 * @param gpioChip the label of the GPIO controller, null for a board without pins
 * @param pins its general-purpose pins by their numbers
 * @param outboxQuotaBytes the quota of an outbox that says none
 * @param modelThreads the threads of a model that says none
 *     <p>Immutable.
 */
public record BoardProfile(
        String name,
        String title,
        String soc,
        String memory,
        @Nullable String gpioChip,
        List<Pin> pins,
        List<Bus> buses,
        long outboxQuotaBytes,
        int modelThreads) {

    /** The names of all profiles. */
    public static final List<String> NAMES =
            List.of("raspberry-pi-3", "raspberry-pi-4", "raspberry-pi-5", "raspberry-pi-zero-2-w", "generic-x86-64");

    public BoardProfile {
        pins = List.copyOf(pins);
        buses = List.copyOf(buses);
    }

    /** One pin: its number as software says it, and its place on the header as a person counts it. Immutable. */
    public record Pin(int gpio, int header) {}

    /**
     * Several pins that work together.
     *
     * @param device the file that Linux gives it
     * @param enable what the board's own configuration must say for that
     * @param pins the GPIO of each of its lines
     *     <p>Immutable.
     */
    public record Bus(String name, String device, String enable, Map<String, Integer> pins) {
        public Bus {
            pins = Collections.unmodifiableMap(new LinkedHashMap<>(pins));
        }
    }

    /** The profile of this name, if there is one. */
    public static Optional<BoardProfile> named(String name) {
        return NAMES.contains(name) ? Optional.of(read(name)) : Optional.empty();
    }

    /** What a pin is for besides general purposes, such as {@code i2c1 sda}. */
    public List<String> uses(Pin pin) {
        List<String> uses = new ArrayList<>();
        for (Bus bus : buses) {
            bus.pins().forEach((line, gpio) -> {
                if (gpio == pin.gpio()) {
                    uses.add(bus.name() + " " + line);
                }
            });
        }
        return uses;
    }

    private static BoardProfile read(String name) {
        String file = "boards/" + name + ".toml";
        Problems problems = new Problems();
        Origin origin = new Origin(Layer.FILE, 0, file, Path.of(""));
        try (InputStream in = BoardProfile.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + file);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Node.Table document = TomlDocument.parse(origin, text, problems);
            BoardProfile profile = document == null ? null : profile(name, TableReader.root(problems, document));
            if (profile == null || !problems.none()) {
                throw new IllegalStateException(problems.inOrder().toString());
            }
            return profile;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BoardProfile profile(String name, TableReader table) {
        TableReader defaults = table.table("defaults");
        BoardProfile profile = new BoardProfile(
                name,
                table.text("title"),
                table.text("soc"),
                table.text("memory"),
                table.has("gpio_chip") ? table.text("gpio_chip") : null,
                pins(table),
                buses(table),
                defaults.size("quota", 0, 1, Long.MAX_VALUE),
                defaults.integer("threads", 1, 64));
        defaults.done();
        table.done();
        return profile;
    }

    private static List<Pin> pins(TableReader table) {
        List<Pin> pins = new ArrayList<>();
        for (TableReader pin : table.tables("pins", Limits.PINS)) {
            pins.add(new Pin(pin.integer("gpio", 0, Limits.PINS), pin.integer("header", 1, Limits.PINS)));
            pin.done();
        }
        return pins;
    }

    private static List<Bus> buses(TableReader table) {
        List<Bus> buses = new ArrayList<>();
        for (TableReader bus : table.tables("bus", Limits.PINS)) {
            TableReader lines = bus.table("pins");
            Map<String, Integer> pins = new LinkedHashMap<>();
            for (String line : lines.keys()) {
                pins.put(line, lines.integer(line, 0, Limits.PINS));
            }
            buses.add(new Bus(bus.text("name"), bus.text("device"), bus.text("enable"), pins));
            bus.done();
        }
        return buses;
    }
}
