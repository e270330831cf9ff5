package io.fulmar.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The name of a service among those on one database, made once and kept in its data directory. Immutable. */
final class NodeName {
    private static final String FILE = "node";
    private static final int MOST_CHARS = 32;
    private static final int RANDOM_BYTES = 4;

    private NodeName() {}

    static String of(Path dataDir) {
        Path file = dataDir.resolve(FILE);
        try {
            if (Files.exists(file)) {
                return clean(Files.readString(file));
            }
            byte[] random = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(random);
            String name = clean(host()) + "-" + HexFormat.of().formatHex(random);
            Path next = dataDir.resolve(FILE + ".new");
            Files.writeString(next, name + "\n");
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return name;
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot use " + file + ": " + e,
                    "choose a directory that this user may write with --data",
                    e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "node";
        }
    }

    private static String clean(String name) {
        String clean = name.strip().replaceAll("[^A-Za-z0-9-]", "-");
        return clean.length() <= MOST_CHARS + 1 + 2 * RANDOM_BYTES ? clean : clean.substring(0, MOST_CHARS);
    }
}
