package io.fulmar.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Turns a failure into the one line, and the hint below it, that a person sees. */
final class ErrorLine {
    private ErrorLine() {}

    /** The text to print, with its line end; the stack trace comes with it only where it was asked for. */
    static String of(Exception failure, boolean withStackTrace) {
        var text = new StringWriter();
        var out = new PrintWriter(text);
        out.println("fulmar: " + describe(failure));
        out.println("  hint: this is a defect; run the command again with --debug and report what it prints");
        if (withStackTrace) {
            failure.printStackTrace(out);
        }
        out.flush();
        return text.toString();
    }

    private static String describe(Exception failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
