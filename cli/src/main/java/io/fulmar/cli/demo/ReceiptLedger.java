package io.fulmar.cli.demo;

import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one device's store promised, read from the file that {@code fulmar agent --receipts} writes, while it grows.
 *
 * <p>The file is written by the device after each commit and by nothing else, so it is evidence that depends neither on
 * the outbox nor on the fleet. A last line without its line end was cut off by a kill and promised nothing.
 *
 * <p>Owned by one thread.
 */
final class ReceiptLedger {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path file;
    private final List<Entry> receipts = new ArrayList<>();
    private final List<Acknowledged> acknowledgements = new ArrayList<>();
    private final Map<Stream, Place> recorded = new EnumMap<>(Stream.class);
    private final Map<Stream, Place> acknowledged = new EnumMap<>(Stream.class);
    private long position;
    private int lines;

    /** One receipt, the SHA-256 (hex) of the recorded bytes, and the wall clock when the commit had returned. */
    record Entry(Receipt receipt, String sha256, long committedAtMillis) {}

    /** All rows of a stream up to {@code upTo} were acknowledged at that wall clock time. */
    record Acknowledged(long epoch, Stream stream, long upTo, long atMillis) {}

    private record Place(long epoch, long seq) {}

    /** A ledger of a file that need not exist yet. */
    ReceiptLedger(Path file) {
        this.file = file;
    }

    /**
     * Reads the lines that have been completed since the last time.
     *
     * @throws IOException if the file cannot be read or a complete line is not one of a ledger
     */
    ReceiptLedger update() throws IOException {
        if (Files.exists(file)) {
            String text = readOn();
            int start = 0;
            for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
                lines++;
                line(List.of(text.substring(start, end).split(" ", -1)));
                start = end + 1;
            }
            position += start; // ASCII: a character is a byte
        }
        return this;
    }

    /** Every receipt, in the order of its commit. */
    List<Entry> receipts() {
        return Collections.unmodifiableList(receipts);
    }

    /** Every acknowledgement that the device applied, in order. */
    List<Acknowledged> acknowledgements() {
        return Collections.unmodifiableList(acknowledgements);
    }

    /** How many rows, of all streams, the device has recorded but knows no acknowledgement of. */
    long unacknowledged() {
        long sum = 0;
        for (var entry : recorded.entrySet()) {
            Place place = entry.getValue();
            Place known = acknowledged.get(entry.getKey());
            sum += known != null && known.epoch() == place.epoch()
                    ? Math.max(0, place.seq() - known.seq())
                    : place.seq();
        }
        return sum;
    }

    private String readOn() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long at = position;
            for (int read = channel.read(buffer, at); read > 0; read = channel.read(buffer.clear(), at)) {
                bytes.write(buffer.array(), 0, read);
                at += read;
            }
        }
        return bytes.toString(StandardCharsets.US_ASCII);
    }

    private void line(List<String> fields) throws IOException {
        switch (fields.getFirst()) {
            case "R" -> {
                var receipt = new Receipt(epoch(fields), stream(fields), Long.parseLong(fields.get(3)));
                receipts.add(new Entry(receipt, fields.get(4), Long.parseLong(fields.get(5))));
                recorded.put(receipt.stream(), new Place(receipt.epoch(), receipt.seq()));
            }
            case "A" -> {
                var entry = new Acknowledged(
                        epoch(fields), stream(fields), Long.parseLong(fields.get(3)), Long.parseLong(fields.get(4)));
                acknowledgements.add(entry);
                acknowledged.put(entry.stream(), new Place(entry.epoch(), entry.upTo()));
            }
            default -> throw new IOException(file + " line " + lines + " is not a line of a receipt ledger");
        }
    }

    private static long epoch(List<String> fields) {
        return Epochs.parse(fields.get(1));
    }

    private static Stream stream(List<String> fields) {
        return Stream.valueOf(fields.get(2).toUpperCase(Locale.ROOT));
    }
}
