package io.fulmar.model.pack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.flatbuffers.FlatBufferBuilder;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;

/**
 * Packages that no device may install, each for one reason. Where a fault is not the signature, everything else is as right as
 * an attacker could make it: digests fit, and those who may sign have signed. Owned by its test.
 */
final class BadPackages {
    static final SigningKey ANNA = SigningKey.generate();
    static final SigningKey BERT = SigningKey.generate();
    static final SigningKey EVE = SigningKey.generate();

    private final Map<String, Bad> all = new LinkedHashMap<>();

    /** One of them. */
    record Bad(String name, Reason reason, Maker maker) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Writes a package into a folder that is not there yet. */
    @FunctionalInterface
    interface Maker {
        void make(Path folder) throws IOException;
    }

    /** Changes a good one. */
    @FunctionalInterface
    interface Change {
        void in(Path folder, Parts parts) throws IOException;
    }

    /** What a good package is made of, to be made wrong. */
    static final class Parts {
        final TestPackage files = new TestPackage();
        String manifest;
        byte[] model;
        byte @Nullable [] statement;
        long release = 7;
        long floor = 1;
        SigningKey[] keys = {ANNA, BERT};

        Parts() throws IOException {
            manifest = new String(files.manifest().toJson(), UTF_8);
            model = files.bytes("host-load.tflite");
        }

        /** The manifest with another model in it. */
        void model(byte[] bytes) {
            replace(Digest.of(model), Digest.of(bytes));
            replace("\"size\" : " + model.length, "\"size\" : " + bytes.length);
            model = bytes;
            files.files.put("host-load.tflite", bytes);
        }

        void replace(String good, String bad) {
            if (!manifest.contains(good)) {
                throw new IllegalArgumentException(good + " is not in " + manifest);
            }
            manifest = manifest.replaceFirst(Pattern.quote(good), Matcher.quoteReplacement(bad));
        }

        ReleaseStatement statement() {
            byte[] bytes = manifest.getBytes(UTF_8);
            return new ReleaseStatement(
                    "host-load",
                    TestPackage.version("1.0.0"),
                    release,
                    Digest.of(bytes),
                    bytes.length,
                    floor,
                    TestPackage.ISSUED,
                    TestPackage.EXPIRES);
        }

        void write(Path folder) throws IOException {
            byte[] envelope = statement == null ? statement().sign(keys).toJson() : statement;
            RawLayout layout = new RawLayout(folder, manifest.getBytes(UTF_8));
            files.files.forEach(layout::file);
            layout.statement(envelope).write();
        }
    }

    static List<Bad> all() {
        BadPackages packages = new BadPackages();
        packages.signatures();
        packages.releases();
        packages.manifests();
        packages.names();
        packages.sizes();
        packages.layouts();
        packages.models();
        return List.copyOf(packages.all.values());
    }

    /** What refuses all of them: two of two signatures, a Raspberry Pi 4, and a time when the good one has not expired. */
    static ReleaseCheck check() {
        return check(root());
    }

    static ReleaseCheck check(TrustRoot root) {
        return new ReleaseCheck(root, model -> 7, TestPackage.DEVICE, TestPackage.ISSUED + 1_000);
    }

    static TrustRoot root() {
        return TestPackage.root(2, ANNA, BERT);
    }

    static void good(Path folder) throws IOException {
        new Parts().write(folder);
    }

    private void before(String name, Reason reason, Change change) {
        add(name, reason, folder -> {
            Parts parts = new Parts();
            change.in(folder, parts);
            parts.write(folder);
        });
    }

    private void after(String name, Reason reason, Change change) {
        add(name, reason, folder -> {
            Parts parts = new Parts();
            parts.write(folder);
            change.in(folder, parts);
        });
    }

    private void add(String name, Reason reason, Maker maker) {
        if (all.put(name, new Bad(name, reason, maker)) != null) {
            throw new IllegalArgumentException("two are called " + name);
        }
    }

    private void signatures() {
        before("a signature with one bit changed", Reason.WRONG_SIGNATURE, (folder, parts) -> {
            String text = new String(parts.statement().sign(ANNA, BERT).toJson(), UTF_8);
            int at = text.indexOf("\"sig\":\"") + 7;
            char other = text.charAt(at) == 'A' ? 'B' : 'A';
            parts.statement = (text.substring(0, at) + other + text.substring(at + 1)).getBytes(UTF_8);
        });
        before("a payload changed after it was signed", Reason.WRONG_SIGNATURE, (folder, parts) -> {
            String signed = new String(parts.statement().sign(ANNA, BERT).toJson(), UTF_8);
            parts.release = 8;
            String other = new String(parts.statement().sign(ANNA, BERT).toJson(), UTF_8);
            String payload = "\"payload\":\"";
            parts.statement = (signed.substring(0, signed.indexOf(payload))
                            + other.substring(other.indexOf(payload), other.indexOf("\",\"signatures"))
                            + signed.substring(signed.indexOf("\",\"signatures")))
                    .getBytes(UTF_8);
        });
        before("signed by a stranger", Reason.UNKNOWN_KEY, (folder, parts) -> parts.keys = new SigningKey[] {EVE});
        before(
                "signed by one of two",
                Reason.TOO_FEW_SIGNATURES,
                (folder, parts) -> parts.keys = new SigningKey[] {ANNA});
        before(
                "signed by one of two and a stranger",
                Reason.TOO_FEW_SIGNATURES,
                (folder, parts) -> parts.keys = new SigningKey[] {ANNA, EVE});
        before("signed twice by one", Reason.MALFORMED, (folder, parts) -> parts.keys = new SigningKey[] {ANNA, ANNA});
        before(
                "signed as a command",
                Reason.MALFORMED,
                (folder, parts) -> parts.statement = Dsse.sign(
                                Dsse.COMMAND, parts.statement().toJson(), ANNA, BERT)
                        .toJson());
        add("not signed", Reason.UNSIGNED, folder -> {
            Parts parts = new Parts();
            RawLayout layout = new RawLayout(folder, parts.manifest.getBytes(UTF_8));
            parts.files.files.forEach(layout::file);
            layout.write();
        });
        before("an envelope that is none", Reason.MALFORMED, (folder, parts) -> parts.statement = "{}".getBytes(UTF_8));
        before("an envelope with something unsigned in it", Reason.MALFORMED, (folder, parts) -> {
            String text = new String(parts.statement().sign(ANNA, BERT).toJson(), UTF_8);
            parts.statement = ("{\"note\":1," + text.substring(1)).getBytes(UTF_8);
        });
    }

    private void releases() {
        before(
                "expired",
                Reason.EXPIRED,
                (folder, parts) -> sign(
                        parts, "\"expires\":" + TestPackage.EXPIRES, "\"expires\":" + (TestPackage.ISSUED + 1_000)));
        before("below the floor", Reason.BELOW_FLOOR, (folder, parts) -> {
            parts.replace("\"release\" : 7", "\"release\" : 6");
            parts.release = 6;
        });
        before(
                "a floor above its own release",
                Reason.MALFORMED,
                (folder, parts) -> sign(parts, "\"floor\":1", "\"floor\":8"));
        before("a statement for another manifest", Reason.DIGEST_MISMATCH, (folder, parts) -> {
            parts.statement = parts.statement().sign(ANNA, BERT).toJson();
            parts.replace("How loaded", "How laden!");
        });
        before(
                "a statement of another release than its manifest",
                Reason.OTHER_RELEASE,
                (folder, parts) -> parts.release = 8);
        before(
                "a statement with an unknown field",
                Reason.MALFORMED,
                (folder, parts) -> sign(parts, "\"floor\":1", "\"floor\":1,\"force\":1"));
        before(
                "a statement that says its release twice",
                Reason.MALFORMED,
                (folder, parts) -> sign(parts, "\"release\":7", "\"release\":6,\"release\":7"));
        before(
                "a statement without an end",
                Reason.MALFORMED,
                (folder, parts) -> sign(parts, ",\"expires\":" + TestPackage.EXPIRES, ""));
        before(
                "a statement with a size of a manifest that is never read",
                Reason.TOO_LARGE,
                (folder, parts) -> sign(parts, "\"size\":" + parts.manifest.length(), "\"size\":9007199254740991"));
        before(
                "for another board",
                Reason.OTHER_DEVICE,
                (folder, parts) -> parts.replace("\"devices\" : [ ]", "\"devices\" : [ \"raspberry-pi-5\" ]"));
        before(
                "for later agents",
                Reason.RUNTIME,
                (folder, parts) -> parts.replace("\"runtime\" : { }", "\"runtime\" : { \"from\" : \"0.1.1\" }"));
        before(
                "for earlier agents",
                Reason.RUNTIME,
                (folder, parts) -> parts.replace("\"runtime\" : { }", "\"runtime\" : { \"below\" : \"0.1.0\" }"));
    }

    /** Signs a statement with other words in it. */
    private static void sign(Parts parts, String good, String bad) {
        String text = new String(parts.statement().toJson(), UTF_8);
        if (!text.contains(good)) {
            throw new IllegalArgumentException(good + " is not in " + text);
        }
        parts.statement = Dsse.sign(Dsse.RELEASE, text.replace(good, bad).getBytes(UTF_8), ANNA, BERT)
                .toJson();
    }

    private void manifests() {
        before(
                "a manifest with an unknown field",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"schema\" : 1", "\"schema\" : 1, \"install\" : \"now\""));
        before(
                "a manifest with two names",
                Reason.MALFORMED,
                (folder, parts) ->
                        parts.replace("\"name\" : \"host-load\"", "\"name\" : \"other\", \"name\" : \"host-load\""));
        before(
                "a manifest of a later form",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"schema\" : 1", "\"schema\" : 2"));
        before(
                "a manifest with null in it",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"release\" : 7", "\"release\" : null"));
        before("a manifest that goes on after its end", Reason.MALFORMED, (folder, parts) -> parts.manifest += "{}");
        before(
                "a manifest that is cut off",
                Reason.MALFORMED,
                (folder, parts) -> parts.manifest = parts.manifest.substring(0, parts.manifest.length() / 2));
        before(
                "a manifest of deep nesting",
                Reason.MALFORMED,
                (folder, parts) ->
                        parts.replace("\"devices\" : [ ]", "\"devices\" : " + "[".repeat(10_000) + "]".repeat(10_000)));
        before(
                "a manifest in another encoding",
                Reason.MALFORMED,
                (folder, parts) ->
                        parts.manifest = new String(parts.manifest.getBytes(StandardCharsets.UTF_16LE), UTF_8));
        before(
                "a manifest with two models",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"role\" : \"labels\"", "\"role\" : \"model\""));
        before(
                "a manifest without a model",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"role\" : \"model\"", "\"role\" : \"card\""));
        before(
                "a golden case that names a file of another kind",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("[ \"golden/busy.in0.bin\" ]", "[ \"labels.txt\" ]"));
        before("a golden case that everything passes", Reason.MALFORMED, (folder, parts) -> {
            parts.replace("\"quanta\" : 16,", "");
            parts.replace("\"sameTop\" : true", "\"sameTop\" : false");
        });
        before(
                "more files than there may be",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace(
                        "\"files\" : [ {",
                        "\"files\" : [ "
                                + IntStream.range(0, 1_100)
                                        .mapToObj(i ->
                                                "{\"role\":\"golden\",\"name\":\"%d\",\"sha256\":\"%064x\",\"size\":1},"
                                                        .formatted(i, i))
                                        .collect(Collectors.joining())
                                + " {"));
    }

    private void names() {
        for (String name : List.of(
                "../host-load.tflite",
                "../../../../etc/passwd",
                "/etc/passwd",
                "a/../../b",
                "a/./b",
                "a//b",
                "a/",
                ".",
                "..",
                "~/.ssh/id",
                "C:/x",
                "a\\\\..\\\\b",
                "-rf",
                "a b",
                "a\\u0000b",
                "a\\nb",
                "",
                "ä",
                "x".repeat(129))) {
            before(
                    "a file called '" + name + "'",
                    Reason.UNSAFE_NAME,
                    (folder, parts) -> parts.replace("\"name\" : \"host-load.tflite\"", "\"name\" : \"" + name + "\""));
        }
    }

    private void sizes() {
        after("a model that is cut off", Reason.TRUNCATED, (folder, parts) -> {
            Path model = blob(folder, parts.model);
            Files.write(model, Arrays.copyOf(parts.model, parts.model.length / 2));
        });
        after(
                "a model without a byte",
                Reason.TRUNCATED,
                (folder, parts) -> Files.write(blob(folder, parts.model), new byte[0]));
        after(
                "a model that goes on",
                Reason.WRONG_SIZE,
                (folder, parts) ->
                        Files.write(blob(folder, parts.model), Arrays.copyOf(parts.model, parts.model.length + 1)));
        after("a model that goes on for a terabyte", Reason.WRONG_SIZE, (folder, parts) -> {
            try (RandomAccessFile file =
                    new RandomAccessFile(blob(folder, parts.model).toFile(), "rw")) {
                file.setLength(1L << 40);
            }
        });
        after("a model with one bit changed", Reason.DIGEST_MISMATCH, (folder, parts) -> {
            byte[] bytes = parts.model.clone();
            bytes[bytes.length / 2] ^= 4;
            Files.write(blob(folder, parts.model), bytes);
        });
        before(
                "a model said to be larger than it is",
                Reason.TRUNCATED,
                (folder, parts) ->
                        parts.replace("\"size\" : " + parts.model.length, "\"size\" : " + (parts.model.length + 1)));
        before(
                "a model said to be smaller than it is",
                Reason.WRONG_SIZE,
                (folder, parts) ->
                        parts.replace("\"size\" : " + parts.model.length, "\"size\" : " + (parts.model.length - 1)));
        before(
                "a model said to be of a size that is never read",
                Reason.TOO_LARGE,
                (folder, parts) -> parts.replace("\"size\" : " + parts.model.length, "\"size\" : 9007199254740991"));
        before(
                "a model said to be of a negative size",
                Reason.MALFORMED,
                (folder, parts) -> parts.replace("\"size\" : " + parts.model.length, "\"size\" : -1"));
        before(
                "a model said to be of a size that is no number of bytes",
                Reason.MALFORMED,
                (folder, parts) ->
                        parts.replace("\"size\" : " + parts.model.length, "\"size\" : 99999999999999999999"));
        before(
                "files that together are never read",
                Reason.TOO_LARGE,
                (folder, parts) -> parts.replace(
                        "\"files\" : [ {",
                        "\"files\" : [ "
                                + IntStream.range(0, 40)
                                        .mapToObj(i ->
                                                "{\"role\":\"golden\",\"name\":\"%d\",\"sha256\":\"%064x\",\"size\":16777216},"
                                                        .formatted(i, i))
                                        .collect(Collectors.joining())
                                + " {"));
        before("a manifest that is never read", Reason.TOO_LARGE, (folder, parts) -> {
            parts.statement = parts.statement().sign(ANNA, BERT).toJson();
            parts.manifest += " ".repeat(256 * 1024);
        });
        before(
                "a statement that is never read",
                Reason.TOO_LARGE,
                (folder, parts) -> parts.statement = (new String(
                                        parts.statement().sign(ANNA, BERT).toJson(), UTF_8)
                                + " ".repeat(64 * 1024))
                        .getBytes(UTF_8));
        layout(
                "an image manifest that lies about the manifest's size",
                Reason.TRUNCATED,
                (parts, layout) -> layout.manifestSize = 256 * 1024);
        layout(
                "an image manifest that says an absurd size",
                Reason.TOO_LARGE,
                (parts, layout) -> layout.manifestSize = Limits.WHOLE);
        after("an index of two megabytes", Reason.TOO_LARGE, (folder, parts) -> {
            Path index = folder.resolve("index.json");
            Files.writeString(index, Files.readString(index) + " ".repeat(2 << 20));
        });
    }

    /** Changes the layout before it is written. */
    private void layout(String name, Reason reason, BiConsumer<Parts, RawLayout> change) {
        add(name, reason, folder -> {
            Parts parts = new Parts();
            RawLayout layout = new RawLayout(folder, parts.manifest.getBytes(UTF_8));
            parts.files.files.forEach(layout::file);
            layout.statement(parts.statement().sign(ANNA, BERT).toJson());
            change.accept(parts, layout);
            layout.write();
        });
    }

    private void layouts() {
        for (String file : List.of("oci-layout", "index.json", "blobs/sha256", "blobs")) {
            after("without " + file, Reason.MISSING_FILE, (folder, parts) -> delete(folder.resolve(file)));
        }
        for (String file : List.of("host-load.tflite", "labels.txt", "golden/busy.in0.bin", "golden/busy.out0.bin")) {
            after(
                    "without the blob of " + file,
                    Reason.MISSING_FILE,
                    (folder, parts) -> Files.delete(blob(folder, parts.files.bytes(file))));
        }
        after(
                "without the manifest",
                Reason.MISSING_FILE,
                (folder, parts) -> Files.delete(blob(folder, parts.manifest.getBytes(UTF_8))));
        after("a model that is a link to itself elsewhere", Reason.NOT_A_FILE, (folder, parts) -> {
            Path elsewhere = folder.resolveSibling("elsewhere");
            Files.move(blob(folder, parts.model), elsewhere);
            Files.createSymbolicLink(blob(folder, parts.model), elsewhere);
        });
        after("an index that is a link", Reason.NOT_A_FILE, (folder, parts) -> {
            Path elsewhere = folder.resolveSibling("index");
            Files.move(folder.resolve("index.json"), elsewhere);
            Files.createSymbolicLink(folder.resolve("index.json"), elsewhere);
        });
        for (String sub : List.of("blobs", "blobs/sha256")) {
            after(sub + " that is a link", Reason.NOT_A_FILE, (folder, parts) -> {
                Path elsewhere = folder.resolveSibling("folder");
                Files.move(folder.resolve(sub), elsewhere);
                Files.createSymbolicLink(folder.resolve(sub), elsewhere);
            });
        }
        after("a model that is a folder", Reason.NOT_A_FILE, (folder, parts) -> {
            Files.delete(blob(folder, parts.model));
            Files.createDirectory(blob(folder, parts.model));
        });
        after("a model that is a pipe", Reason.NOT_A_FILE, (folder, parts) -> {
            Files.delete(blob(folder, parts.model));
            pipe(blob(folder, parts.model));
        });
        after(
                "an index that is no JSON",
                Reason.MALFORMED,
                (folder, parts) -> Files.writeString(folder.resolve("index.json"), "hello"));
        after(
                "an index with two lists of images",
                Reason.MALFORMED,
                (folder, parts) ->
                        edit(folder.resolve("index.json"), "\"manifests\"", "\"manifests\":[],\"manifests\""));
        after(
                "an index without an image",
                Reason.MALFORMED,
                (folder, parts) -> Files.writeString(folder.resolve("index.json"), "{\"manifests\":[]}"));
        after(
                "an index whose digest leads out of the folder",
                Reason.MALFORMED,
                (folder, parts) -> edit(folder.resolve("index.json"), "sha256:", "sha256:../../"));
        after(
                "a layout of another version",
                Reason.MALFORMED,
                (folder, parts) -> edit(folder.resolve("oci-layout"), "1.0.0", "2.0.0"));
        layout(
                "an image of something else",
                Reason.MALFORMED,
                (parts, layout) -> layout.manifestType = "application/vnd.oci.image.config.v1+json");
        layout(
                "two statements",
                Reason.MALFORMED,
                (parts, layout) -> layout.statement(parts.statement().sign(EVE).toJson()));
    }

    private void models() {
        before("a model with an operator that no runtime has", Reason.MISSING_OP, (folder, parts) -> {
            ModelT model = Model.getRootAsModel(ByteBuffer.wrap(parts.model)).unpack();
            model.getOperatorCodes()[0].setBuiltinCode(BuiltinOperator.CUSTOM);
            model.getOperatorCodes()[0].setDeprecatedBuiltinCode((byte) BuiltinOperator.CUSTOM);
            model.getOperatorCodes()[0].setCustomCode("SelfDestruct");
            FlatBufferBuilder builder = new FlatBufferBuilder();
            builder.finish(Model.pack(builder, model), "TFL3");
            parts.model(builder.sizedByteArray());
        });
        before(
                "a model that is none, signed all the same",
                Reason.BAD_MODEL,
                (folder, parts) -> parts.model("not a model at all".getBytes(UTF_8)));
        before(
                "half a model, signed all the same",
                Reason.BAD_MODEL,
                (folder, parts) -> parts.model(Arrays.copyOf(parts.model, parts.model.length / 2)));
        before(
                "a model without a byte, signed all the same",
                Reason.BAD_MODEL,
                (folder, parts) -> parts.model(new byte[0]));
        before(
                "a model with other inputs than the manifest says",
                Reason.OTHER_TENSORS,
                (folder, parts) -> parts.replace("\"dtype\" : \"int8\"", "\"dtype\" : \"uint8\""));
        before("a model with fewer outputs than the manifest says", Reason.OTHER_TENSORS, (folder, parts) -> {
            String output = parts.manifest.substring(
                    parts.manifest.indexOf('{', parts.manifest.indexOf("\"outputs\"")),
                    parts.manifest.indexOf('}', parts.manifest.indexOf("\"outputs\"")) + 1);
            parts.replace(output, output + ", " + output);
            parts.replace("[ \"golden/busy.out0.bin\" ]", "[ \"golden/busy.out0.bin\", \"golden/busy.out0.bin\" ]");
        });
    }

    static Path blob(Path folder, byte[] content) {
        return folder.resolve("blobs/sha256").resolve(Digest.of(content));
    }

    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return new ArrayList<>(all.filter(Files::isRegularFile).sorted().toList());
        }
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static void edit(Path file, String good, String bad) throws IOException {
        String text = Files.readString(file);
        if (!text.contains(good)) {
            throw new IllegalArgumentException(good + " is not in " + text);
        }
        Files.writeString(file, text.replace(good, bad));
    }

    private static void pipe(Path file) throws IOException {
        try {
            Process made =
                    new ProcessBuilder("mkfifo", file.toString()).inheritIO().start();
            if (made.waitFor() != 0) {
                throw new IOException("mkfifo failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
