package io.fulmar.cli.demo;

import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.trust.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** A release of bearing-condition that is yet to be packed, to be made as it should not be. Owned by its test. */
final class TestRelease {
    static final Path MODELS = Path.of(System.getProperty("fulmar.root", "..")).resolve("models");

    private static final long YEAR = 365L * 24 * 3600 * 1000;

    private final ModelFolder folder;
    private final long number;
    private final SigningKey key;
    private byte[] model;
    private List<String> devices = List.of();
    private boolean golden = true;
    private long floor = 1;
    private long expires = System.currentTimeMillis() + YEAR;

    /** Release {@code number}, version 1.{@code number}.0, with the files of that folder. */
    TestRelease(Path from, long number, SigningKey key) throws IOException {
        this.folder = ModelFolder.read(from);
        this.number = number;
        this.key = key;
        FileEntry entry = folder.manifest().model();
        this.model = folder.read(entry.name(), entry.sha256(), entry.size());
    }

    /** The sample, as good as it is. */
    static TestRelease good(long number, SigningKey key) throws IOException {
        return new TestRelease(MODELS.resolve("samples/bearing-condition"), number, key);
    }

    TestRelease model(UnaryOperator<byte[]> change) {
        model = change.apply(model);
        return this;
    }

    TestRelease devices(String... names) {
        devices = List.of(names);
        return this;
    }

    TestRelease withoutGoldenCases() {
        golden = false;
        return this;
    }

    TestRelease floor(long lowest) {
        floor = lowest;
        return this;
    }

    TestRelease expired() {
        expires = 2_000; // shortly after it was issued, in 1970
        return this;
    }

    private String version() {
        return "1." + number + ".0";
    }

    /** Packs and signs it. */
    PackageReader in(Path packages) throws IOException {
        ModelManifest base = folder.manifest();
        List<FileEntry> files = new ArrayList<>();
        for (FileEntry file : base.files()) {
            if (file.role() == Role.MODEL) {
                files.add(new FileEntry(Role.MODEL, file.name(), Digest.of(model), model.length));
            } else if (golden || file.role() != Role.GOLDEN) {
                files.add(file);
            }
        }
        ModelManifest manifest = new ModelManifest(
                UpdateWorld.MODEL,
                Objects.requireNonNull(SemanticVersion.ofText(version())),
                number,
                base.title(),
                base.license(),
                files,
                base.inputs(),
                base.outputs(),
                golden ? base.golden() : List.of(),
                base.budgets(),
                devices,
                base.runtime(),
                null);
        Path target = Files.createDirectories(packages).resolve(Long.toString(number));
        PackageWriter.write(
                target,
                manifest.toJson(),
                (name, sha256, size) -> sha256.equals(Digest.of(model)) ? model : folder.read(name, sha256, size));
        PackageReader unsigned = PackageReader.open(target);
        PackageWriter.sign(
                unsigned,
                ReleaseStatement.of(unsigned.manifestBytes(), floor, 1_000, expires)
                        .sign(key));
        return PackageReader.open(target);
    }
}
