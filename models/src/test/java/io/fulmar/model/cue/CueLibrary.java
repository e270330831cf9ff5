package io.fulmar.model.cue;

import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;

/**
 * The native library of {@code cues.c}: TensorFlow Lite, but for models with a {@link Cue}. A process uses it when the system
 * property {@code fulmar.native.dir} names its folder. Has no state.
 */
public final class CueLibrary {
    /** The property, to be given to a process of its own. */
    public static final String PROPERTY = "fulmar.native.dir";

    private static final String REAL = "libtensorflowlite-real.so";

    private CueLibrary() {}

    /**
     * Compiles it.
     *
     * @return {@code folder}
     */
    public static Path in(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        String platform = System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux-x86_64";
        copy(
                ModelFile.class,
                "/org/bytedeco/tensorflowlite/" + platform + "/libjnitensorflowlite.so",
                folder.resolve(REAL));
        copy(CueLibrary.class, "cues.c", folder.resolve("cues.c"));
        Path output = folder.resolve("gcc.log");
        Process gcc;
        try {
            gcc = new ProcessBuilder(List.of(
                            "gcc",
                            "-std=gnu11",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-O1",
                            "-shared",
                            "-fPIC",
                            "-o",
                            "libjnitensorflowlite.so",
                            "cues.c",
                            "-Wl,--no-as-needed",
                            "-L.",
                            "-l:" + REAL,
                            "-Wl,-rpath,$ORIGIN"))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    "gcc is needed for the tests of models that crash in native code: apt-get install gcc libc6-dev",
                    e);
        }
        if (gcc.waitFor() != 0) {
            throw new AssertionError(
                    "gcc cannot compile cues.c; on Debian it needs gcc and libc6-dev:\n" + Files.readString(output));
        }
        return folder;
    }

    private static void copy(Class<?> beside, String resource, Path to) throws IOException {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(resource), resource)) {
            Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
