package io.fulmar.cli;

/** The exit codes of every command, also printed by {@code fulmar --help}. */
public final class ExitCode {
    /** The command did what it was asked. */
    public static final int OK = 0;

    /** The operation failed; the error line says what, where and what to do. */
    public static final int FAILED = 1;

    /** The command line or the configuration is wrong; nothing was done. */
    public static final int USAGE = 2;

    private ExitCode() {}
}
