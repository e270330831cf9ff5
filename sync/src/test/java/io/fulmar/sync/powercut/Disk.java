package io.fulmar.sync.powercut;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A disk that keeps what was flushed, and of everything else whatever it likes: no, all or some of the writes, whole or
 * torn, in any order of pages; names that were made or removed in a directory that was not flushed since, or not. Owned
 * by the test's thread.
 */
public final class Disk {
    private static final int SECTOR_BYTES = 512;
    private static final int PAGE_BYTES = 4096;

    /** Names, without their directory, of files that are never flushed on purpose: a power cut has all its ways with them. */
    private final Set<String> unflushed;

    private final Map<String, Node> seen = new HashMap<>();
    private final Map<String, Node> kept = new HashMap<>();
    private final List<Name> names = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();

    public Disk(Set<String> unflushed) {
        this.unflushed = unflushed;
    }

    /** A disk that holds an image, all of it flushed: what the next process after a power cut begins with. */
    public static Disk holding(Image image, Set<String> unflushed) {
        Disk disk = new Disk(unflushed);
        for (String directory : image.directories()) {
            disk.kept.put(directory, new Node(directory, true));
        }
        image.files().forEach((path, bytes) -> {
            Node node = new Node(path, false);
            node.flushed = bytes;
            disk.kept.put(path, node);
        });
        disk.seen.putAll(disk.kept);
        return disk;
    }

    public void apply(Step step) {
        switch (step) {
            case Step.Opened(String path, boolean emptied) -> {
                if (!seen.containsKey(path)) {
                    link(path, new Node(path, false));
                } else if (emptied) {
                    changes.add(new Resize(node(path), 0));
                }
            }
            case Step.Wrote(String path, long offset, byte[] bytes) ->
                changes.add(new Write(node(path), (int) offset, bytes));
            case Step.Resized(String path, long size) -> changes.add(new Resize(node(path), (int) size));
            case Step.Flushed(String path) -> flush(path);
            case Step.MadeDirectory(String path) -> link(path, new Node(path, true));
            case Step.Unlinked(String path) -> {
                seen.remove(path);
                names.add(new Name(path, null, null));
            }
            case Step.Renamed(String from, String to) -> {
                Node node = node(from);
                seen.remove(from);
                seen.put(to, node);
                names.add(new Name(to, node, from));
            }
            case Step.Printed _ -> {}
        }
    }

    /** What may be left if the power is cut now; some of them may be equal. */
    public List<Image> images(SplittableRandom random, int randomSubsets) {
        List<Change> pending =
                changes.stream().filter(change -> !isUnflushed(change.node())).toList();
        int last = pending.size() - 1;
        List<Image> images = new ArrayList<>();
        images.add(image("nothing unflushed", Choice.NONE, Choice.ALL, name -> true));
        images.add(image("all", Choice.ALL, Choice.ALL, name -> true));
        if (last > 0) {
            images.add(image("the last only", (i, change) -> i == last ? List.of(change) : List.of(), name -> true));
            images.add(image("all but the first", (i, change) -> i > 0 ? List.of(change) : List.of(), name -> true));
        }
        if (last >= 0) {
            images.add(image("zeros", (i, change) -> List.of(change.zeroed()), name -> true));
            for (int cut : cuts(pending.get(last))) {
                images.add(image(
                        "torn after " + cut,
                        (i, change) ->
                                i < last ? List.of(change) : change.pieces(cut).subList(0, 1),
                        name -> true));
                images.add(image(
                        "torn before " + cut,
                        (i, change) ->
                                i < last ? List.of(change) : change.pieces(cut).subList(1, 2),
                        name -> true));
            }
            for (int i = 0; i < (last > 0 ? randomSubsets : 0); i++) {
                images.add(image("some pages", somePages(random.nextLong(), pending.size()), name -> true));
            }
        }
        images.addAll(withUnflushedFiles(random));
        images.addAll(withoutSomeNames());
        return images;
    }

    /** Unlike the rest, a file that is never flushed has a long past, of which any part may have been written back. */
    private List<Image> withUnflushedFiles(SplittableRandom random) {
        int count = (int)
                changes.stream().filter(change -> isUnflushed(change.node())).count();
        List<Image> images = new ArrayList<>();
        if (count == 0) {
            return images;
        }
        int some = random.nextInt(count);
        Map<String, Choice> pasts = Map.of(
                "none of them", Choice.NONE,
                "before the last", (i, change) -> i < count - 1 ? List.of(change) : List.of(),
                "an older one", (i, change) -> i < some ? List.of(change) : List.of(),
                "zeros", (i, change) -> List.of(change.zeroed()),
                "half of the last",
                        (i, change) -> i < count - 1
                                ? List.of(change)
                                : change.pieces(change.length() / 2).subList(0, 1),
                "the last without its half",
                        (i, change) -> change.pieces(change.length() / 2).subList(1, 2));
        new TreeMap<>(pasts).forEach((how, past) -> {
            images.add(image("nothing unflushed; unflushed files: " + how, Choice.NONE, past, name -> true));
            images.add(image("all; unflushed files: " + how, Choice.ALL, past, name -> true));
        });
        return images;
    }

    private List<Image> withoutSomeNames() {
        List<Image> images = new ArrayList<>();
        List<IntPredicate> choices = new ArrayList<>();
        if (!names.isEmpty()) {
            choices.add(name -> false);
        }
        for (int i = 0; i < (names.size() > 1 ? names.size() : 0); i++) {
            int one = i;
            choices.add(name -> name == one);
            choices.add(name -> name != one);
            choices.add(name -> name < one);
        }
        for (IntPredicate choice : choices) {
            images.add(image("nothing unflushed; names: some", Choice.NONE, Choice.ALL, choice));
            images.add(image("all; names: some", Choice.ALL, Choice.ALL, choice));
        }
        return images;
    }

    private Image image(String how, Choice choice, IntPredicate named) {
        return image(how, choice, Choice.ALL, named);
    }

    private Image image(String how, Choice choice, Choice past, IntPredicate named) {
        Map<String, Node> linked = new HashMap<>(kept);
        for (int i = 0; i < names.size(); i++) {
            Name name = names.get(i);
            if (named.test(i)) {
                name.applyTo(linked);
            }
        }
        Map<Node, Content> contents = new HashMap<>();
        int index = 0;
        int pastIndex = 0;
        for (Change change : changes) {
            List<Change> chosen =
                    isUnflushed(change.node()) ? past.of(pastIndex++, change) : choice.of(index++, change);
            Content content = contents.computeIfAbsent(change.node(), node -> new Content(node.flushed));
            chosen.forEach(piece -> piece.applyTo(content));
        }
        SortedSet<String> directories = new TreeSet<>();
        SortedMap<String, byte[]> files = new TreeMap<>();
        linked.forEach((path, node) -> {
            if (isReachable(path, linked)) {
                if (node.directory) {
                    directories.add(path);
                } else {
                    Content content = contents.get(node);
                    files.put(path, content == null ? node.flushed : content.bytes());
                }
            }
        });
        return new Image(how, directories, files);
    }

    private static boolean isReachable(String path, Map<String, Node> linked) {
        String parent = parent(path);
        return parent.isEmpty() || (linked.get(parent) != null && isReachable(parent, linked));
    }

    private void link(String path, Node node) {
        seen.put(path, node);
        names.add(new Name(path, node, null));
    }

    private void flush(String path) {
        Node node = seen.get(path);
        if (path.isEmpty() || (node != null && node.directory)) {
            for (Name name : names) {
                if (parent(name.path()).equals(path)) {
                    name.applyTo(kept);
                }
            }
            names.removeIf(name -> parent(name.path()).equals(path));
            return;
        }
        Node file = node(path);
        Content content = new Content(file.flushed);
        changes.stream().filter(change -> change.node() == file).forEach(change -> change.applyTo(content));
        file.flushed = content.bytes();
        changes.removeIf(change -> change.node() == file);
    }

    private Node node(String path) {
        Node node = seen.get(path);
        if (node == null) {
            throw new AssertionError("no such file: " + path);
        }
        return node;
    }

    private boolean isUnflushed(Node node) {
        return unflushed.contains(node.path.substring(node.path.lastIndexOf('/') + 1));
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /** Every place inside a write at which a sector of the disk ends, as bytes of the write. */
    private static List<Integer> cuts(Change change) {
        List<Integer> cuts = new ArrayList<>();
        if (change instanceof Write write) {
            for (int at = SECTOR_BYTES - write.offset() % SECTOR_BYTES; at < write.length(); at += SECTOR_BYTES) {
                cuts.add(at);
            }
        }
        return cuts;
    }

    /** Each page was written back at a moment of its own, or not, or at the very end. */
    private static Choice somePages(long seed, int count) {
        return (index, change) -> {
            List<Change> pieces = new ArrayList<>();
            for (Change piece : change.pages()) {
                int page = piece instanceof Write write ? write.offset() / PAGE_BYTES : -1;
                SplittableRandom moment =
                        new SplittableRandom(seed ^ (31L * change.node().path.hashCode() + page));
                int until = moment.nextBoolean() ? count : moment.nextBoolean() ? 0 : moment.nextInt(count + 1);
                if (index < until) {
                    pieces.add(piece);
                }
            }
            return pieces;
        };
    }

    /** A file or directory, whatever its name. */
    private static final class Node {
        private final String path;
        private final boolean directory;
        private byte[] flushed = new byte[0];

        Node(String path, boolean directory) {
            this.path = path;
            this.directory = directory;
        }
    }

    /** The bytes of a file while changes are applied to them. */
    private static final class Content {
        private byte[] buffer;
        private int length;

        Content(byte[] bytes) {
            this.buffer = bytes.clone();
            this.length = bytes.length;
        }

        void write(int offset, byte[] bytes) {
            resize(Math.max(length, offset + bytes.length));
            System.arraycopy(bytes, 0, buffer, offset, bytes.length);
        }

        void resize(int size) {
            if (size > buffer.length) {
                buffer = Arrays.copyOf(buffer, 2 * size);
            }
            if (size < length) {
                Arrays.fill(buffer, size, length, (byte) 0);
            }
            length = size;
        }

        byte[] bytes() {
            return Arrays.copyOf(buffer, length);
        }
    }

    /** A name that was given to a node, perhaps in place of a former one, or taken from it. */
    private record Name(
            String path, @Nullable Node node, @Nullable String formerly) {
        void applyTo(Map<String, Node> linked) {
            if (formerly != null) {
                linked.remove(formerly);
            }
            if (node == null) {
                linked.remove(path);
            } else {
                linked.put(path, node);
            }
        }
    }

    /** What becomes of an unflushed change: the pieces of it that are on the disk. */
    private interface Choice {
        Choice NONE = (index, change) -> List.of();
        Choice ALL = (index, change) -> List.of(change);

        List<Change> of(int index, Change change);
    }

    private sealed interface Change {
        Node node();

        void applyTo(Content content);

        /** The change of the size alone. */
        Change zeroed();

        int length();

        /** It up to that byte, and from it on. */
        List<Change> pieces(int cut);

        List<Change> pages();
    }

    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Write(Node node, int offset, byte[] bytes) implements Change {
        @Override
        public void applyTo(Content content) {
            content.write(offset, bytes);
        }

        @Override
        public Change zeroed() {
            return new Grow(node, offset + bytes.length);
        }

        @Override
        public int length() {
            return bytes.length;
        }

        @Override
        public List<Change> pieces(int cut) {
            return List.of(part(0, cut), part(cut, bytes.length));
        }

        @Override
        public List<Change> pages() {
            List<Change> pages = new ArrayList<>();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + PAGE_BYTES - (offset + from) % PAGE_BYTES);
                pages.add(part(from, to));
                from = to;
            }
            return pages;
        }

        private Write part(int from, int to) {
            return new Write(node, offset + from, Arrays.copyOfRange(bytes, from, to));
        }
    }

    private record Resize(Node node, int length) implements Change {
        @Override
        public void applyTo(Content content) {
            content.resize(length);
        }

        @Override
        public Change zeroed() {
            return this;
        }

        @Override
        public List<Change> pieces(int cut) {
            return List.of(this, this);
        }

        @Override
        public List<Change> pages() {
            return List.of(this);
        }
    }

    /** Makes the file at least that long, with zeros. */
    private record Grow(Node node, int length) implements Change {
        @Override
        public void applyTo(Content content) {
            content.resize(Math.max(content.length, length));
        }

        @Override
        public Change zeroed() {
            return this;
        }

        @Override
        public List<Change> pieces(int cut) {
            return List.of(this, this);
        }

        @Override
        public List<Change> pages() {
            return List.of(this);
        }
    }
}
