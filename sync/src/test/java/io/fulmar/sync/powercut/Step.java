package io.fulmar.sync.powercut;

/** One thing that a traced process did to the disk, or a line that it printed. Immutable. */
public sealed interface Step {
    /** Made the file if it was not there, and emptied it if it was to. */
    record Opened(String path, boolean emptied) implements Step {}

    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Wrote(String path, long offset, byte[] bytes) implements Step {}

    record Resized(String path, long size) implements Step {}

    /** Flushed a file, or the names in a directory. */
    record Flushed(String path) implements Step {}

    record MadeDirectory(String path) implements Step {}

    record Renamed(String from, String to) implements Step {}

    record Unlinked(String path) implements Step {}

    /** Told the world something, which therefore has to stay true. */
    record Printed(String line) implements Step {}
}
