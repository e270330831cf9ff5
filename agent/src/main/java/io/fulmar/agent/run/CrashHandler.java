package io.fulmar.agent.run;

import java.util.concurrent.locks.LockSupport;

/** What happens when a worker throws what it should never throw. */
@FunctionalInterface
public interface CrashHandler {
    /** The exit code of a process that found a bug in itself (EX_SOFTWARE of sysexits.h). */
    int EXIT_CODE = 70;

    /** The exit code of a process that ends because a pipeline is stuck in it (EX_TEMPFAIL of sysexits.h: try again). */
    int STUCK_EXIT_CODE = 75;

    /** Called once, on the thread that crashed. */
    void crashed(String worker, Throwable bug);

    /** One that does this first, as far as it can be done in a short time. */
    default CrashHandler after(Runnable what) {
        return (worker, bug) -> {
            try {
                beside(what);
            } finally {
                crashed(worker, bug);
            }
        };
    }

    /**
     * Ends the process with the stack trace and {@link #EXIT_CODE}, or {@link #STUCK_EXIT_CODE}; systemd restarts it and the
     * journals decide.
     */
    static CrashHandler haltingTheProcess() {
        return (worker, bug) -> {
            try {
                beside(() -> tell(worker, bug));
                if (bug instanceof StuckException) { // all else is well, and may come to its next commit
                    LockSupport.parkNanos(Limits.STUCK_SAID.toNanos());
                }
            } finally {
                Runtime.getRuntime().halt(bug instanceof StuckException ? STUCK_EXIT_CODE : EXIT_CODE);
            }
        };
    }

    /** On a thread of its own, since the process must end also where a lock, a bus or standard error is held by another. */
    private static void beside(Runnable what) {
        try {
            Thread.ofPlatform().daemon(true).start(what).join(Limits.LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tell(String worker, Throwable bug) {
        if (bug instanceof StuckException) {
            System.err.println("fulmar: " + bug.getMessage() + "; the process ends with " + STUCK_EXIT_CODE
                    + " so that it is started again, its state on disk is safe");
            System.err.flush();
            return;
        }
        System.err.println("fulmar: bug in worker " + worker + "; the process ends, its state on disk is safe");
        bug.printStackTrace();
        System.err.flush();
    }
}
