package io.fulmar.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.flatbuffers.FlatBufferBuilder;
import io.fulmar.model.cue.Cue;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.wire.Reported.ModelState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;

/**
 * Releases that a device must undo, each for its own reason. But for their fault they are as right as can be: digests fit, and
 * who may sign has signed. Has no state.
 */
final class BadReleases {
    /** Releases that devices accept begin here. */
    static final long FLOOR = 10;

    private BadReleases() {}

    /**
     * One of them. Immutable.
     *
     * @param reason what the device must give as its reason
     * @param state how it must end
     */
    record Bad(String name, String reason, ModelState state, Maker maker) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Makes a release of that number. */
    @FunctionalInterface
    interface Maker {
        PackageReader make(long number, SigningKey key, Path packages) throws IOException;
    }

    /** Changes a release before it is packed. */
    @FunctionalInterface
    interface Change {
        TestRelease of(TestRelease good);
    }

    /** Those that are refused before they are loaded. */
    static List<Bad> refused() {
        return List.of(
                new Bad("wrong signature", "wrong-signature", ModelState.REJECTED, BadReleases::wrongSignature),
                new Bad(
                        "unknown key",
                        "unknown-key",
                        ModelState.REJECTED,
                        (number, key, packages) ->
                                TestRelease.good(number, SigningKey.generate()).in(packages)),
                rejected("expired", "expired", TestRelease::expired),
                new Bad(
                        "below the floor",
                        "below-floor",
                        ModelState.REJECTED,
                        (number, key, packages) ->
                                TestRelease.good(FLOOR - 1, key).in(packages)),
                rejected("for another device class", "other-device", good -> good.devices("raspberry-pi-5")),
                rejected(
                        "an operator that no runtime has",
                        "missing-op",
                        good -> good.model(BadReleases::withUnknownOperator)));
    }

    /** Those that a test of their own finds out, or does not survive. */
    static List<Bad> tested() {
        return List.of(
                new Bad(
                        "a golden case that fails",
                        "golden-mismatch",
                        ModelState.REJECTED,
                        (number, key, packages) -> new TestRelease(
                                        TestRelease.MODELS.resolve("faulty/bearing-condition-1.1.1"), number, key)
                                .in(packages)),
                rejected("too slow", "too-slow", good -> good.model(Cue.slow(1, 150)::in)),
                rejected("too much memory", "too-much-memory", good -> good.model(Cue.memory(1, 200)::in)),
                new Bad(
                        "no numbers at all",
                        "not-finite",
                        ModelState.REJECTED,
                        (number, key, packages) -> new TestRelease(
                                        TestRelease.MODELS.resolve("faulty/bearing-condition-1.2.0"), number, key)
                                .withoutGoldenCases()
                                .in(packages)),
                rejected("a crash in its test", "crashed", good -> good.model(Cue.crash(1)::in)),
                rejected("a hang in its test", "hung", good -> good.model(Cue.hang(1)::in)));
    }

    /** Those that only live frames find out. */
    static List<Bad> tried() {
        return List.of(
                new Bad(
                        "no numbers for frames of which it has no golden case",
                        "errors",
                        ModelState.ROLLED_BACK,
                        (number, key, packages) -> new TestRelease(
                                        TestRelease.MODELS.resolve("faulty/bearing-condition-1.2.0"), number, key)
                                .in(packages)),
                rolledBack("a crash on trial", "crashed", good -> good.model(Cue.crash(LATER)::in)),
                rolledBack("an abort on trial", "crashed", good -> good.model(Cue.abort(LATER)::in)),
                rolledBack("slow on trial", "too-slow", good -> good.model(Cue.slow(LATER, 150)::in)),
                rolledBack("a hang on trial", "hung", good -> good.model(Cue.hang(LATER)::in)));
    }

    /** The run of an interpreter that no test comes to, and every trial. */
    private static final int LATER = 150;

    private static Bad rejected(String name, String reason, Change change) {
        return bad(name, reason, ModelState.REJECTED, change);
    }

    private static Bad rolledBack(String name, String reason, Change change) {
        return bad(name, reason, ModelState.ROLLED_BACK, change);
    }

    private static Bad bad(String name, String reason, ModelState state, Change change) {
        return new Bad(
                name,
                reason,
                state,
                (number, key, packages) ->
                        change.of(TestRelease.good(number, key)).in(packages));
    }

    private static PackageReader wrongSignature(long number, SigningKey key, Path packages) throws IOException {
        PackageReader good = TestRelease.good(number, key).in(packages);
        String text = new String(Objects.requireNonNull(good.statement()), UTF_8);
        int at = text.indexOf("\"sig\":\"") + "\"sig\":\"".length();
        char other = text.charAt(at) == 'A' ? 'B' : 'A';
        PackageWriter.sign(good, Dsse.read((text.substring(0, at) + other + text.substring(at + 1)).getBytes(UTF_8)));
        return PackageReader.open(good.folder());
    }

    private static byte[] withUnknownOperator(byte[] bytes) {
        ModelT model = Model.getRootAsModel(ByteBuffer.wrap(bytes)).unpack();
        model.getOperatorCodes()[0].setBuiltinCode(BuiltinOperator.CUSTOM);
        model.getOperatorCodes()[0].setDeprecatedBuiltinCode((byte) BuiltinOperator.CUSTOM);
        model.getOperatorCodes()[0].setCustomCode("SelfDestruct");
        FlatBufferBuilder builder = new FlatBufferBuilder();
        builder.finish(Model.pack(builder, model), "TFL3");
        return builder.sizedByteArray();
    }

    /** The model of that release as it was published in the fleet's catalogue. */
    static Path published(Path data, PackageReader release) {
        return data.resolve("models")
                .resolve(UpdateWorld.MODEL)
                .resolve(Long.toString(release.manifest().release()))
                .resolve("blobs/sha256")
                .resolve(release.manifest().model().sha256());
    }

    /** Flips a bit in the middle of a file. */
    static void flip(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(bytes.length() / 2);
            int there = bytes.read();
            bytes.seek(bytes.length() / 2);
            bytes.write(there ^ 1);
        }
    }

    /** Takes the second half off a file. */
    static void truncate(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() / 2);
        }
    }

    /** A model that no device has yet, so that it has to be fetched: a flatbuffer's reader does not look behind its end. */
    static byte[] unheardOf(byte[] model, long number) {
        byte[] tail = ("\nrelease " + number).getBytes(UTF_8);
        byte[] other = Arrays.copyOf(model, model.length + tail.length);
        System.arraycopy(tail, 0, other, model.length, tail.length);
        return other;
    }
}
