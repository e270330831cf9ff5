package io.fulmar.agent.pipeline;

/** What a pipeline needs from the agent around it. Immutable. */
public record PipelineContext(Recorder recorder, Stamper stamper, String agentVersion, Breadcrumbs breadcrumbs) {
    /** One whose models leave no trace. */
    public PipelineContext(Recorder recorder, Stamper stamper, String agentVersion) {
        this(recorder, stamper, agentVersion, Breadcrumbs.none());
    }
}
