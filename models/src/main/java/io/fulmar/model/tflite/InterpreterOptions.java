package io.fulmar.model.tflite;

/**
 * How an {@link Interpreter} runs its model.
 *
 * <p>Immutable.
 *
 * @param threads the threads that one {@link Interpreter#invoke} may use, the calling one included
 * @param delegate who runs the operators
 */
public record InterpreterOptions(int threads, Delegate delegate) {
    /** One thread and XNNPACK: the fastest choice for models of the size that devices run. */
    public static final InterpreterOptions DEFAULT = new InterpreterOptions(1, Delegate.XNNPACK);

    public InterpreterOptions {
        if (threads < 1 || threads > Limits.MAX_THREADS) {
            throw new IllegalArgumentException("threads must be 1 to " + Limits.MAX_THREADS + ", not " + threads);
        }
    }
}
