import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Takes out of jars what an installed program does not read from them. Native libraries: those of this machine's kind go to a
 * folder, from which they are loaded in place, those of others go nowhere. Descriptions of modules: everything is on the class
 * path, and they name modules that are not there. Run as source: {@code java Strip.java amd64|arm64 LIB NATIVE}.
 */
final class Strip {
    private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib|a)");
    private static final Pattern OTHER_SYSTEM =
            Pattern.compile("musl|android|darwin|mac|osx|windows|win32|win64|bsd|sunos|solaris|aix");
    private static final Map<String, Pattern> KINDS = Map.of(
            "amd64", Pattern.compile("(?<![a-z0-9])(x86[_-]64|amd64)(?![a-z0-9])"),
            "arm64", Pattern.compile("(?<![a-z0-9])(aarch[_-]?64|arm64|armv8_64)(?![a-z0-9])"));

    private Strip() {}

    public static void main(String[] args) throws IOException {
        Pattern kind = KINDS.get(args[0]);
        Path natives = Files.createDirectories(Path.of(args[2]));
        List<Path> jars;
        try (var files = Files.list(Path.of(args[1]))) {
            jars = files.filter(it -> it.toString().endsWith(".jar")).sorted().toList();
        }
        for (Path jar : jars) {
            strip(jar, kind, natives);
        }
    }

    private static void strip(Path jar, Pattern kind, Path natives) throws IOException {
        Path next = jar.resolveSibling(jar.getFileName() + ".next");
        List<String> left = new ArrayList<>();
        boolean found = false;
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(next))) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                String name = entry.getName().toLowerCase(Locale.ROOT);
                if (name.endsWith("module-info.class")) {
                    found = true;
                    continue;
                }
                if (!NATIVE.matcher(name).matches()) {
                    ZipEntry copy = new ZipEntry(entry.getName());
                    copy.setTimeLocal(entry.getTimeLocal());
                    to.putNextEntry(copy);
                    from.getInputStream(entry).transferTo(to);
                    if (!entry.isDirectory() && !name.startsWith("meta-inf/")) {
                        left.add(name);
                    }
                    continue;
                }
                found = true;
                if (name.endsWith(".so") && fits(name, jar, kind)) {
                    Path file = natives.resolve(Path.of(entry.getName()).getFileName().toString());
                    if (Files.exists(file)) {
                        throw new IOException(jar + ": a second native library of the name " + file.getFileName());
                    }
                    Files.copy(from.getInputStream(entry), file);
                }
            }
        }
        if (!found) {
            Files.delete(next);
        } else if (left.isEmpty()) { // nothing but natives
            Files.delete(next);
            Files.delete(jar);
        } else {
            Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean fits(String name, Path jar, Pattern kind) {
        return kind.matcher(name).find()
                && !OTHER_SYSTEM.matcher(name).find()
                && !OTHER_SYSTEM.matcher(jar.getFileName().toString()).find();
    }
}
