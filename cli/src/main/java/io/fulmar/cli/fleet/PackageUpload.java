package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Uploads;
import io.fulmar.model.pack.PackageReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Sends a package to a fleet on another machine, in pieces; what broke off goes on where it stopped. Owned by the main thread. */
final class PackageUpload {
    private static final int PIECE_BYTES = 4 << 20;
    private static final int TRIES = 5;

    private final ApiClient client;
    private final PackageReader reader;
    private final String image;

    PackageUpload(ApiClient client, PackageReader reader) {
        this.client = client;
        this.reader = reader;
        this.image = reader.imageDigest();
    }

    /** Sends what the fleet lacks, and has it published; returns what the fleet says. */
    JsonTree publish() {
        for (Path file : files()) {
            send(file);
        }
        return JsonTree.read(client.post(ApiClient.path("uploads", image, "publish"), "{}"));
    }

    private List<Path> files() {
        Path folder = reader.folder();
        List<Path> all = new ArrayList<>(List.of(folder.resolve("oci-layout"), folder.resolve("index.json")));
        try (Stream<Path> blobs = Files.list(folder.resolve("blobs").resolve("sha256"))) {
            blobs.filter(blob -> Uploads.isFile(name(blob))).sorted().forEach(all::add);
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        return all;
    }

    private void send(Path file) {
        String path = ApiClient.path("uploads", image, "files", name(file));
        int failures = 0;
        JsonTree there = client.get(path);
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            while (!there.flag("whole")) {
                long offset = there.number("bytes", 0);
                byte[] piece = piece(in, offset);
                try {
                    there = client.putBytes(path + "?offset=" + offset + "&size=" + in.length(), piece);
                    failures = 0;
                } catch (FleetException e) {
                    if (e.category() != Category.TRANSIENT || ++failures == TRIES) {
                        throw e;
                    }
                    there = client.get(path);
                }
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static byte[] piece(RandomAccessFile in, long offset) throws IOException {
        in.seek(offset);
        byte[] piece = new byte[Math.clamp(in.length() - offset, 0, PIECE_BYTES)];
        in.readFully(piece);
        return piece;
    }

    private static String name(Path file) {
        return Objects.requireNonNull(file.getFileName()).toString();
    }

    private static FleetException unreadable(Path file, IOException e) {
        return new FleetException(Category.PERMANENT, "cannot read " + file + ": " + e, "look at the package", e);
    }
}
