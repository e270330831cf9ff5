package io.fulmar.sync.salvage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * All pages of a database and its log, as they lie there: the pages of the file by their numbers, then the frames of the log.
 * Nothing is taken from what the file says about itself. Owned by its thread.
 */
final class PageImages implements Closeable {
    private final FileChannel file;
    private final int pages;
    private final @Nullable FileChannel log;
    private final WalFrames frames;

    private PageImages(FileChannel file, int pages, @Nullable FileChannel log, WalFrames frames) {
        this.file = file;
        this.pages = pages;
        this.log = log;
        this.frames = frames;
    }

    /** Opens both; a log that is not there has no frames. */
    static PageImages open(Path database, Path wal) throws IOException {
        FileChannel file = FileChannel.open(database, StandardOpenOption.READ);
        try {
            int pages = (int) Math.min(file.size() / Limits.PAGE_BYTES, WalFrames.PAGES_MOST);
            FileChannel log = Files.exists(wal) ? FileChannel.open(wal, StandardOpenOption.READ) : null;
            return new PageImages(file, pages, log, log == null ? WalFrames.NONE : WalFrames.read(log));
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** How many there are. */
    int count() {
        return pages + frames.count();
    }

    /** Of those, the pages of the file. */
    int pages() {
        return pages;
    }

    /** The number that the page has in the database, from 1. */
    int pageNumber(int image) {
        return image < pages ? image + 1 : frames.pageNumber(image - pages);
    }

    /** Whether a later whole frame of the log stands for that page. */
    boolean isReplaced(int image) {
        int newest = frames.newest(pageNumber(image));
        if (newest < 0) {
            return false;
        }
        return image < pages || (isCommitted(image) && image - pages != newest);
    }

    /** Whether what it holds was committed, as far as the log can say. */
    boolean isCommitted(int image) {
        return image < pages || frames.isCommitted(image - pages);
    }

    /** Whether everything in the log is committed. */
    boolean isLogWhole() {
        return frames.isWhole();
    }

    /** Reads one into the buffer's array; false where that is not possible. */
    boolean read(int image, byte[] into) {
        return image < pages
                ? read(file, (long) image * Limits.PAGE_BYTES, into)
                : read(log, WalFrames.offset(image - pages) + WalFrames.FRAME_HEADER_BYTES, into);
    }

    /** Reads the newest version of the page with that number; false when there is none. */
    boolean readPage(int number, byte[] into) {
        int frame = frames.newest(number) >= 0 ? frames.newest(number) : frames.loose(number);
        if (frame >= 0) {
            return read(pages + frame, into);
        }
        return number >= 1 && number <= pages && read(number - 1, into);
    }

    private static boolean read(@Nullable FileChannel channel, long offset, byte[] into) {
        ByteBuffer buffer = ByteBuffer.wrap(into);
        try {
            while (channel != null && buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    return false;
                }
            }
            return channel != null;
        } catch (IOException e) {
            return false; // a sector that cannot be read is one more page that is lost
        }
    }

    @Override
    public void close() throws IOException {
        try (FileChannel first = file;
                FileChannel second = log) {
            assert first != second;
        }
    }
}
