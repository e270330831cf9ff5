package io.fulmar.model.tflite;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and loads TensorFlow Lite's native library, once in the life of the process.
 *
 * <p>A folder named by the system property {@code fulmar.native.dir} is used as it is. Else the library in the class
 * path's jar is copied, once, to a folder of the user's cache named by its SHA-256.
 *
 * <p>Immutable.
 */
final class NativeLibrary {
    static final String DIRECTORY_PROPERTY = "fulmar.native.dir";

    private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
    private static final String FILE_NAME = "libjnitensorflowlite.so";
    private static final String RESOURCES = "/org/bytedeco/tensorflowlite/";
    private static final String NEEDS =
            "It needs 64-bit Linux with glibc 2.34 and libstdc++ 12 or newer (Debian 12, Ubuntu 22.04).";
    private static final List<String> REQUIRED_SYMBOLS = List.of(
            "TfLiteInterpreterCreate", "TfLiteSignatureRunnerInvoke", "TfLiteXNNPackDelegateCreate", "TfLiteVersion");

    private final String platform;
    private final Map<String, String> environment;

    NativeLibrary(String osName, String osArch, Map<String, String> environment) {
        this.platform = platform(osName, osArch);
        this.environment = environment;
    }

    /** The functions of the library. */
    static SymbolLookup symbols() {
        if (Loaded.RESULT.failure != null) {
            ModelException failure = Loaded.RESULT.failure;
            throw new ModelException(failure.category(), String.valueOf(failure.getMessage()), failure.hint(), failure);
        }
        return Loaded.RESULT.symbols;
    }

    /** Which of the libraries in the jars fits. */
    static String platform(String osName, String osArch) {
        if (osName.equals("Linux")) {
            switch (osArch.toLowerCase(Locale.ROOT)) {
                case "amd64", "x86_64" -> {
                    return "linux-x86_64";
                }
                case "aarch64", "arm64" -> {
                    return "linux-arm64";
                }
                default -> {
                    // refused below
                }
            }
        }
        throw new ModelException(
                ModelException.Category.FATAL,
                "There is no TensorFlow Lite library for " + osName + " on " + osArch,
                "Run on 64-bit Linux on x86-64 or ARM64; a 32-bit Raspberry Pi OS cannot be used.");
    }

    /** The file to load, copied out of the jar if need be. */
    Path locate(@Nullable String directory) {
        if (directory != null) {
            Path file = Path.of(directory).resolve(FILE_NAME);
            if (!Files.isRegularFile(file)) {
                throw new ModelException(
                        ModelException.Category.FATAL,
                        file + ": no such file",
                        "The system property " + DIRECTORY_PROPERTY + " must name the folder that holds " + FILE_NAME
                                + ".");
            }
            return file;
        }
        String digest = digest();
        Path file = cache().resolve("fulmar/natives").resolve(digest).resolve(FILE_NAME);
        try {
            if (!Files.isRegularFile(file)) {
                extract(file);
            }
            return file;
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written ({}), so the native library is copied to a temporary folder at each start."
                            + " Set XDG_CACHE_HOME to a writable folder, or {}.",
                    file.getParent(),
                    e.toString(),
                    DIRECTORY_PROPERTY);
            return temporary();
        }
    }

    private Path temporary() {
        try {
            Path folder = Files.createTempDirectory("fulmar-natives");
            Path file = folder.resolve(FILE_NAME);
            folder.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
            extract(file);
            return file;
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Category.FATAL,
                    "The native library cannot be copied out of its jar: " + e,
                    "Set XDG_CACHE_HOME to a writable folder, or " + DIRECTORY_PROPERTY + " to a folder that holds "
                            + FILE_NAME + ".",
                    e);
        }
    }

    private Path cache() {
        String configured = environment.getOrDefault("XDG_CACHE_HOME", "");
        if (!configured.isEmpty()) {
            return Path.of(configured);
        }
        return Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")))
                .resolve(".cache");
    }

    private InputStream resource() throws IOException {
        String name = RESOURCES + platform + "/" + FILE_NAME;
        return Optional.ofNullable(NativeLibrary.class.getResourceAsStream(name))
                .orElseThrow(() -> new IOException(name + " is not on the class path"));
    }

    private String digest() {
        try (InputStream in = resource()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 16];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new ModelException(
                    ModelException.Category.FATAL,
                    "The native library cannot be read: " + e.getMessage(),
                    "Put the jar org.bytedeco:tensorflow-lite for " + platform + " on the class path, or set "
                            + DIRECTORY_PROPERTY + ".",
                    e);
        }
    }

    /** Several processes may do this at once: each writes its own file, and the last rename wins. */
    private void extract(Path target) throws IOException {
        Path folder = Optional.ofNullable(target.getParent()).orElseThrow();
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path partial = Files.createTempFile(folder, FILE_NAME, ".partial");
        try (InputStream in = resource()) {
            Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    static SymbolLookup load(Path file) {
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    ModelException.Category.FATAL,
                    file + ": the native library cannot be loaded: " + reason(file, e),
                    NEEDS + " If the folder is mounted noexec, set XDG_CACHE_HOME or " + DIRECTORY_PROPERTY + ".",
                    e);
        }
        for (String symbol : REQUIRED_SYMBOLS) {
            if (symbols.find(symbol).isEmpty()) {
                throw new ModelException(
                        ModelException.Category.FATAL,
                        file + ": the native library has no " + symbol,
                        "Use the library of org.bytedeco:tensorflow-lite that this version of Fulmar was built with.");
            }
        }
        return symbols;
    }

    /** The lookup does not say why it failed; this way of loading does. */
    private static String reason(Path file, IllegalArgumentException failure) {
        try {
            System.load(file.toAbsolutePath().toString());
            return String.valueOf(failure.getMessage());
        } catch (UnsatisfiedLinkError e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** The one load of this process, or why it failed. Immutable. */
    private static final class Loaded {
        static final Loaded RESULT = attempt();

        final SymbolLookup symbols;
        final @Nullable ModelException failure;

        private Loaded(SymbolLookup symbols, @Nullable ModelException failure) {
            this.symbols = symbols;
            this.failure = failure;
        }

        private static Loaded attempt() {
            try {
                NativeLibrary library = new NativeLibrary(
                        System.getProperty("os.name", ""), System.getProperty("os.arch", ""), System.getenv());
                return new Loaded(load(library.locate(System.getProperty(DIRECTORY_PROPERTY))), null);
            } catch (ModelException e) {
                return new Loaded(name -> Optional.empty(), e);
            }
        }
    }
}
