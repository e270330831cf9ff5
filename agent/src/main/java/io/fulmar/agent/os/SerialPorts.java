package io.fulmar.agent.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A serial port that this machine has.
 *
 * @param path such as {@code /dev/ttyUSB0}
 * @param names others that lead to it, which stay the same whatever is plugged in where: those of {@code /dev/serial/by-id} and
 *     such as {@code /dev/serial0}
 * @param driver of the kernel
 *     <p>Immutable.
 */
public record SerialPorts(Path path, List<Path> names, String driver) {
    public SerialPorts {
        names = List.copyOf(names);
    }

    /** All that there are, by name. */
    public static List<SerialPorts> here() {
        return below(Path.of("/"));
    }

    /** Those of the machine whose {@code /dev} and {@code /sys} are found there. */
    public static List<SerialPorts> below(Path root) {
        List<SerialPorts> ports = new ArrayList<>();
        for (Path terminal : files(root.resolve("sys/class/tty"), "*")) {
            Path driver = terminal.resolve("device/driver");
            Path file = root.resolve("dev").resolve(terminal.getFileName().toString());
            if (Files.exists(driver) && Files.exists(file) && !isEmpty(terminal)) {
                ports.add(new SerialPorts(file, names(root, file), name(driver)));
            }
        }
        ports.sort(Comparator.comparing(SerialPorts::path));
        return ports;
    }

    /** For each of four ports that a PC may have there is a file; what is behind one that it has not is of the type 0. */
    private static boolean isEmpty(Path terminal) {
        try {
            return Files.readString(terminal.resolve("type")).strip().equals("0");
        } catch (IOException e) {
            return false; // drivers of adapters say no type
        }
    }

    private static String name(Path driver) {
        try {
            return String.valueOf(driver.toRealPath().getFileName());
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static List<Path> names(Path root, Path file) {
        List<Path> links = new ArrayList<>(files(root.resolve("dev/serial/by-id"), "*"));
        links.addAll(files(root.resolve("dev"), "serial[0-9]*"));
        links.removeIf(link -> !leadsTo(link, file));
        return links;
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.isSymbolicLink(link) && Files.isSameFile(link, file);
        } catch (IOException gone) {
            return false;
        }
    }

    private static List<Path> files(Path folder, String glob) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, glob)) {
            all.forEach(files::add);
        } catch (IOException none) {
            return List.of();
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }
}
