package io.fulmar.cli.model;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a folder, one after the other: files as they are where the first step decodes them, else rows of CSV and
 * NumPy arrays of 32-bit floats. Owned by the main thread.
 */
final class ReferenceInputs implements Source {
    private static final Set<String> FILES = Set.of("jpg", "jpeg", "png", "bmp", "wav");
    private static final Set<String> NUMBERS = Set.of("csv", "npy");
    private static final String HINT = "take it out of the folder";
    private static final byte[] NUMPY = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    private final List<Path> files;
    private final FrameForm form;
    private final Deque<float[]> rows = new ArrayDeque<>();
    private int next;
    private long number;

    /** @param encoded whether files are given as they are */
    ReferenceInputs(List<Path> files, boolean encoded) throws IOException {
        this.files = files;
        this.form = encoded ? new FrameForm.Encoded() : new FrameForm.Values(size(files.getFirst()));
    }

    /** What of these folders and files can be an input, in the order of the names. */
    static List<Path> find(List<Path> places, boolean encoded) throws IOException {
        Deque<Path> found = new ArrayDeque<>();
        for (Path place : places) {
            try (Stream<Path> below = Files.walk(place)) {
                below.filter(Files::isRegularFile)
                        .filter(file -> (encoded ? FILES : NUMBERS).contains(ending(file)))
                        .filter(file -> !String.valueOf(file.getFileName()).equals("samples.csv"))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return List.copyOf(found);
    }

    private static String ending(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static int size(Path file) throws IOException {
        List<float[]> all = rows(file);
        if (all.isEmpty()) {
            throw new IOException(file + " has no row");
        }
        return all.getFirst().length;
    }

    private static List<float[]> rows(Path file) throws IOException {
        return ending(file).equals("npy") ? List.of(numpy(file)) : csv(file);
    }

    private static List<float[]> csv(Path file) throws IOException {
        Deque<float[]> all = new ArrayDeque<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split(",", -1);
            float[] row = new float[cells.length];
            try {
                for (int i = 0; i < cells.length; i++) {
                    row[i] = Float.parseFloat(cells[i].strip());
                }
            } catch (NumberFormatException e) {
                throw new IOException(file + " has a line that is no row of numbers: " + e.getMessage(), e);
            }
            all.add(row);
        }
        return List.copyOf(all);
    }

    private static float[] numpy(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[NUMPY.length];
        if (in.remaining() < 10) {
            throw new IOException(file + " is no NumPy array");
        }
        in.get(magic);
        int version = in.get();
        in.get();
        int header = version == 1 ? in.getShort() & 0xFFFF : -1;
        if (!java.util.Arrays.equals(magic, NUMPY) || header < 0 || header > in.remaining()) {
            throw new IOException(file + " is no NumPy array of format 1");
        }
        byte[] text = new byte[header];
        in.get(text);
        if (!new String(text, StandardCharsets.US_ASCII)
                .replace(" ", "")
                .contains("'descr':'<f4','fortran_order':False")) {
            throw new IOException(file + " is not of little-endian 32-bit floats");
        }
        float[] values = new float[in.remaining() / Float.BYTES];
        in.asFloatBuffer().get(values);
        return values;
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public FrameForm form() {
        return form;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        try {
            while (rows.isEmpty() && next < files.size()) {
                Path file = files.get(next++);
                if (form instanceof FrameForm.Encoded) {
                    number++;
                    return new Frame(new Content.Encoded(Files.readAllBytes(file), "")).numbered(number);
                }
                rows.addAll(rows(file));
            }
        } catch (IOException e) {
            throw new SourceException(
                    SourceException.Category.PERMANENT, "unreadable", String.valueOf(e.getMessage()), HINT);
        }
        float[] row = rows.poll();
        if (row == null) {
            return null;
        }
        number++;
        if (form instanceof FrameForm.Values values && values.size() != row.length) {
            throw new SourceException(
                    SourceException.Category.PERMANENT,
                    "columns",
                    "a row has " + row.length + " numbers, and the first one " + values.size(),
                    HINT);
        }
        return new Frame(new Content.Values(row)).numbered(number);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    /** Whether nothing is left. */
    boolean ended() {
        return rows.isEmpty() && next == files.size();
    }

    @Override
    public long nextDueNanos() {
        return 0;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
