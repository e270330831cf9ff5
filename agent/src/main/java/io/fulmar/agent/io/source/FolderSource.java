package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Then;
import io.fulmar.model.tflite.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads files that come into a folder, each once and the oldest first, and puts each away when its last frame has been
 * judged. Owned by the pipeline's thread.
 */
final class FolderSource implements Source {
    private final SourceSettings.Folder settings;
    private final FileFrames.Opener opener;
    private final DoneFiles done;
    private final FolderLook look;
    private final Staleness staleness;
    private final Frame frame = new Frame(0);
    private final Queue<WatchedFile> ready = new ArrayDeque<>();
    private final Queue<String> notices = new ArrayDeque<>();
    private @Nullable WatchedFile file;
    private @Nullable FileFrames frames;
    private boolean good;
    private boolean looked;
    private boolean missing;
    private boolean stuck;
    private long nextLookNanos;
    private long polledNanos;
    private long number;
    private long refused;

    FolderSource(SourceSettings.Folder settings, Tensor modelInput, SourcePlace place) {
        this.settings = settings;
        opener = new FileFrames.Opener(settings, modelInput);
        done = new DoneFiles(place.state().resolve("sources").resolve(place.pipeline() + ".done"), settings.path());
        look = new FolderLook(settings, done);
        staleness = new Staleness(settings.stale(), "no file has come into " + settings.path());
    }

    @Override
    public String name() {
        return "folder";
    }

    @Override
    public FrameForm form() {
        return opener.form();
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        polledNanos = nowNanos;
        staleness.polled(nowNanos);
        while (open(nowNanos)) {
            Content content = read();
            if (content != null) {
                good = true;
                number++;
                staleness.heard(nowNanos);
                return frame.of(number, content);
            }
            finish();
        }
        staleness.check(nowNanos);
        return null;
    }

    /** Whether a file is open, after looking for one. */
    private boolean open(long nowNanos) {
        if (frames != null) {
            return true;
        }
        if (ready.isEmpty() && (!looked || nowNanos - nextLookNanos >= 0)) {
            looked = true;
            nextLookNanos = nowNanos + settings.every().toNanos();
            ready.addAll(looked());
        }
        for (WatchedFile next = ready.poll(); next != null; next = ready.poll()) {
            if (next.isUnchanged()) {
                file = next;
                begin(next);
                return true;
            }
        }
        return false;
    }

    private List<WatchedFile> looked() {
        try {
            List<WatchedFile> found = look.look();
            missing = false;
            tell(look.notice());
            tell(done.notice());
            return found;
        } catch (SourceException e) {
            if (missing) {
                return List.of();
            }
            missing = true; // said once each time that it goes
            throw e;
        }
    }

    private void begin(WatchedFile next) {
        good = false;
        try {
            frames = opener.open(next);
        } catch (NoSuchFileException e) {
            frames = new FileFrames.Whole(); // somebody took it away, which is not its fault
            good = true;
        } catch (IOException e) {
            throw refused(new SourceException(
                    Category.TRANSIENT,
                    "unreadable file",
                    "cannot read " + next.name() + ": " + e,
                    "check that this user may read it"));
        } catch (SourceException e) {
            throw refused(e);
        }
    }

    private @Nullable Content read() {
        try {
            return Objects.requireNonNull(frames).next();
        } catch (IOException e) {
            good = false;
            throw refused(new SourceException(
                    Category.TRANSIENT,
                    "unreadable file",
                    "cannot read the rest of " + Objects.requireNonNull(file).name() + ": " + e,
                    "check that it is UTF-8 and that the disk is well"));
        } catch (SourceException e) {
            number++;
            throw e;
        }
    }

    private SourceException refused(SourceException why) {
        number++;
        finish();
        return why;
    }

    /** The frame that was given last cannot be used. */
    @Override
    public void spoiled() {
        if (frames != null && frames.isOneFrame()) {
            good = false;
        }
    }

    /** Puts the file away. */
    private void finish() {
        WatchedFile last = Objects.requireNonNull(file);
        file = null;
        try {
            if (frames != null) {
                frames.close();
            }
        } catch (IOException e) {
            good = false;
        } finally {
            frames = null;
        }
        if (!good) {
            refused++;
        }
        try {
            putAway(last);
        } catch (IOException e) {
            done.add(last);
            if (!stuck) {
                notices.add(last.path() + " cannot be put away and stays where it is: " + e);
            }
            stuck = true;
        }
    }

    private void putAway(WatchedFile last) throws IOException {
        if (!last.isUnchanged()) {
            return; // another one is there by now, or none
        }
        if (settings.then() == Then.KEEP) {
            done.add(last);
        } else if (!good) {
            shelve(last, "bad", Limits.SHELF_BAD);
        } else if (settings.then() == Then.MOVE) {
            shelve(last, "done", Limits.SHELF_DONE);
        } else {
            Files.delete(last.path());
        }
    }

    private static void shelve(WatchedFile it, String folder, int room) throws IOException {
        new Shelf(it.path().resolveSibling(folder), room).take(it);
    }

    private void tell(@Nullable String notice) {
        if (notice != null) {
            notices.add(notice);
        }
    }

    @Override
    public SourceTally tally() {
        return new SourceTally(0, refused, 0, staleness.silent());
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long nextDueNanos() {
        return frames != null || !ready.isEmpty() || !looked ? polledNanos : staleness.earlier(nextLookNanos);
    }

    @Override
    public @Nullable String notice() {
        return notices.poll();
    }

    /** The file whose last frame was judged is put away; one that was not read to its end begins anew another time. */
    @Override
    public void close() {
        if (frames == null) {
            return;
        }
        if (frames.isOneFrame()) {
            finish();
            return;
        }
        try {
            frames.close();
        } catch (IOException e) {
            // nothing is lost: it was only read
        }
    }
}
