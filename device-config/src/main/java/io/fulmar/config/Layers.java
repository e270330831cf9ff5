package io.fulmar.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads every layer of a configuration and lays each over the one before. Owned by the one load that builds it. */
final class Layers {
    /** The name of the folder beside the device's file whose fragments lie over it. */
    static final String FRAGMENTS = "conf.d";

    private static final String EXAMPLES = "start from one of device-config/examples";

    private final ConfigSources sources;
    private final Problems problems;
    private final Path folder;
    private int ranks;
    private boolean unreadable;
    private Node.@Nullable Table merged;

    Layers(ConfigSources sources, Problems problems) {
        this.sources = sources;
        this.problems = problems;
        Path parent = sources.file().toAbsolutePath().normalize().getParent();
        this.folder = parent == null ? sources.file().toAbsolutePath() : parent;
    }

    /** All layers as one document, or null after reporting why one of them is none. */
    Node.@Nullable Table read() {
        file();
        fragments();
        remote();
        Node.Table document = unreadable ? null : merged;
        if (document != null) {
            new Overrides(origin(Layer.OVERRIDE, "--set", folder), problems).apply(document, sources.overrides());
        }
        return document;
    }

    /** What can be told to be wrong with the fleet's layer alone. */
    static void checkRemote(String name, String toml, Problems problems) {
        new Layers(ConfigSources.of(Path.of("device.toml")).remote(name, toml), problems).remote();
    }

    private void file() {
        Path file = sources.file();
        try {
            byte[] bytes = SmallFile.read(file, Limits.FILE_BYTES);
            add(parsed(origin(Layer.FILE, file.toString(), folder), bytes));
        } catch (IOException e) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "cannot read configuration " + file + ": " + e.getMessage(),
                    Files.isDirectory(file) ? "name the TOML file inside it" : "check the path, or " + EXAMPLES,
                    e);
        }
    }

    private void fragments() {
        Path fragments = folder.resolve(FRAGMENTS);
        if (!Files.isDirectory(fragments)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(fragments, "*.toml")) {
            for (Path file : found) {
                if (files.size() == Limits.FRAGMENTS) {
                    unreadable(
                            origin(Layer.FRAGMENT, fragments.toString(), fragments),
                            "has more than " + Limits.FRAGMENTS + " fragments");
                    return;
                }
                files.add(file);
            }
        } catch (IOException e) {
            unreadable(origin(Layer.FRAGMENT, fragments.toString(), fragments), "cannot be listed: " + e.getMessage());
        }
        files.sort(null);
        files.forEach(file -> fragment(file, fragments));
    }

    private void fragment(Path file, Path fragments) {
        Origin origin = origin(Layer.FRAGMENT, named(file), fragments);
        try {
            add(parsed(origin, SmallFile.read(file, Limits.FILE_BYTES)));
        } catch (IOException e) {
            unreadable(origin, "cannot be read: " + e.getMessage());
        }
    }

    /** A fragment is called the way that the device's file is: relative where that is. */
    private String named(Path fragment) {
        Path parent = sources.file().getParent();
        Path relative = Path.of(FRAGMENTS).resolve(fragment.getFileName());
        return (parent == null ? relative : parent.resolve(relative)).toString();
    }

    private void remote() {
        String name = sources.remoteName();
        String text = sources.remote();
        if (name == null || text == null) {
            return;
        }
        Origin origin = origin(Layer.REMOTE, name, folder);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Limits.REMOTE_BYTES) {
            unreadable(origin, "is larger than " + Units.text(Limits.REMOTE_BYTES));
            return;
        }
        Node.Table document = parsed(origin, bytes);
        if (document != null) {
            LocalOnly.strip(document, problems);
        }
        add(document);
    }

    private void add(Node.@Nullable Table layer) {
        if (layer == null) {
            unreadable = true;
        } else {
            merged = merged == null ? layer : Merge.over(merged, layer);
        }
    }

    private void unreadable(Origin origin, String message) {
        problems.add(Place.startOf(origin), "", message);
        unreadable = true;
    }

    private Origin origin(Layer layer, String name, Path seenFrom) {
        return new Origin(layer, ranks++, name, seenFrom);
    }

    private Node.@Nullable Table parsed(Origin origin, byte[] bytes) {
        String text = decoded(origin, bytes);
        if (text == null) {
            return null;
        }
        if (origin.layer() == Layer.FILE && text.isBlank()) {
            problems.add(Place.startOf(origin), "", "is empty; " + EXAMPLES);
            return null;
        }
        return TomlDocument.parse(origin, text, problems);
    }

    private @Nullable String decoded(Origin origin, byte[] bytes) {
        Place start = Place.startOf(origin);
        if (bytes.length > Limits.FILE_BYTES) {
            problems.add(
                    start, "", "is larger than " + Units.text(Limits.FILE_BYTES) + ", so it is not a device's file");
            return null;
        }
        if (startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0xFF, 0xFE)) {
            problems.add(start, "", "is UTF-16; save it as UTF-8");
            return null;
        }
        if (startsWith(bytes, 0xEF, 0xBB, 0xBF)) {
            problems.add(start, "", "starts with a byte order mark; save it as UTF-8 without one");
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            problems.add(placeOfBadByte(origin, bytes), "", "is not UTF-8 here");
            return null;
        }
    }

    /** A decoder stops at the first byte that does not fit. */
    private static Place placeOfBadByte(Origin origin, byte[] bytes) {
        CharBuffer out = CharBuffer.allocate(bytes.length);
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), out, true);
        String before = out.flip().toString();
        int lastBreak = before.lastIndexOf('\n');
        int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
        return new Place(origin, line, before.length() - lastBreak);
    }

    private static boolean startsWith(byte[] bytes, int... prefix) {
        if (bytes.length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if ((bytes[i] & 0xFF) != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
