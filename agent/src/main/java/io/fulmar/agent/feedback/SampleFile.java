package io.fulmar.agent.feedback;

import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Sample;
import io.fulmar.sync.wire.SampleCodec;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A sample on the disk, as far as its name tells: what is said of it, its content and a digest over both are in one file.
 * Immutable.
 *
 * @param number rises with every sample
 * @param bytes of the file
 * @param wanted whether the fleet has asked for it
 */
public record SampleFile(long number, SampleRule rule, String pipeline, Receipt receipt, long bytes, boolean wanted) {
    /** What a file that is being written is called in the end. */
    static final String UNFINISHED = ".new";

    private static final Pattern NAME =
            Pattern.compile("([0-9]{12})-(drift|disagreement|confidence|random)-(.+)-([0-9a-f]{16})-(alarm|event|data)"
                    + "-([0-9]{1,18})\\.(sample|wanted)");
    private static final int MAGIC = 0x464C5331; // FLS1
    private static final int DIGEST_BYTES = 32;
    private static final int FRAME_BYTES = 2 * Integer.BYTES + DIGEST_BYTES;

    /**
     * All that is in the file.
     *
     * @param content as a file of the sample's format
     *     <p>Immutable, as long as nobody writes into the array.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    public record Whole(Sample sample, byte[] content) {}

    /** The samples in a folder, the oldest first; none where there is no folder. */
    public static List<SampleFile> list(Path dir) throws IOException {
        List<SampleFile> files = new ArrayList<>();
        if (!Files.isDirectory(dir)) {
            return files;
        }
        try (var children = Files.newDirectoryStream(dir)) {
            for (Path child : children) {
                SampleFile file = of(child);
                if (file != null) {
                    files.add(file);
                }
            }
        }
        files.sort(Comparator.comparingLong(SampleFile::number));
        return files;
    }

    private static @Nullable SampleFile of(Path path) throws IOException {
        Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
        if (!name.matches()) {
            return null;
        }
        try {
            return new SampleFile(
                    Long.parseLong(name.group(1)),
                    SampleRule.of(name.group(2)),
                    name.group(3),
                    new Receipt(
                            Epochs.parse(name.group(4)),
                            Stream.ofTopicName(name.group(5)),
                            Long.parseLong(name.group(6))),
                    Files.size(path),
                    name.group(7).equals("wanted"));
        } catch (NoSuchFileException | WireException | IllegalArgumentException e) {
            return null; // it was deleted meanwhile, or is none of ours
        }
    }

    /** What it is called on this device and in the fleet. */
    public String id() {
        return Epochs.text(receipt.epoch()) + "-" + receipt.stream().topicName() + "-" + receipt.seq();
    }

    /** Bytes that it takes on the disk. */
    long diskBytes() {
        return diskBytes(bytes);
    }

    static long diskBytes(long bytes) {
        return Math.max(1, Math.ceilDiv(bytes, Limits.BLOCK_BYTES)) * Limits.BLOCK_BYTES;
    }

    /** Where it is. */
    public Path path(Path dir) {
        return dir.resolve(fileName());
    }

    String fileName() {
        return String.format(Locale.ROOT, "%012d-%s-%s-%s", number, rule.text(), pipeline, id())
                + (wanted ? ".wanted" : ".sample");
    }

    /** The same one, asked for. */
    SampleFile asked() {
        return new SampleFile(number, rule, pipeline, receipt, bytes, true);
    }

    /** The bytes of a file with that in it. */
    static byte[] encoded(Sample sample, byte[] content) {
        byte[] said = SampleCodec.encode(sample);
        ByteBuffer out = ByteBuffer.allocate(FRAME_BYTES + said.length + content.length);
        out.putInt(MAGIC).putInt(said.length).put(said).put(content);
        MessageDigest digest = sha256();
        digest.update(out.array(), 0, out.position());
        return out.put(digest.digest()).array();
    }

    /**
     * What is said of it, without a look at the rest; null where it is damaged.
     *
     * @throws NoSuchFileException where it is gone
     */
    public @Nullable Sample said(Path dir) throws IOException {
        try (InputStream file = Files.newInputStream(path(dir));
                DataInputStream in = new DataInputStream(file)) {
            if (in.readInt() != MAGIC) {
                return null;
            }
            int length = in.readInt();
            if (length < 0 || length > Limits.HEADER_BYTES) {
                return null;
            }
            return SampleCodec.decode(in.readNBytes(length));
        } catch (java.io.EOFException | WireException e) {
            return null;
        }
    }

    /**
     * All of it; null where it is damaged.
     *
     * @throws NoSuchFileException where it is gone
     */
    public @Nullable Whole read(Path dir) throws IOException {
        Path path = path(dir);
        if (Files.size(path) > io.fulmar.sync.wire.Limits.SAMPLE_BYTES + Limits.HEADER_BYTES + FRAME_BYTES) {
            return null;
        }
        byte[] all = Files.readAllBytes(path);
        ByteBuffer in = ByteBuffer.wrap(all);
        if (all.length < FRAME_BYTES || in.getInt() != MAGIC) {
            return null;
        }
        int length = in.getInt();
        if (length < 0 || length > all.length - FRAME_BYTES) {
            return null;
        }
        MessageDigest digest = sha256();
        digest.update(all, 0, all.length - DIGEST_BYTES);
        if (!Arrays.equals(digest.digest(), Arrays.copyOfRange(all, all.length - DIGEST_BYTES, all.length))) {
            return null;
        }
        try {
            byte[] said = new byte[length];
            in.get(said);
            Sample sample = SampleCodec.decode(said);
            byte[] content = Arrays.copyOfRange(all, in.position(), all.length - DIGEST_BYTES);
            boolean fits = content.length == sample.size()
                    && sample.receipt().equals(receipt)
                    && HexFormat.of().formatHex(sha256().digest(content)).equals(sample.sha256());
            return fits ? new Whole(sample, content) : null;
        } catch (WireException e) {
            return null;
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
