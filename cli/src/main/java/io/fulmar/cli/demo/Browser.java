package io.fulmar.cli.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.util.stream.Stream;

/** The browser of whoever sits at this machine. Has no state. */
final class Browser {
    private Browser() {}

    /** Shows that page, if there is a desktop to show it on; it is no failure if there is none. */
    static void show(URI page) {
        if (Stream.of("DISPLAY", "WAYLAND_DISPLAY").allMatch(name -> System.getenv(name) == null)) {
            return;
        }
        try {
            new ProcessBuilder("xdg-open", page.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            // no desktop after all; the address is printed
        }
    }
}
