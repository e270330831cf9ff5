package io.fulmar.agent.pipeline;

/** A pipeline cannot start as it is configured. Immutable. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String hint;
    private final boolean modelMissing;

    /**
     * @param message which pipeline, and what does not fit
     * @param hint what to change
     */
    public PipelineException(String message, String hint) {
        this(message, hint, false);
    }

    private PipelineException(String message, String hint, boolean modelMissing) {
        super(message);
        this.hint = hint;
        this.modelMissing = modelMissing;
    }

    /** There is no model that may run; it may be installed later. */
    public static PipelineException withoutModel(String message, String hint) {
        return new PipelineException(message, hint, true);
    }

    /** Whether all that is missing is a model that may run. */
    public boolean isWithoutModel() {
        return modelMissing;
    }

    public String hint() {
        return hint;
    }
}
