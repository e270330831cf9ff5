package io.fulmar.agent.health;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A time that has certainly passed, kept in the state directory, so that a device that starts in 1970 still knows what is
 * over. Written about once an hour and never flushed: what a power cut takes of it is an hour of knowledge. Owned by the
 * control thread.
 */
final class ClockFloor {
    private static final Logger LOG = LoggerFactory.getLogger("clock");
    private static final String NAME = "clock.floor";

    private final Path file;
    private long written;

    ClockFloor(Path dir) {
        this.file = dir.resolve(NAME);
    }

    /** What was kept; the other where nothing, or nothing whole, was. */
    long read(long otherwise) {
        try {
            String[] words =
                    Files.readString(file, StandardCharsets.US_ASCII).strip().split(" ", -1);
            if (words.length == 2 && words[1].equals(sum(words[0]))) {
                written = Long.parseLong(words[0]);
                return Math.max(written, otherwise);
            }
            LOG.warn("{} is damaged and will be written anew", file);
        } catch (IOException | NumberFormatException e) {
            LOG.debug("no floor of the clock in {}: {}", file, e.toString());
        }
        return otherwise;
    }

    /** Keeps it if it is that much later than what is kept; a disk that does not take it is reported by the store. */
    void keep(long millis, long atLeastLater) {
        if (millis - written < atLeastLater) {
            return;
        }
        written = millis;
        Path next = file.resolveSibling(NAME + ".new");
        try {
            Files.writeString(next, millis + " " + sum(Long.toString(millis)) + "\n", StandardCharsets.US_ASCII);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debug("{} cannot be written: {}", file, e.toString());
        }
    }

    private static String sum(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.US_ASCII));
        return Long.toHexString(sum.getValue());
    }
}
