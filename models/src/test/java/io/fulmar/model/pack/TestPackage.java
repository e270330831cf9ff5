package io.fulmar.model.pack;

import io.fulmar.model.pack.ModelManifest.Budgets;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.ModelManifest.RuntimeRange;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The sample model host-load as a package, and keys to sign it with. Owned by its test. */
final class TestPackage {
    static final long ISSUED = 1_795_300_000_000L;
    static final long EXPIRES = ISSUED + 86_400_000L;
    static final DeviceClass DEVICE = new DeviceClass("raspberry-pi-4", version("0.1.0"));

    final Map<String, byte[]> files = new HashMap<>();

    static SemanticVersion version(String text) {
        return Objects.requireNonNull(SemanticVersion.ofText(text));
    }

    static Path samples() {
        return Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");
    }

    static TrustRoot root(int threshold, SigningKey... keys) {
        return TrustRoot.of(
                1,
                Arrays.stream(keys)
                        .map(key -> new TrustRoot.Key(key.verifyingKey(), null))
                        .toList(),
                Map.of(
                        TrustRole.RELEASE,
                        new TrustRoot.Signers(
                                Arrays.stream(keys)
                                        .map(key -> key.verifyingKey().id())
                                        .toList(),
                                threshold)));
    }

    /** A check by a device that knows these keys, with nothing else against any release. */
    static ReleaseCheck check(int threshold, SigningKey... keys) {
        return new ReleaseCheck(root(threshold, keys), model -> 0, DEVICE, ISSUED);
    }

    /** The manifest of host-load, with one golden case. */
    ModelManifest manifest(long release, List<String> devices, RuntimeRange runtime) throws IOException {
        Path sample = samples().resolve("host-load");
        byte[] model = Files.readAllBytes(sample.resolve("host-load.tflite"));
        ModelFile parsed = ModelFile.of("host-load", model);
        return new ModelManifest(
                "host-load",
                version("1.0.0"),
                release,
                "How loaded a host is",
                "Apache-2.0",
                List.of(
                        file(Role.MODEL, "host-load.tflite", model),
                        file(Role.LABELS, "labels.txt", Files.readAllBytes(sample.resolve("labels.txt"))),
                        file(
                                Role.GOLDEN,
                                "golden/busy.in0.bin",
                                Files.readAllBytes(sample.resolve("golden/busy.in0.bin"))),
                        file(
                                Role.GOLDEN,
                                "golden/busy.out0.bin",
                                Files.readAllBytes(sample.resolve("golden/busy.out0.bin")))),
                parsed.description().inputs().stream().map(TensorEntry::of).toList(),
                parsed.description().outputs().stream().map(TensorEntry::of).toList(),
                List.of(new GoldenCase(
                        "busy",
                        List.of("golden/busy.in0.bin"),
                        List.of("golden/busy.out0.bin"),
                        new Tolerance(null, 16, true))),
                new Budgets(50L, 16L << 20),
                devices,
                runtime,
                null);
    }

    ModelManifest manifest() throws IOException {
        return manifest(7, List.of(), RuntimeRange.ANY);
    }

    FileEntry file(Role role, String name, byte[] bytes) {
        files.put(name, bytes);
        return new FileEntry(role, name, Digest.of(bytes), bytes.length);
    }

    byte[] bytes(String name) {
        return Objects.requireNonNull(files.get(name), name);
    }

    /** Writes it, unsigned. */
    PackageReader write(Path folder, ModelManifest manifest) throws IOException {
        return write(folder, manifest.toJson());
    }

    PackageReader write(Path folder, byte[] manifest) throws IOException {
        PackageWriter.write(folder, manifest, (name, sha256, size) -> bytes(name));
        return PackageReader.open(folder);
    }

    /** Writes it, signed with these keys. */
    PackageReader write(Path folder, ModelManifest manifest, SigningKey... keys) throws IOException {
        PackageReader reader = write(folder, manifest);
        PackageWriter.sign(reader, statement(reader).sign(keys));
        return PackageReader.open(folder);
    }

    static ReleaseStatement statement(PackageReader reader) {
        return ReleaseStatement.of(reader.manifestBytes(), 1, ISSUED, EXPIRES);
    }
}
