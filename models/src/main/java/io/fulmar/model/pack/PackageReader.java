package io.fulmar.model.pack;

import static io.fulmar.model.pack.ManifestJson.JSON;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A package on disk: an OCI image layout whose config is the model manifest. What the layout says is only believed as far
 * as digests bear it out, and what the model manifest says only once a release statement names its digest. Thread-safe.
 */
public final class PackageReader implements Blobs {
    private final Path folder;
    private final String imageManifest;
    private final String manifestDigest;
    private final byte[] manifestBytes;
    private final ModelManifest manifest;
    private final byte @Nullable [] statement;

    /** A digest and a size, as a descriptor of OCI says them. Immutable. */
    record Descriptor(String mediaType, String sha256, long size) {
        static Descriptor of(String what, Map<String, Object> object) {
            return new Descriptor(
                    JSON.text(what, object, "mediaType"),
                    Digest.parse(what, JSON.text(what, object, "digest")),
                    JSON.whole(what, object, "size", 0, Limits.WHOLE));
        }
    }

    private PackageReader(Path folder) {
        this.folder = folder;
        if (!Files.exists(folder.resolve(Layout.LAYOUT_FILE), LinkOption.NOFOLLOW_LINKS)) {
            throw new PackageException(
                    Reason.MISSING_FILE, "it is no package: there is no " + folder.resolve(Layout.LAYOUT_FILE));
        }
        LayoutFiles.requireFolder(folder.resolve(Layout.BLOBS.subpath(0, 1)));
        LayoutFiles.requireFolder(folder.resolve(Layout.BLOBS));
        requireLayout();
        Descriptor image = image();
        this.imageManifest = image.sha256();
        Map<String, Object> object =
                JSON.read(Layout.IMAGE, limited(Layout.IMAGE, image, Limits.LAYOUT_BYTES), Limits.LAYOUT_BYTES);
        Descriptor config = Descriptor.of(Layout.IMAGE, JSON.object(Layout.IMAGE, object, "config"));
        if (!config.mediaType().equals(Layout.MANIFEST_TYPE)) {
            throw ModelManifest.malformed(
                    "it is no model package: the config of its image is not " + Layout.MANIFEST_TYPE);
        }
        this.manifestDigest = config.sha256();
        this.manifestBytes = limited("the model manifest", config, Limits.MANIFEST_BYTES);
        this.manifest = ModelManifest.parse(manifestBytes);
        this.statement = statement(object);
    }

    /**
     * Opens a package and reads its manifests; each file is read when it is asked for.
     *
     * @throws PackageException when it is none, or not whole
     */
    public static PackageReader open(Path folder) {
        try {
            return new PackageReader(folder);
        } catch (PackageException e) {
            throw String.valueOf(e.getMessage()).startsWith(folder.toString()) ? e : e.in(folder.toString());
        }
    }

    private void requireLayout() {
        byte[] bytes = LayoutFiles.read(folder.resolve(Layout.LAYOUT_FILE), Limits.LAYOUT_BYTES);
        Map<String, Object> object = JSON.read(Layout.LAYOUT_FILE, bytes, Limits.LAYOUT_BYTES);
        if (!JSON.text(Layout.LAYOUT_FILE, object, "imageLayoutVersion").startsWith("1.")) {
            throw ModelManifest.malformed(Layout.LAYOUT_FILE + " is not of version 1");
        }
    }

    private Descriptor image() {
        byte[] bytes = LayoutFiles.read(folder.resolve(Layout.INDEX_FILE), Limits.LAYOUT_BYTES);
        Map<String, Object> object = JSON.read(Layout.INDEX_FILE, bytes, Limits.LAYOUT_BYTES);
        List<Map<String, Object>> images = JSON.objects(Layout.INDEX_FILE, object, "manifests");
        if (images.size() != 1) {
            throw ModelManifest.malformed(
                    Layout.INDEX_FILE + " names " + images.size() + " images; a package is a layout with one");
        }
        Descriptor image = Descriptor.of(Layout.INDEX_FILE, images.getFirst());
        if (!image.mediaType().equals(Layout.IMAGE_TYPE)) {
            throw ModelManifest.malformed(Layout.INDEX_FILE + " names something that is not " + Layout.IMAGE_TYPE);
        }
        return image;
    }

    private byte @Nullable [] statement(Map<String, Object> image) {
        List<Descriptor> statements = new ArrayList<>();
        for (Map<String, Object> layer : JSON.objects(Layout.IMAGE, image, "layers")) {
            Descriptor descriptor = Descriptor.of(Layout.IMAGE, layer);
            if (descriptor.mediaType().equals(Layout.STATEMENT_TYPE)) {
                statements.add(descriptor);
            }
        }
        if (statements.size() > 1) {
            throw ModelManifest.malformed("it has " + statements.size() + " release statements; one is enough");
        }
        return statements.isEmpty()
                ? null
                : limited("the release statement", statements.getFirst(), Limits.STATEMENT_BYTES);
    }

    private byte[] limited(String what, Descriptor descriptor, int maxBytes) {
        if (descriptor.size() > maxBytes) {
            throw new PackageException(
                    Reason.TOO_LARGE, what + " has " + descriptor.size() + " bytes, and may have " + maxBytes);
        }
        return read(what, descriptor.sha256(), descriptor.size());
    }

    @Override
    public byte[] read(String what, String sha256, long size) {
        if (!Digest.isHex(sha256) || size < 0 || size > Limits.MODEL_BYTES) {
            throw new PackageException(Reason.TOO_LARGE, what + " has " + size + " bytes, which is never read");
        }
        byte[] bytes = LayoutFiles.readExactly(folder.resolve(Layout.BLOBS).resolve(sha256), what, (int) size);
        Digest.require(what, bytes, sha256, size);
        return bytes;
    }

    public Path folder() {
        return folder;
    }

    /** What the package says of itself; nobody has vouched for it yet. */
    public ModelManifest manifest() {
        return manifest;
    }

    /** The exact bytes of the model manifest, whose digest was compared. */
    public byte[] manifestBytes() {
        return manifestBytes.clone();
    }

    /** The digest of {@link #manifestBytes} in 64 hex digits. */
    public String manifestDigest() {
        return manifestDigest;
    }

    /** The release statement in its envelope, unverified; null when the package is not signed. */
    public byte @Nullable [] statement() {
        return statement == null ? null : statement.clone();
    }

    /** The digest of the image manifest, by which an OCI registry knows the whole. */
    public String imageDigest() {
        return imageManifest;
    }
}
