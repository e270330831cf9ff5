package io.fulmar.agent.pipeline;

/** A pipeline cannot start as it is configured. Immutable. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    /**
     * @param message which pipeline, and what does not fit
     * @param hint what to change
     */
    public PipelineException(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
