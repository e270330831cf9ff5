package io.fulmar.agent.run;

/** What happens when a worker throws what it should never throw. */
@FunctionalInterface
public interface CrashHandler {
    /** The exit code of a process that found a bug in itself (EX_SOFTWARE of sysexits.h). */
    int EXIT_CODE = 70;

    /** Called once, on the thread that crashed. */
    void crashed(String worker, Throwable bug);

    /** Ends the process with the stack trace and {@link #EXIT_CODE}; systemd restarts it and the journals decide. */
    static CrashHandler haltingTheProcess() {
        return (worker, bug) -> {
            try {
                // beside, since the process must end also where nobody reads standard error
                Thread.ofPlatform().daemon(true).start(() -> tell(worker, bug)).join(Limits.LAST_WORDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        };
    }

    private static void tell(String worker, Throwable bug) {
        System.err.println("fulmar: bug in worker " + worker + "; the process ends, its state on disk is safe");
        bug.printStackTrace();
        System.err.flush();
    }
}
