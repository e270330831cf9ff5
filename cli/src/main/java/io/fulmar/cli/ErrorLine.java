package io.fulmar.cli;

import io.fulmar.agent.identity.IdentityException;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.config.ConfigException;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.store.StoreException;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.outbox.OutboxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a person sees of a failure: one line, and below it what to do. Knows the exceptions of a
 * device; those of the fleet are added by whoever has it.
 *
 * <p>Immutable.
 *
 * @param message what failed and where
 * @param hint what to do about it; null where the message says it all
 */
record ErrorLine(String message, @Nullable String hint) {
    private static final String FILE_HINT = "check the path, and that this user may use it";

    static ErrorLine of(Throwable failure) {
        return switch (failure) {
            case ModelException e -> new ErrorLine(text(e), e.hint());
            case OutboxException e -> new ErrorLine(text(e), e.hint());
            case LinkException e -> new ErrorLine(text(e), e.hint());
            case ConfigException e -> new ErrorLine(text(e), e.hint());
            case PipelineException e -> new ErrorLine(text(e), e.hint());
            case IdentityException e -> new ErrorLine(text(e), e.hint());
            case BusException e -> new ErrorLine(text(e), e.hint());
            case SourceException e -> new ErrorLine(text(e), e.hint());
            case TrustException e -> new ErrorLine(text(e), e.hint());
            case StoreException e -> new ErrorLine(text(e), e.hint());
            case PackageException e -> new ErrorLine(text(e), e.hint());
            case FileSystemException e -> new ErrorLine(e.getFile() + ": " + FileFailure.reason(e), FILE_HINT);
            case IOException e -> new ErrorLine(text(e), null);
            case UncheckedIOException e -> of(Objects.requireNonNull(e.getCause()));
            default ->
                new ErrorLine(
                        text(failure),
                        "this is a defect; run the command again with --debug and report what it prints");
        };
    }

    /** The text to print, with its line ends; the stack trace of {@code failure} follows where it was asked for. */
    String text(Throwable failure, boolean withStackTrace) {
        var text = new StringWriter();
        var out = new PrintWriter(text);
        out.println("fulmar: " + message);
        if (hint != null && !hint.isBlank()) {
            out.println("  hint: " + hint);
        }
        if (withStackTrace) {
            failure.printStackTrace(out);
        }
        out.flush();
        return text.toString();
    }

    /** What it says of itself. */
    static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
