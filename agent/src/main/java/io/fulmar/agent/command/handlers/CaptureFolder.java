package io.fulmar.agent.command.handlers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where captures are kept, within a budget: to make room the oldest go. Each has a folder of its own, numbered on. Owned by
 * the command thread.
 */
final class CaptureFolder {
    private static final String NAME = "\\d{4,}-.*";

    private final Path dir;

    /** A capture would take more than there may be. Immutable. */
    static final class NoRoom extends Exception {
        private static final long serialVersionUID = 1L;

        NoRoom(String message) {
            super(message);
        }
    }

    CaptureFolder(Path dir) {
        this.dir = dir;
    }

    /** Begins a capture. */
    Capture open(String pipeline, int[] shape, int count, String format) throws IOException, NoRoom {
        long elements = 1;
        for (int dimension : shape) {
            elements *= dimension;
        }
        // a number takes some twelve characters as text
        long inputBytes = elements * (format.equals("csv") ? 12 : Float.BYTES);
        long wanted = (inputBytes + 100) * count;
        if (wanted > Limits.CAPTURE_BYTES) {
            throw new NoRoom(count + " inputs take " + wanted + " bytes, of at most " + Limits.CAPTURE_BYTES
                    + " that captures may take; ask for fewer");
        }
        Files.createDirectories(dir);
        makeRoom(wanted);
        if (Files.getFileStore(dir).getUsableSpace() < wanted + Limits.CAPTURE_SPACE_LEFT) {
            throw new NoRoom("the disk has too little space for " + wanted + " bytes");
        }
        List<Path> all = captures();
        long number = all.isEmpty() ? 1 : number(all.getLast()) + 1;
        String name = pipeline.replaceAll("[^A-Za-z0-9._-]", "_");
        Path own = Files.createDirectory(
                dir.resolve(String.format(Locale.ROOT, "%04d-%s", number, name)).toAbsolutePath());
        return new Capture(
                new CaptureFile(own, shape, format), count, Math.toIntExact(Math.max(1, elements * Float.BYTES)));
    }

    private void makeRoom(long wanted) throws IOException {
        List<Path> all = captures();
        long taken = 0;
        for (Path capture : all) {
            taken += size(capture);
        }
        for (int left = all.size(); left > 0; left--) {
            if (taken + wanted <= Limits.CAPTURE_BYTES && left < Limits.CAPTURES) {
                return;
            }
            Path oldest = all.get(all.size() - left);
            taken -= size(oldest);
            delete(oldest);
        }
    }

    private List<Path> captures() throws IOException {
        try (Stream<Path> children = Files.list(dir)) {
            return new ArrayList<>(
                    children.filter(child -> child.getFileName().toString().matches(NAME))
                            .sorted(Comparator.comparingLong(CaptureFolder::number))
                            .toList());
        }
    }

    private static long number(Path capture) {
        String name = capture.getFileName().toString();
        return Long.parseLong(name.substring(0, Math.min(name.indexOf('-'), 18)));
    }

    private static long size(Path capture) throws IOException {
        long size = 0;
        for (Path file : files(capture)) {
            size += Files.size(file);
        }
        return size;
    }

    private static void delete(Path capture) throws IOException {
        for (Path file : files(capture)) {
            Files.delete(file);
        }
        Files.delete(capture);
    }

    private static List<Path> files(Path capture) throws IOException {
        try (Stream<Path> children = Files.list(capture)) {
            return children.toList();
        }
    }
}
