package io.fulmar.model.pack;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.json.Json;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.trust.Dsse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes packages. The same content gives the same bytes, wherever and whenever. Thread-safe. */
public final class PackageWriter {
    private PackageWriter() {}

    /**
     * Writes a new package; never over anything. Its index comes last, so what is not whole is no package; what could not be
     * finished is taken away again.
     *
     * @param manifest the exact bytes of the model manifest
     * @param files where each file of the manifest is found
     * @throws PackageException when a file is not as the manifest says
     */
    public static void write(Path folder, byte[] manifest, Blobs files) throws IOException {
        ModelManifest parsed = ModelManifest.parse(manifest);
        Files.createDirectory(folder);
        boolean whole = false;
        try {
            Path blobs = Files.createDirectories(folder.resolve(Layout.BLOBS));
            for (FileEntry file : parsed.files()) {
                byte[] bytes = files.read(file.name(), file.sha256(), file.size());
                Digest.require(file.name(), bytes, file.sha256(), file.size());
                put(blobs, bytes);
            }
            put(blobs, manifest);
            DiskFiles.replace(
                    folder.resolve(Layout.LAYOUT_FILE),
                    Json.write(json -> json.writeStringProperty("imageLayoutVersion", "1.0.0")));
            index(folder, parsed, manifest, null);
            whole = true;
        } finally {
            if (!whole) {
                DiskFiles.delete(folder);
            }
        }
    }

    /**
     * Puts a release statement into a package, in place of the one that it may have. What is signed stays as it is; only the
     * image manifest, which nobody signs, names one layer more.
     */
    public static void sign(PackageReader reader, Dsse statement) throws IOException {
        Path folder = reader.folder();
        byte[] manifest = reader.manifestBytes();
        byte @Nullable [] before = reader.statement();
        byte[] envelope = statement.toJson();
        String image = index(folder, ModelManifest.parse(manifest), manifest, envelope);
        Path blobs = folder.resolve(Layout.BLOBS);
        if (!image.equals(reader.imageDigest())) {
            Files.deleteIfExists(blobs.resolve(reader.imageDigest()));
        }
        if (before != null && !Digest.of(before).equals(Digest.of(envelope))) {
            Files.deleteIfExists(blobs.resolve(Digest.of(before)));
        }
    }

    /** Writes what an index leads to and then the index; the digest of the image manifest. */
    private static String index(Path folder, ModelManifest parsed, byte[] manifest, byte @Nullable [] statement)
            throws IOException {
        Path blobs = folder.resolve(Layout.BLOBS);
        if (statement != null) {
            put(blobs, statement);
        }
        byte[] image = image(parsed, manifest, statement);
        String digest = put(blobs, image);
        DiskFiles.replace(folder.resolve(Layout.INDEX_FILE), Json.writeIndented(json -> {
            json.writeNumberProperty("schemaVersion", 2);
            json.writeStringProperty("mediaType", Layout.INDEX_TYPE);
            json.writeArrayPropertyStart("manifests");
            json.writeStartObject();
            descriptor(json, Layout.IMAGE_TYPE, digest, image.length);
            annotation(json, Layout.REF_NAME, parsed.version().toString().replace('+', '_')); // no '+' in a reference
            json.writeEndObject();
            json.writeEndArray();
        }));
        return digest;
    }

    private static byte[] image(ModelManifest parsed, byte[] manifest, byte @Nullable [] statement) {
        return Json.writeIndented(json -> {
            json.writeNumberProperty("schemaVersion", 2);
            json.writeStringProperty("mediaType", Layout.IMAGE_TYPE);
            json.writeStringProperty("artifactType", Layout.ARTIFACT_TYPE);
            json.writeObjectPropertyStart("config");
            descriptor(json, Layout.MANIFEST_TYPE, Digest.of(manifest), manifest.length);
            json.writeEndObject();
            json.writeArrayPropertyStart("layers");
            for (FileEntry file : parsed.files()) {
                json.writeStartObject();
                descriptor(json, Layout.FILE_TYPE, file.sha256(), file.size());
                annotation(json, Layout.TITLE, file.name());
                json.writeEndObject();
            }
            if (statement != null) {
                json.writeStartObject();
                descriptor(json, Layout.STATEMENT_TYPE, Digest.of(statement), statement.length);
                annotation(json, Layout.TITLE, "release.dsse.json");
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void descriptor(JsonGenerator json, String mediaType, String sha256, long size) {
        json.writeStringProperty("mediaType", mediaType);
        json.writeStringProperty("digest", Digest.PREFIX + sha256);
        json.writeNumberProperty("size", size);
    }

    private static void annotation(JsonGenerator json, String name, String value) {
        json.writeObjectPropertyStart("annotations");
        json.writeStringProperty(name, value);
        json.writeEndObject();
    }

    private static String put(Path blobs, byte[] bytes) throws IOException {
        String digest = Digest.of(bytes);
        if (!Files.exists(blobs.resolve(digest))) {
            DiskFiles.replace(blobs.resolve(digest), bytes);
        }
        return digest;
    }
}
