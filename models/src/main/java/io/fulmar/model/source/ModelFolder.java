package io.fulmar.model.source;

import io.fulmar.model.json.Json;
import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.Histogram;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.Budgets;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Reference;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.ModelManifest.RuntimeRange;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Processing;
import io.fulmar.model.pack.Reason;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder that a model is made in: {@code model.toml}, and the files that it names. It becomes a package's manifest and the
 * bytes of its files. Owned by whoever reads it.
 */
public final class ModelFolder implements Blobs {
    /** The file that describes the model. */
    public static final String TOML = "model.toml";

    private static final int TOML_BYTES = 256 * 1024;
    private static final int LIST_ENTRIES = 4_096;
    private static final Pattern GOLDEN_FILE = Pattern.compile("(.+)\\.(in|out)([0-9]{1,2})\\.bin");
    private static final Json VALUES = new Json(
            TOML_BYTES, LIST_ENTRIES, (message, cause) -> new PackageException(Reason.MALFORMED, message, cause));

    private final Path folder;
    private final String what;
    private final Map<String, Object> toml;
    private final Map<String, byte[]> bytes = new HashMap<>();
    private final List<FileEntry> files = new ArrayList<>();
    private final ModelFile model;
    private final ModelManifest manifest;

    private ModelFolder(Path folder) throws IOException {
        this.folder = folder;
        this.what = folder.resolve(TOML).toString();
        this.toml = Toml.read(what, text(folder.resolve(TOML)));
        VALUES.requireOnly(
                what,
                toml,
                Set.of(
                        "name",
                        "version",
                        "release",
                        "title",
                        "license",
                        "file",
                        "labels",
                        "card",
                        "sha256",
                        "size",
                        "dtype",
                        "devices",
                        "budgets",
                        "runtime",
                        "golden",
                        "reference",
                        "preprocess",
                        "postprocess",
                        "facts"));
        String modelName = VALUES.text(what, toml, "file");
        this.model = ModelFile.of(folder.resolve(modelName).toString(), add(Role.MODEL, modelName));
        requireFacts();
        optional("labels", Role.LABELS);
        optional("card", Role.CARD);
        this.manifest = describe();
    }

    /**
     * Reads a folder and everything that goes into the package.
     *
     * @throws PackageException when it does not say what a package needs
     */
    public static ModelFolder read(Path folder) throws IOException {
        try {
            return new ModelFolder(folder);
        } catch (PackageException e) {
            if (e.reason() == Reason.MALFORMED
                    || e.reason() == Reason.DIGEST_MISMATCH) { // nothing is damaged, but unfinished
                throw new PackageException(Reason.SOURCE, String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
    }

    public ModelManifest manifest() {
        return manifest;
    }

    public ModelFile model() {
        return model;
    }

    /** Where the golden cases of a folder are. */
    public static Path golden(Path folder) {
        return folder.resolve("golden");
    }

    @Override
    public byte[] read(String name, String sha256, long size) {
        byte[] found = Objects.requireNonNull(bytes.get(sha256), name);
        Digest.require(name, found, sha256, size);
        return found;
    }

    private static String text(Path file) throws IOException {
        if (Files.size(file) > TOML_BYTES) {
            throw new PackageException(Reason.TOO_LARGE, file + " has more than " + TOML_BYTES + " bytes");
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private byte[] add(Role role, String name) throws IOException {
        new FileEntry(role, name, "0".repeat(64), 0); // a name that is safe to look for
        Path file = folder.resolve(name);
        long size = Files.size(file);
        new FileEntry(role, name, "0".repeat(64), size); // no more than is ever read
        byte[] content = Files.readAllBytes(file);
        FileEntry entry = new FileEntry(role, name, Digest.of(content), content.length);
        files.add(entry);
        bytes.put(entry.sha256(), content);
        return content;
    }

    private void optional(String key, Role role) throws IOException {
        if (toml.containsKey(key)) {
            add(role, VALUES.text(what, toml, key));
        }
    }

    /** What was written down when the model was made must still be so. */
    private void requireFacts() {
        requireFact("sha256", model.sha256());
        requireFact("size", model.sizeBytes());
        requireFact("dtype", model.description().inputs().getFirst().type().text());
    }

    private void requireFact(String key, Object actual) {
        if (toml.containsKey(key) && !actual.equals(toml.get(key))) {
            throw new PackageException(
                    Reason.DIGEST_MISMATCH, what + ": " + key + " is not that of " + model.name() + ", " + actual);
        }
    }

    private ModelManifest describe() throws IOException {
        List<TensorEntry> inputs =
                model.description().inputs().stream().map(TensorEntry::of).toList();
        List<TensorEntry> outputs =
                model.description().outputs().stream().map(TensorEntry::of).toList();
        List<GoldenCase> golden = goldenCases();
        try {
            return new ModelManifest(
                    VALUES.text(what, toml, "name"),
                    version(toml, "version"),
                    VALUES.whole(what, toml, "release", 1, Long.MAX_VALUE),
                    toml.containsKey("title") ? VALUES.text(what, toml, "title") : null,
                    toml.containsKey("license") ? VALUES.text(what, toml, "license") : null,
                    files,
                    inputs,
                    outputs,
                    golden,
                    budgets(),
                    toml.containsKey("devices") ? VALUES.texts(what, toml, "devices") : List.of(),
                    runtime(),
                    reference(),
                    new Processing(steps("preprocess"), steps("postprocess")));
        } catch (PackageException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(what) ? e : new PackageException(e.reason(), what + ": " + message, e);
        }
    }

    private SemanticVersion version(Map<String, Object> table, String key) {
        SemanticVersion version = SemanticVersion.ofText(VALUES.text(what, table, key));
        if (version == null) {
            throw VALUES.wrong(what + " has in '" + key + "' no version such as 1.2.3");
        }
        return version;
    }

    private @Nullable Map<String, Object> table(String key, Set<String> keys) {
        if (!toml.containsKey(key)) {
            return null;
        }
        Map<String, Object> table = VALUES.object(what, toml, key);
        VALUES.requireOnly(what + ", [" + key + "]", table, keys);
        return table;
    }

    private Budgets budgets() {
        Map<String, Object> table = table("budgets", Set.of("latency_millis", "memory_bytes"));
        return table == null ? Budgets.NONE : new Budgets(whole(table, "latency_millis"), whole(table, "memory_bytes"));
    }

    private @Nullable Long whole(Map<String, Object> table, String key) {
        return table.containsKey(key) ? (Long) VALUES.whole(what, table, key, 1, Long.MAX_VALUE) : null;
    }

    private RuntimeRange runtime() {
        Map<String, Object> table = table("runtime", Set.of("from", "below"));
        return table == null
                ? RuntimeRange.ANY
                : new RuntimeRange(
                        table.containsKey("from") ? version(table, "from") : null,
                        table.containsKey("below") ? version(table, "below") : null);
    }

    private @Nullable Reference reference() {
        Map<String, Object> table = table("reference", Set.of("labels", "confidence", "inputs"));
        if (table == null) {
            return null;
        }
        Map<String, Object> shares = VALUES.object(what, table, "labels");
        Map<String, Double> labels = new LinkedHashMap<>();
        shares.keySet().forEach(label -> labels.put(label, VALUES.number(what, shares, label)));
        return new Reference(
                labels,
                Histogram.numbers(VALUES, what, table, "confidence"),
                table.containsKey("inputs") ? Histogram.read(VALUES, what, table, "inputs") : List.of());
    }

    private List<Map<String, Object>> steps(String key) {
        return toml.containsKey(key) ? VALUES.objects(what, toml, key) : List.of();
    }

    private List<GoldenCase> goldenCases() throws IOException {
        Path golden = golden(folder);
        if (!Files.isDirectory(golden)) {
            return List.of();
        }
        Map<String, Map<String, String>> cases = new TreeMap<>();
        try (Stream<Path> listed = Files.list(golden)) {
            for (Path file : listed.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                Matcher matcher = GOLDEN_FILE.matcher(name);
                if (!matcher.matches()) {
                    throw VALUES.wrong(file + " is not named as a golden case is: CASE.in0.bin or CASE.out0.bin");
                }
                cases.computeIfAbsent(matcher.group(1), ignored -> new TreeMap<>())
                        .put(matcher.group(2) + matcher.group(3), "golden/" + name);
                add(Role.GOLDEN, "golden/" + name);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        Tolerance tolerance = cases.isEmpty() ? null : tolerance();
        List<GoldenCase> all = new ArrayList<>();
        cases.forEach((name, parts) -> all.add(new GoldenCase(
                name,
                side(name, parts, "in", model.description().inputs().size()),
                side(name, parts, "out", model.description().outputs().size()),
                Objects.requireNonNull(tolerance))));
        return all;
    }

    private List<String> side(String name, Map<String, String> parts, String side, int tensors) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            String file = parts.remove(side + i);
            if (file == null) {
                throw VALUES.wrong(
                        golden(folder) + ": the golden case " + name + " has no " + name + "." + side + i + ".bin");
            }
            names.add(file);
        }
        if (side.equals("out") && !parts.isEmpty()) {
            throw VALUES.wrong(folder.resolve(parts.values().iterator().next()) + " belongs to no tensor of the model");
        }
        return names;
    }

    private Tolerance tolerance() {
        Map<String, Object> table = table("golden", Set.of("absolute", "quanta", "same_top"));
        if (table == null) {
            throw VALUES.wrong(
                    what + " needs a table [golden] with absolute, quanta or same_top: how near the cases must come");
        }
        return new Tolerance(
                table.containsKey("absolute") ? (Double) VALUES.number(what, table, "absolute") : null,
                table.containsKey("quanta") ? (Integer) (int) VALUES.whole(what, table, "quanta", 0, 0xffff) : null,
                table.containsKey("same_top") && VALUES.flag(what, table, "same_top"));
    }
}
