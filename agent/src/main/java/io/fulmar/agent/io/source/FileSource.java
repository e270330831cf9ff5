package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Replays files as they are, one a frame: pictures and sounds, which preprocessing decodes. Owned by the pipeline's thread. */
final class FileSource extends ReplaySource {
    private final List<Path> files;
    private final boolean loop;
    private int next;

    FileSource(SourceSettings.Replay settings) {
        super(settings, new Frame(new Content.Encoded(new byte[0], "")));
        this.files = ReplayFiles.of(settings);
        this.loop = settings.loop();
    }

    @Override
    public FrameForm form() {
        return new FrameForm.Encoded();
    }

    @Override
    boolean read(Frame frame) {
        if (next == files.size()) {
            if (!loop) {
                return false;
            }
            next = 0;
        }
        Path file = files.get(next);
        next++;
        count();
        frame.of(frameNumber(), new Content.Encoded(bytes(file), mediaType(file)));
        return true;
    }

    @Override
    public void close() {
        // each file is closed once it has been read
    }

    private static byte[] bytes(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Limits.FILE_BYTES + 1);
            if (bytes.length > Limits.FILE_BYTES) {
                throw new SourceException(
                        Category.TRANSIENT,
                        "too large",
                        file.getFileName() + " has more than " + Limits.FILE_BYTES + " bytes",
                        "replay smaller files");
            }
            return bytes;
        } catch (IOException e) {
            throw ReplayFiles.unreadable(file, e);
        }
    }

    /** What its name says that it is. */
    private static String mediaType(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "jpg", "jpeg" -> "image/jpeg";
            case "png" -> "image/png";
            case "bmp" -> "image/bmp";
            case "wav" -> "audio/wav";
            default -> "application/octet-stream";
        };
    }
}
