package io.fulmar.sync.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * What a disk can hold after a power cut. Immutable.
 *
 * @param how which of the unflushed changes are on it
 * @param files by path below the root
 */
public record Image(String how, SortedSet<String> directories, SortedMap<String, byte[]> files) {
    /** Writes it into an empty directory. */
    public void writeTo(Path root) throws IOException {
        for (String directory : directories) {
            Files.createDirectories(root.resolve(directory));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(root.resolve(file.getKey()), file.getValue());
        }
    }

    /** The same for images of the same content: 64 bits of checksums, which are fast, and it is taken of every image. */
    public String digest() {
        CRC32 crc32 = new CRC32();
        CRC32C crc32c = new CRC32C();
        StringBuilder names = new StringBuilder(directories.toString());
        files.forEach((path, bytes) -> {
            names.append(' ').append(path).append(':').append(bytes.length);
            crc32.update(bytes);
            crc32c.update(bytes);
        });
        return names + " " + crc32.getValue() + " " + crc32c.getValue();
    }

    /** The names and sizes in it, for a message. */
    public String summary() {
        StringBuilder text = new StringBuilder(how);
        files.forEach((name, bytes) -> text.append(' ').append(name).append(':').append(bytes.length));
        return text.toString();
    }
}
