package io.fulmar.model.pack;

import io.fulmar.model.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** An OCI image layout of whatever it is given: what an attacker's tool would write. Owned by its test. */
final class RawLayout {
    String manifestType = Layout.MANIFEST_TYPE;
    long manifestSize;

    private final Path folder;
    private final byte[] manifest;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<byte[]> statements = new ArrayList<>();

    RawLayout(Path folder, byte[] manifest) {
        this.folder = folder;
        this.manifest = manifest;
        this.manifestSize = manifest.length;
    }

    void file(String name, byte[] bytes) {
        files.put(name, bytes);
    }

    RawLayout statement(byte[] bytes) {
        statements.add(bytes);
        return this;
    }

    void write() throws IOException {
        Files.createDirectories(folder.resolve(Layout.BLOBS));
        files.values().forEach(this::put);
        put(manifest);
        statements.forEach(this::put);
        byte[] image = Json.write(json -> {
            json.writeNumberProperty("schemaVersion", 2);
            json.writeObjectPropertyStart("config");
            descriptor(json, manifestType, manifest, manifestSize);
            json.writeEndObject();
            json.writeArrayPropertyStart("layers");
            for (byte[] file : files.values()) {
                json.writeStartObject();
                descriptor(json, Layout.FILE_TYPE, file, file.length);
                json.writeEndObject();
            }
            for (byte[] statement : statements) {
                json.writeStartObject();
                descriptor(json, Layout.STATEMENT_TYPE, statement, statement.length);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
        put(image);
        Files.write(folder.resolve(Layout.INDEX_FILE), Json.write(json -> {
            json.writeArrayPropertyStart("manifests");
            json.writeStartObject();
            descriptor(json, Layout.IMAGE_TYPE, image, image.length);
            json.writeEndObject();
            json.writeEndArray();
        }));
        Files.writeString(folder.resolve(Layout.LAYOUT_FILE), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    private static void descriptor(JsonGenerator json, String type, byte[] content, long size) {
        json.writeStringProperty("mediaType", type);
        json.writeStringProperty("digest", "sha256:" + Digest.of(content));
        json.writeNumberProperty("size", size);
    }

    private void put(byte[] content) {
        try {
            Files.write(folder.resolve(Layout.BLOBS).resolve(Digest.of(content)), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
