package io.fulmar.model.tflite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The bytes of a model, copied once and checked: structure, indices and sizes hold before native code sees them.
 *
 * <p>Thread-safe: any number of {@link Interpreter}s share one, and the bytes live as long as any of them.
 */
public final class ModelFile {
    private static final long ALIGNMENT = 64;

    private final String name;
    private final MemorySegment bytes;
    private final String sha256;
    private final ModelParser.Parsed parsed;

    private ModelFile(String name, MemorySegment bytes) {
        this.name = name;
        this.bytes = bytes;
        this.parsed = ModelParser.parse(name, bytes);
        this.sha256 = digest(bytes);
    }

    /**
     * Reads and checks a file. The file is copied, not mapped: replacing it later does not disturb a running model.
     *
     * @throws ModelException if it cannot be read or is not a model that this runtime can run
     */
    public static ModelFile read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = requireSize(file.toString(), channel.size());
            MemorySegment bytes =
                    Arena.ofAuto().allocate(Math.max(size, 1), ALIGNMENT).asSlice(0, size);
            ByteBuffer target = bytes.asByteBuffer();
            while (target.hasRemaining() && channel.read(target) >= 0) {
                // reads until the buffer is full or the file ends
            }
            return new ModelFile(file.toString(), bytes.asSlice(0, target.position()));
        } catch (NoSuchFileException e) {
            throw new ModelException(
                    ModelException.Category.PERMANENT, file + ": no such file", "Check the path of the model.", e);
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Category.TRANSIENT,
                    file + ": cannot be read: "
                            + (e instanceof AccessDeniedException ? "permission denied" : e.getMessage()),
                    "Check that it is a file and that this user may read it.",
                    e);
        }
    }

    /** Checks bytes that are already in memory; they are copied. */
    public static ModelFile of(String name, byte[] content) {
        requireSize(name, content.length);
        MemorySegment bytes =
                Arena.ofAuto().allocate(Math.max(content.length, 1), ALIGNMENT).asSlice(0, content.length);
        return new ModelFile(name, bytes.copyFrom(MemorySegment.ofArray(content)));
    }

    private static long requireSize(String name, long size) {
        if (size > Limits.MAX_MODEL_BYTES) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    name + ": " + size + " bytes, more than the " + Limits.MAX_MODEL_BYTES + " that a model may have",
                    "Quantize or split the model.");
        }
        return size;
    }

    private static String digest(MemorySegment bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.asByteBuffer());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException("This Java has no SHA-256", e));
        }
    }

    /** Where the bytes came from, as error messages name it. */
    public String name() {
        return name;
    }

    public long sizeBytes() {
        return bytes.byteSize();
    }

    /** The digest of the whole file in 64 lower-case hex digits. */
    public String sha256() {
        return sha256;
    }

    public ModelDescription description() {
        return parsed.description();
    }

    /** Whether only the builtin kernels can run it. */
    boolean isWasteful() {
        return parsed.wasteful();
    }

    /** The native bytes; alive as long as this object is reachable. */
    MemorySegment bytes() {
        return bytes;
    }
}
