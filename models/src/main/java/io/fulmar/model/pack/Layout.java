package io.fulmar.model.pack;

import java.nio.file.Path;

/** The names of an OCI image layout, and the media types of a model package. Immutable. */
final class Layout {
    static final String LAYOUT_FILE = "oci-layout";
    static final String INDEX_FILE = "index.json";
    static final Path BLOBS = Path.of("blobs", "sha256");

    static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
    static final String IMAGE_TYPE = "application/vnd.oci.image.manifest.v1+json";
    static final String ARTIFACT_TYPE = "application/vnd.fulmar.model.v1";
    static final String MANIFEST_TYPE = "application/vnd.fulmar.model.manifest.v1+json";
    static final String FILE_TYPE = "application/vnd.fulmar.model.file.v1";
    static final String STATEMENT_TYPE = "application/vnd.fulmar.release.v1+dsse";

    static final String TITLE = "org.opencontainers.image.title";
    static final String REF_NAME = "org.opencontainers.image.ref.name";

    /** How messages call the image manifest. */
    static final String IMAGE = "the image manifest";

    private Layout() {}
}
