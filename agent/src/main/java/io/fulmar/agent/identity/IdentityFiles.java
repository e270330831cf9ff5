package io.fulmar.agent.identity;

import io.fulmar.agent.identity.IdentityException.Category;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.EnrolmentAnswer.Granted;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A device's identity on disk: {@code identity} in its state directory is a symbolic link to a folder that holds all of it,
 * {@code identity-1}, {@code identity-2} and so on. A new identity is a new folder, and becomes the device's by the one
 * rename of the link: killed at any moment there is the old one or the new one, whole. Owned by one thread.
 */
final class IdentityFiles {
    static final String KEY = "key.pem";
    static final String CERTIFICATE = "cert.pem";
    static final String AUTHORITY = "ca.pem";
    static final String TRUST = "trust.json";
    static final String FRAGMENT = "enrolled.toml";
    private static final String FACTS = "facts.properties";

    private static final String NAME = "identity";
    private static final String PENDING = "identity.pending";
    private static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private final Path state;
    private final Runnable step;

    /**
     * What the device knows about its identity.
     *
     * @param fleet where it is renewed
     * @param issued when the certificate was made, by the fleet's clock
     * @param broker that was given in place of the one that the fleet says; null for that one
     */
    record Facts(
            String device,
            URI fleet,
            Instant issued,
            @Nullable URI broker) {}

    /**
     * An identity as it is on disk.
     *
     * @param trustRoot whom the device was told to believe when it was enrolled; null for nobody
     */
    record Held(
            Path directory,
            Facts facts,
            String key,
            String certificate,
            String authority,
            @Nullable String trustRoot) {}

    IdentityFiles(Path state) {
        this(state, () -> {});
    }

    /** @param step called before each change on disk, so that a test can stop there */
    IdentityFiles(Path state, Runnable step) {
        this.state = state.toAbsolutePath().normalize();
        this.step = step;
    }

    /** Where the identity is found, whichever it is. */
    Path directory() {
        return state.resolve(NAME);
    }

    /** The identity of now; null if the device has none. */
    @Nullable
    Held held() {
        Path directory = directory();
        try {
            if (!Files.exists(directory.resolve(FACTS))) {
                return null;
            }
            // resolved once, so that all files are of one identity even while it is being renewed
            Path whole = directory.toRealPath();
            var properties = new Properties();
            properties.load(new StringReader(Files.readString(whole.resolve(FACTS))));
            String broker = properties.getProperty("broker");
            Facts facts = new Facts(
                    properties.getProperty("device", ""),
                    URI.create(properties.getProperty("fleet", "")),
                    Instant.ofEpochMilli(Long.parseLong(properties.getProperty("issued", "0"))),
                    broker == null ? null : URI.create(broker));
            return new Held(
                    directory,
                    facts,
                    Files.readString(whole.resolve(KEY)),
                    Files.readString(whole.resolve(CERTIFICATE)),
                    Files.readString(whole.resolve(AUTHORITY)),
                    Files.exists(whole.resolve(TRUST)) ? Files.readString(whole.resolve(TRUST)) : null);
        } catch (IOException | IllegalArgumentException e) {
            throw failed("cannot read the identity in " + directory, e);
        }
    }

    /**
     * The key that was made for a request whose answer has not come, or a new one. It is on disk before it is asked for a
     * certificate, so that an answer that got lost can be asked for again.
     */
    DeviceKey pendingKey() {
        Path file = state.resolve(PENDING).resolve(KEY);
        try {
            if (Files.exists(file)) {
                DeviceKey key = DeviceKey.read(Files.readString(file));
                if (key != null) {
                    return key;
                }
            }
            DeviceKey key = DeviceKey.make();
            makeDirectories(file.getParent());
            step.run();
            write(file, key.pem());
            DiskFiles.flushFolder(state);
            return key;
        } catch (IOException e) {
            throw failed("cannot write " + file, e);
        }
    }

    /** Begins with another key the next time. */
    void forgetPendingKey() {
        try {
            DiskFiles.delete(state.resolve(PENDING));
        } catch (IOException e) {
            throw failed("cannot remove " + state.resolve(PENDING), e);
        }
    }

    /** Makes this the device's identity. */
    void install(Facts facts, DeviceKey key, Granted granted, String toml) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(KEY, key.pem());
        files.put(CERTIFICATE, granted.certificate());
        files.put(AUTHORITY, granted.ca());
        if (granted.trustRoot() != null) {
            files.put(TRUST, granted.trustRoot());
        }
        files.put(FRAGMENT, toml);
        files.put(
                FACTS,
                "device=" + granted.device() + "\nfleet=" + facts.fleet() + "\nissued=" + granted.nowMillis() + "\n"
                        + (facts.broker() == null ? "" : "broker=" + facts.broker() + "\n"));
        try {
            Path whole = next();
            step.run();
            makeDirectories(whole);
            for (Map.Entry<String, String> file : files.entrySet()) {
                step.run();
                write(whole.resolve(file.getKey()), file.getValue());
            }
            DiskFiles.flushFolder(whole);
            DiskFiles.flushFolder(state);
            step.run();
            switchTo(whole);
            step.run();
            forgetPendingKey();
            step.run();
            forgetOthersThan(whole);
        } catch (IOException e) {
            throw failed("cannot write the identity in " + state, e);
        }
    }

    private void switchTo(Path whole) throws IOException {
        Path link = directory();
        if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(link + " is a directory that Fulmar did not make; move it away");
        }
        Path fresh = state.resolve(NAME + ".new");
        Files.deleteIfExists(fresh);
        Files.createSymbolicLink(fresh, whole.getFileName());
        step.run();
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DiskFiles.flushFolder(state);
    }

    /** A name that no identity has, nor a part of one that was cut off. */
    private Path next() throws IOException {
        int highest = 0;
        for (Path each : all()) {
            highest = Math.max(highest, number(each));
        }
        return state.resolve(NAME + "-" + (highest + 1));
    }

    private void forgetOthersThan(Path whole) throws IOException {
        for (Path each : all()) {
            if (!each.equals(whole)) {
                DiskFiles.delete(each);
            }
        }
    }

    private List<Path> all() throws IOException {
        if (!Files.isDirectory(state)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(state)) {
            return entries.filter(each -> number(each) > 0).toList();
        }
    }

    private static int number(Path entry) {
        String name = String.valueOf(entry.getFileName());
        return name.matches(NAME + "-[0-9]{1,9}") ? Integer.parseInt(name.substring(NAME.length() + 1)) : 0;
    }

    // ---- files

    /** Makes what an interrupted enrolment may have left undone: the fragment beside the device's file. */
    static void link(Path fragment, Path target) {
        try {
            Path folder = fragment.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Path fresh = fragment.resolveSibling(fragment.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createSymbolicLink(fresh, target);
            Files.move(fresh, fragment, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (folder != null) {
                DiskFiles.flushFolder(folder);
            }
        } catch (IOException e) {
            throw failed("cannot write " + fragment, e);
        }
    }

    private static void makeDirectories(@Nullable Path directory) throws IOException {
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
        }
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING),
                PosixFilePermissions.asFileAttribute(SECRET))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static IdentityException failed(String what, Exception e) {
        return new IdentityException(
                Category.PERMANENT,
                what + ": " + e,
                "check that this user may write there, that the file system has Unix modes and links, and that there is space",
                e);
    }
}
