package io.fulmar.agent.api.http;

import io.fulmar.config.Secret;
import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What callers must know for more than every program of the machine may, where the configuration names no token: a file of the
 * state directory that the agent makes and only its user can read. Thread-safe, but for {@link #find}, which the interface's
 * thread alone calls.
 */
public final class OwnerSecret {
    private static final Logger LOG = LoggerFactory.getLogger("api");
    private static final String NAME = "api-token";
    private static final String MODE = "rw-------";
    private static final int BYTES = 32;
    private static final Pattern TEXT = Pattern.compile("[A-Za-z0-9_-]{43}\n");

    private final Path file;
    private final AtomicReference<@Nullable Secret> found = new AtomicReference<>();

    /** @param state the state directory */
    public OwnerSecret(Path state) {
        this.file = file(state);
    }

    private static Path file(Path state) {
        return state.resolve(NAME).toAbsolutePath();
    }

    /** Where it is, or will be. */
    public Path file() {
        return file;
    }

    /** What it is; null before it is found. */
    public @Nullable Secret now() {
        return found.get();
    }

    /**
     * Takes the one of the file; makes one where there is none, or none that is still a secret.
     *
     * @throws IOException if that cannot be done now
     */
    public void find() throws IOException {
        Secret kept = kept();
        if (kept == null) {
            byte[] random = new byte[BYTES];
            new SecureRandom().nextBytes(random);
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            DiskFiles.replaceSecret(file, (text + "\n").getBytes(StandardCharsets.US_ASCII));
            kept = new Secret(text, file.toString());
        }
        found.set(kept);
    }

    /** The one from before; null where none can be kept. */
    private @Nullable Secret kept() {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            String mode = PosixFilePermissions.toString(attributes.permissions());
            if (!attributes.isRegularFile()) {
                LOG.warn("{} is no file; it is made anew", file);
            } else if (!mode.equals(MODE)) {
                LOG.warn("{} may have been read by others ({}); it is made anew", file, mode);
            } else {
                return read(file);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is made", file);
        } catch (IOException e) {
            LOG.warn("{}; it is made anew", DiskFiles.said(e));
        }
        return null;
    }

    /**
     * What the agent with that state directory asks for.
     *
     * @throws NoSuchFileException if it has made none
     * @throws IOException if this user may not read it, or something else is in its place
     */
    public static Secret ofAgent(Path state) throws IOException {
        return read(file(state));
    }

    private static Secret read(Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(2 * BYTES);
        }
        String text = new String(bytes, StandardCharsets.US_ASCII);
        if (!TEXT.matcher(text).matches()) {
            throw new FileSystemException(file.toString(), null, file + " is not what an agent writes there");
        }
        return new Secret(text.strip(), file.toString());
    }
}
