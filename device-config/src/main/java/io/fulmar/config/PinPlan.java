package io.fulmar.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which pin of the board is used for what, so that none is used twice. Owned by the one load that builds it. */
final class PinPlan {
    private final @Nullable BoardProfile board;
    private final Map<Integer, String> used = new HashMap<>();
    private final Set<String> places = new HashSet<>();

    /** @param board what the pins are on; null or one without pins where only the simulator has any */
    PinPlan(@Nullable BoardProfile board) {
        this.board = board == null || board.pins().isEmpty() ? null : board;
    }

    /** The number under {@code pin}, which {@code user} wants for itself; what is wrong with that is reported. */
    int claim(TableReader table, String user) {
        int pin = table.integer("pin", 0, Limits.PINS - 1);
        if (!table.has("pin")) {
            return pin;
        }
        if (board != null && board.pins().stream().noneMatch(it -> it.gpio() == pin)) {
            table.problem("pin", "is " + pin + ", but the " + board.title() + " has " + ranges(gpios()));
            return pin;
        }
        String other = used.putIfAbsent(pin, user);
        if (other != null) {
            table.problem("pin", "GPIO " + pin + " is used by " + other + " already");
        }
        return pin;
    }

    /** As {@link #claim}, of a pin that can do PWM. */
    int claimPwm(TableReader table, String user) {
        int pin = claim(table, user);
        if (board != null && table.has("pin") && !pwmPins().contains(pin)) {
            table.problem(
                    "pin",
                    "GPIO " + pin + " has no PWM on the " + board.title() + "; "
                            + pwmPins().stream().map(String::valueOf).collect(Collectors.joining(", ")) + " have");
        }
        return pin;
    }

    /** The bus under {@code bus}, whose pins are that bus's from now on. */
    String i2c(TableReader table) {
        String name = table.text("bus");
        bus(table, name, "i2c", List.of("sda", "scl"));
        return name;
    }

    /** Takes an SPI bus and one of its lines that select a chip. */
    void spi(TableReader table, String name, int chipSelect) {
        bus(table, name, "spi", List.of("mosi", "miso", "sclk", "ce" + chipSelect));
        taken(table, "chip_select", name + " ce" + chipSelect, "selects another sensor of " + name + " already");
    }

    /** Takes an address on a bus. */
    void address(TableReader table, String name, int address) {
        taken(
                table,
                "address",
                name + " " + address,
                String.format(java.util.Locale.ROOT, "0x%02X is another sensor's on %s already", address, name));
    }

    private void taken(TableReader table, String key, String place, String problem) {
        if (!places.add(place)) {
            table.problem(key, problem);
        }
    }

    private void bus(TableReader table, String name, String kind, List<String> lines) {
        if (name.isEmpty()) {
            return;
        }
        if (board == null) {
            if (!name.matches(kind + "[0-9]")) {
                table.problem("bus", "expected " + kind + "0 to " + kind + "9");
            }
            return;
        }
        List<BoardProfile.Bus> possible =
                board.buses().stream().filter(it -> it.name().startsWith(kind)).toList();
        BoardProfile.Bus bus = possible.stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElse(null);
        if (bus == null) {
            List<String> names = possible.stream().map(BoardProfile.Bus::name).toList();
            table.problem(
                    "bus",
                    "the " + board.title() + " has " + String.join(", ", names) + ", not \"" + name + "\"",
                    Nearest.to(name, names));
            return;
        }
        for (String line : lines) {
            Integer pin = bus.pins().get(line);
            if (pin == null) {
                table.problem(line.startsWith("ce") ? "chip_select" : "bus", name + " has no line " + line);
                continue;
            }
            String user = name + " (" + line + ")";
            String other = used.putIfAbsent(pin, user);
            if (other != null && !other.equals(user)) {
                table.problem("bus", "GPIO " + pin + " is used by " + other + " already");
            }
        }
    }

    private Set<Integer> gpios() {
        Set<Integer> gpios = new TreeSet<>();
        if (board != null) {
            board.pins().forEach(pin -> gpios.add(pin.gpio()));
        }
        return gpios;
    }

    private Set<Integer> pwmPins() {
        return board == null
                ? Set.of()
                : board.buses().stream()
                        .filter(bus -> bus.name().startsWith("pwm"))
                        .flatMap(bus -> bus.pins().values().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String ranges(Set<Integer> numbers) {
        List<Integer> sorted = List.copyOf(numbers);
        int first = sorted.getFirst();
        int last = sorted.getLast();
        return last - first + 1 == sorted.size()
                ? "GPIO " + first + " to " + last
                : "GPIO " + sorted.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
