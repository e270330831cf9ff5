package io.fulmar.model.disk;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of lines, each with its checksum, only appended to: what was flushed is there after a power cut, and what has
 * rotted is noticed. It is written anew, beside itself and in one step, when its owner wants it shorter, and before the
 * first append, so that nothing is ever appended to what nobody knows.
 *
 * <p>Owned by one thread.
 */
public final class LineJournal implements AutoCloseable {
    private static final int HEAD = 9;

    private final Path file;

    /** Null while the file does not say all that is known. */
    private @Nullable FileChannel channel;

    private long length;

    /**
     * What a journal says.
     *
     * @param lines those that are what was written, in their order
     * @param damaged how many others there are, but for one that was being appended when the power went
     * @param onlyTheEnd whether the damage, if there is any, is in the last line alone
     * @param writtenMillis when it was written last, by the file system; 0 where there is none
     *     <p>Immutable.
     */
    public record Content(List<String> lines, int damaged, boolean onlyTheEnd, long writtenMillis) {
        public Content {
            lines = List.copyOf(lines);
        }
    }

    public LineJournal(Path file) {
        this.file = file;
    }

    /** Reads it; nothing where there is none. */
    public Content read() throws IOException {
        byte[] bytes;
        long writtenMillis;
        try {
            bytes = Files.readAllBytes(file);
            writtenMillis = Files.getLastModifiedTime(file).toMillis();
        } catch (NoSuchFileException e) {
            return new Content(List.of(), 0, false, 0);
        }
        List<String> lines = new ArrayList<>();
        int damaged = 0;
        boolean last = false;
        for (int from = 0; from < bytes.length; ) {
            int end = from;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            String line = unframed(Arrays.copyOfRange(bytes, from, end));
            if (line != null) {
                lines.add(line);
            } else if (end < bytes.length || !isTorn(bytes, from)) {
                damaged++;
                last = end + 1 >= bytes.length;
            }
            from = end + 1;
        }
        return new Content(lines, damaged, last && damaged == 1, writtenMillis);
    }

    /** A last line without its end is an append that never returned, unless it was whole and only its end has rotted. */
    private static boolean isTorn(byte[] bytes, int from) {
        return unframed(Arrays.copyOfRange(bytes, from, bytes.length - 1)) == null;
    }

    /** Keeps a copy of the file as it is, for whoever wants to know what happened to it. */
    public void copyTo(Path aside) throws IOException {
        Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Whether {@link #append} may be called. */
    public boolean isOpen() {
        return channel != null;
    }

    /** Bytes of it, while it is open. */
    public long length() {
        return length;
    }

    /** Writes the whole of it anew and flushes it; afterwards it is open. */
    public void rewrite(List<String> lines) throws IOException {
        giveUp();
        DiskFiles.createFolders(Objects.requireNonNull(file.toAbsolutePath().getParent()));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        lines.forEach(line -> all.writeBytes(framed(line)));
        FileChannel fresh = DiskFiles.writeBeside(file, all.toByteArray());
        try {
            DiskFiles.takePlace(file);
        } catch (IOException e) {
            fresh.close();
            throw e;
        }
        channel = fresh; // it goes where its file was moved
        length = all.size();
    }

    /** Appends a line; after a failure nobody knows what the file says, and it must be written anew. */
    public void append(String line, boolean flush) throws IOException {
        byte[] bytes = framed(line);
        try {
            FileChannel open = Objects.requireNonNull(channel, "not open");
            DiskFiles.write(open, bytes);
            if (flush) {
                open.force(false);
            }
            length += bytes.length;
        } catch (IOException e) {
            giveUp();
            throw e;
        }
    }

    /** Forgets the file: it must be written anew before anything is appended. */
    public void giveUp() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // it was given up anyway
        } finally {
            channel = null;
        }
    }

    @Override
    public void close() {
        giveUp();
    }

    // ---- lines

    /** Eight hex digits of CRC-32C over the text after the blank. */
    private static byte[] framed(String line) {
        if (line.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a line with an end in it");
        }
        byte[] text = line.getBytes(StandardCharsets.UTF_8);
        byte[] framed = new byte[HEAD + text.length + 1];
        byte[] head = (HexFormat.of().toHexDigits(checksum(text)) + " ").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(head, 0, framed, 0, HEAD);
        System.arraycopy(text, 0, framed, HEAD, text.length);
        framed[framed.length - 1] = '\n';
        return framed;
    }

    /** The text of a line; null if that is not what was written. */
    private static @Nullable String unframed(byte[] line) {
        if (line.length <= HEAD || line[HEAD - 1] != ' ') {
            return null;
        }
        byte[] text = Arrays.copyOfRange(line, HEAD, line.length);
        String head = new String(line, 0, HEAD - 1, StandardCharsets.ISO_8859_1);
        return head.equals(HexFormat.of().toHexDigits(checksum(text)))
                ? new String(text, StandardCharsets.UTF_8)
                : null;
    }

    private static int checksum(byte[] text) {
        CRC32C crc = new CRC32C();
        crc.update(text);
        return (int) crc.getValue();
    }
}
