package io.fulmar.agent.pipeline;

/** One stage could not do its work on one frame. Immutable. */
sealed class StageException extends RuntimeException permits SeriesStep.Gap {
    private static final long serialVersionUID = 1L;

    private final String stage;
    private final String kind;

    /**
     * @param stage which of the seven
     * @param kind the same words for every failure of this sort, by which failures are counted
     * @param reason what was wrong with this frame
     */
    StageException(String stage, String kind, String reason) {
        super(reason, null, false, false);
        this.stage = stage;
        this.kind = kind;
    }

    String stage() {
        return stage;
    }

    String kind() {
        return kind;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
