package io.fulmar.agent;

import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.trust.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Packages of the sample models. Immutable. */
public final class TestPackages {
    public static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    private static final long FOREVER = 4_000_000_000_000L;

    private TestPackages() {}

    /** A model as it comes out of a verified package that has no golden cases. */
    public static VerifiedModel verified(String name, int release, byte[] bytes, ModelManifest.Budgets budgets) {
        ModelFile file = ModelFile.of(name, bytes);
        return new VerifiedModel(
                new ModelManifest(
                        name,
                        Objects.requireNonNull(SemanticVersion.ofText("1." + release + ".0")),
                        release,
                        null,
                        null,
                        List.of(new ModelManifest.FileEntry(
                                ModelManifest.Role.MODEL, "model.tflite", Digest.of(bytes), bytes.length)),
                        file.description().inputs().stream()
                                .map(ModelManifest.TensorEntry::of)
                                .toList(),
                        file.description().outputs().stream()
                                .map(ModelManifest.TensorEntry::of)
                                .toList(),
                        List.of(),
                        budgets,
                        List.of(),
                        ModelManifest.RuntimeRange.ANY,
                        null),
                file);
    }

    /** Writes a package of such a model. */
    public static Path write(Path folder, String name, int release, byte[] model, ModelManifest.Budgets budgets)
            throws IOException {
        byte[] manifest = verified(name, release, model, budgets).manifest().toJson();
        PackageWriter.write(folder, manifest, (what, sha256, size) -> model);
        return folder;
    }

    /** Writes a package of a model of that name, version {@code 1.RELEASE.0}, with the bytes of that sample. */
    public static Path write(
            Path folder, String name, int release, int floor, @Nullable SigningKey signer, String sample)
            throws IOException {
        byte[] model = Files.readAllBytes(SAMPLES.resolve(sample).resolve(sample + ".tflite"));
        byte[] labels = Files.readAllBytes(SAMPLES.resolve(sample).resolve("labels.txt"));
        Map<String, byte[]> files = new HashMap<>();
        files.put(Digest.of(model), model);
        files.put(Digest.of(labels), labels);
        ModelFile file = ModelFile.of(sample, model);
        byte[] manifest = new ModelManifest(
                        name,
                        Objects.requireNonNull(SemanticVersion.ofText("1." + release + ".0")),
                        release,
                        null,
                        null,
                        List.of(
                                new ModelManifest.FileEntry(
                                        ModelManifest.Role.MODEL, "model.tflite", Digest.of(model), model.length),
                                new ModelManifest.FileEntry(
                                        ModelManifest.Role.LABELS, "labels.txt", Digest.of(labels), labels.length)),
                        file.description().inputs().stream()
                                .map(ModelManifest.TensorEntry::of)
                                .toList(),
                        file.description().outputs().stream()
                                .map(ModelManifest.TensorEntry::of)
                                .toList(),
                        List.of(),
                        ModelManifest.Budgets.NONE,
                        List.of(),
                        ModelManifest.RuntimeRange.ANY,
                        null)
                .toJson();
        PackageWriter.write(folder, manifest, (what, sha256, size) -> Objects.requireNonNull(files.get(sha256)));
        if (signer != null) {
            PackageWriter.sign(
                    PackageReader.open(folder),
                    ReleaseStatement.of(manifest, floor, 1_000, FOREVER).sign(signer));
        }
        return folder;
    }

    /** Puts a package's files into the store of that state directory and makes it the active release. */
    public static void activate(Path folder, Path state) {
        PackageReader reader = PackageReader.open(folder);
        ModelManifest manifest = reader.manifest();
        byte[] statement = reader.statement();
        try (ModelStore store = ModelStore.open(state.resolve("models"))) {
            manifest.files().forEach(file -> store.put(reader.read(file.name(), file.sha256(), file.size())));
            store.install(
                    manifest.name(),
                    new Release(
                            manifest.version().toString(),
                            manifest.release(),
                            store.put(reader.manifestBytes()),
                            statement == null ? null : store.put(statement),
                            manifest.files().stream()
                                    .map(ModelManifest.FileEntry::sha256)
                                    .toList()));
        }
    }
}
